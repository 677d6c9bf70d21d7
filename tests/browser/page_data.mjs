// Pages around made-up data of the page's format (docs/page.md), for tests of what no small recording has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/// The page with this data; `built`: the folder with page_begin.html and page_end.html.
export function pageOf(built, data) {
  const read = (name) => readFileSync(join(built, name), "utf8");
  return read("page_begin.html") + gzipSync(JSON.stringify(data), { level: 1 }).toString("base64") + read("page_end.html");
}

/// Numbers that are the same each time.
function* numbers() {
  for (let state = 12345; ; state = (state * 1103515245 + 12345) % 2147483648) yield state;
}

/// A run with about that many stacks: as a call tree of 26 levels at random, in processes of three executables.
export function largeRun({ stacks, processes = 3, functions = 4000, moments = 40 }) {
  const random = numbers();
  const next = (limit) => Math.floor((random.next().value / 2147483648) * limit);
  const strings = ["", "smaller", "/src", "make"];
  const id = (text) => strings.push(text) - 1;
  const modules = ["/usr/bin/cc1plus", "/usr/bin/as", "/usr/lib/libstdc++.so.6", "/usr/bin/ld"].map(id);
  const frames = { function: [0, 1], file: [0, 0], line: [0, 0], module: [0, 0], kind: [0, 2] };
  for (let i = 0; i < functions; ++i) {
    frames.function.push(id(`part${next(60)}::work<int, part${next(9)}>::step_${i}(unsigned long, char const*)`));
    frames.file.push(id(`/src/part${next(60)}/file${next(40)}.cpp`));
    frames.line.push(1 + next(900));
    frames.module.push(modules[next(modules.length)]);
    frames.kind.push(next(12) === 0 ? 1 : 0);
  }
  const nodes = { parent: [0], frame: [0], smaller: [0] };
  const depth = [0];
  while (nodes.parent.length < stacks * 1.6) {
    const parent = next(8) === 0 ? next(nodes.parent.length) : nodes.parent.length - 1;
    const from = depth[parent] > 25 ? next(Math.min(50, nodes.parent.length)) : parent;
    nodes.parent.push(from);
    nodes.frame.push(2 + next(functions));
    nodes.smaller.push(0);
    depth.push(depth[from] + 1);
  }
  const columns = ["at", "at_blocks", "peak", "peak_blocks", "live", "live_blocks", "allocated", "allocations", "frees",
    "temporary", "lost", "lost_blocks", "reachable", "reachable_blocks", "unknown", "unknown_blocks", "suppressed",
    "suppressed_blocks"];
  const rows = { owner: [], node: [], changes: [], change_moment: [], change_bytes: [], details: [] };
  for (const name of columns) rows[name] = [];
  for (let row = 0; row < stacks; ++row) {
    rows.owner.push(row % processes);
    rows.node.push(1 + next(nodes.parent.length - 1));
    const size = Math.floor(20 * Math.exp(next(9000) / 1000));
    const allocations = 1 + next(200);
    const values = { at: size, peak: size * 2, live: size >> 3, allocated: size * 5, allocations,
      frees: allocations >> 1, temporary: allocations >> 2 };
    for (const name of columns) rows[name].push(name.endsWith("_blocks") ? allocations >> 1 : values[name] ?? 0);
    // What was live is of one state; of each fifth row of none: its process was killed.
    for (const [i, name] of ["lost", "reachable", "unknown", "suppressed"].entries()) {
      rows[name][row] = row % 5 === i ? values.live : 0;
      rows[`${name}_blocks`][row] = row % 5 === i ? allocations >> 1 : 0;
    }
    if (row % 3 !== 0) {
      const digits = 1 + next(12);
      rows.details.push([row, 2 ** (digits - 1), 2 ** (digits - 1), 2 ** digits, allocations >> 1, 1000 + row, 5000 + row, 9e6 + row,
        1, 10 + next(90), 200 + row, 3e9 - row, [digits, allocations - 1, digits + 1, 1]]);
    }
    const count = 1 + next(3);
    let moment = next(moments - 4);
    for (let i = 0; i < count; ++i) {
      rows.change_moment.push(moment);
      rows.change_bytes.push(Math.floor(size / (i + 1)) + i);
      moment += 1;
    }
    rows.changes.push(count);
  }
  const sum = (list) => list.reduce((all, one) => all + one, 0);
  const points = 2000;
  const curve = (scale, at) => Array.from({ length: points },
    (_, i) => Math.floor(scale * (1 + Math.sin(i / at) * 0.4) * Math.min(1, i / 300)));
  const names = ["cc1plus", "as", "ld"];
  const list = Array.from({ length: processes }, (_, i) => i);
  const column = (of) => list.map(of);
  const total = sum(rows.at);
  return {
    schema: "memprof-page/1", kind: "report", command: [3, id("-j2")], start_unix_ns: 1.7e18, duration_ns: 40e9,
    processes_recorded: processes, directory: 2, moment: 0,
    tree: { peak_heap_bytes: total, peak_time_ns: 20e9, peak_rss_bytes: total * 2, peak_rss_time_ns: 21e9, alive_at_peak: 2 },
    totals: { allocations: sum(rows.allocations), frees: sum(rows.frees), bytes_allocated: sum(rows.allocated),
      live_bytes: sum(rows.live), live_blocks: sum(rows.live_blocks), temporary: sum(rows.temporary) },
    owners: column((i) => id(`${names[i % 3]} (pid ${100 + i})`)),
    processes: {
      id: column((i) => i + 1), parent: column((i) => (i ? 1 : 0)), depth: column((i) => (i ? 1 : 0)), owner: column((i) => i),
      pid: column((i) => 100 + i), exe: column((i) => id(names[i % 3])), command: column((i) => id(`${names[i % 3]} -O2 file${i}.cpp`)),
      start_ns: column((i) => (i * 30e9) / processes), end_ns: column((i) => Math.min(40e9, (i * 30e9) / processes + 9e9)),
      peak_bytes: column((i) => 1e6 * (1 + (i % 7))), peak_time_ns: column(() => 5e9), live_bytes: column(() => 1000),
      rss_peak_bytes: column((i) => 3e6 * (1 + (i % 5))), allocations: column(() => 5000), end: column(() => id("exit status 0")),
      hidden: 0, hidden_peak_bytes: 0,
    },
    timeline: { step_ns: 20e6, points, series: names.map(id), heap: [curve(5e7, 90), curve(3e7, 50), curve(1e7, 20)],
      rss: [curve(9e7, 90), curve(4e7, 50), curve(2e7, 20)],
      phases: [[id("configure"), 1, 0, 9e9, 1e6], [id("compile"), 1, 9e9, 30e9, 1e7]], marks: [[id("half"), 1, 20e9, 5e6]] },
    moments: Array.from({ length: moments }, (_, i) => (i + 1) * 1e9),
    stacks: { frames, nodes, rows, share: 0.0005 },
    health: [id("no event lost"), id("12 of 377 frames without symbols (3.2 %)")],
    strings,
  };
}

/// What a budget adds to a run's page.
export function checkOf(strings) {
  const id = (text) => strings.push(text) - 1;
  const limit = (name, state, unit, value, most, baseline = null) => ({ name: id(name), figure: id("peak_heap"),
    scope: id("the tree"), line: 4, unit, state, value, limit: most, baseline });
  return {
    budget: id("memory.toml"), moved: [[id("render.cpp  render_page"), 1 << 20, 3 << 20], [id("parse"), 4096, 0]],
    limits: [limit("the peak", "over", "bytes", 3 << 20, 2 << 20, 1 << 20), limit("how many", "kept", "count", 1234, 5000),
      limit("of nothing", "missing", "percent", null, 12.5), limit("perhaps", "skipped", "bytes", null, 100)],
  };
}

/// A comparison of the run's peak with its end, with the stacks of largeRun().
export function largeDiff({ stacks, oneRun = false }) {
  const run = largeRun({ stacks, functions: 80 });
  const { rows } = run.stacks;
  const sum = (list) => list.reduce((all, one) => all + one, 0);
  const id = (text) => run.strings.push(text) - 1;
  const side = (name, moment, timeline, health) => ({ name: id(name), moment: id(moment), each_its_own: false, moment_ns: 12e9,
    command: run.command, start_unix_ns: 1.7e18, duration_ns: 40e9, processes: 3, peak_heap_bytes: 1e8, peak_rss_bytes: 2e8,
    timeline, health });
  const before = rows.at;
  // Each third grows, each third shrinks to nothing, the others stay.
  const after = before.map((bytes, row) => [bytes * 2, 0, bytes][row % 3]);
  const blocks = [rows.at_blocks, rows.at_blocks.map((count, row) => [count * 2, 0, count][row % 3])];
  const shorter = { ...run.timeline, step_ns: 15e6, heap: run.timeline.heap.map((one) => one.map((bytes) => bytes >> 1)) };
  return {
    schema: "memprof-page/1", kind: "diff", one_run: oneRun,
    before: side("old.trace", "the peak", run.timeline, run.health),
    after: { ...side("new.trace", "the end", oneRun ? null : shorter, oneRun ? [] : [id("3 events lost")]), moment_ns: 31e9 },
    total: [sum(before), sum(after), sum(blocks[0]), sum(blocks[1])],
    process_changes: [[id("cc1plus a.cpp"), 3, [100, 300, 1, 2]], [id("as a.s"), 2, [0, 50, 0, 1]], [id("ld"), 1, [70, 0, 1, 0]]],
    hidden_processes: [2, [5, 5, 1, 1]],
    stacks: { ...run.stacks, rows: { owner: rows.owner.map(() => 0), node: rows.node, before, after, before_blocks: blocks[0],
      after_blocks: blocks[1], changed: before.map((bytes, row) => Math.abs(after[row] - bytes)),
      changes: rows.node.map(() => 0), change_moment: [], change_bytes: [], details: [] } },
    strings: run.strings,
  };
}
