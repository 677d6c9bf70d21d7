// page_run.mjs MEMPROF SITEGEN BUILD_TRACES CHROMIUM [PART/PARTS]: pages of real runs say what the JSON reports of them say.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kind, mergeDetails, unpack } from "../../analyzer/report/web/src/data.js";
import { bytes } from "../../analyzer/report/web/src/format.js";
import { run } from "./run_tests.mjs";

const [memprof, sitegen, buildTraces, executable, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
const command = (program, ...words) => execFileSync(program, words,
  { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
const json = (...words) => JSON.parse(command(memprof, ...words, "--format", "json", "--top", "0"));
const sum = (list) => list.reduce((all, one) => all + one, 0);

/// The data of the page that memprof writes for these arguments.
async function pageOf(...words) {
  const file = join(folder, "page.html");
  command(memprof, ...words, "--format", "html", "-o", file);
  assert.ok(statSync(file).size <= 4 << 20, "larger than 4 MiB");
  const text = readFileSync(file, "utf8");
  return unpack(/<script type="text\/plain" id="data">([^<]*)</.exec(text)[1]);
}

/// A trace of a shell that builds a site twice and starts some small programs.
let recorded = null;
function recording() {
  if (recorded === null) {
    command(sitegen, "new", "site", "--pages", "20");
    recorded = join(folder, "run.trace");
    command(memprof, "run", "-q", "--reachability", "-o", recorded, "--", "sh", "-c",
      `${sitegen} build site -o a; ${sitegen} build site -o b --force; ls a | sort; true`);
  }
  return recorded;
}

/// Of a smaller site.
let second = null;
function otherRecording() {
  if (second === null) {
    command(sitegen, "new", "small", "--pages", "5");
    second = join(folder, "other.trace");
    command(memprof, "run", "-q", "-o", second, "--", sitegen, "build", "small", "-o", "c");
  }
  return second;
}

/// What memprof writes where it ends with that status.
function failing(status, ...words) {
  const ended = spawnSync(memprof, words, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(ended.status, status, ended.stderr);
  return ended;
}

/// All figures of a page against those of the JSON report of the same run.
function compare(model, report) {
  const { rows } = model;
  for (const [column, total] of [["allocated", "bytes_allocated"], ["allocations", "allocations"], ["frees", "frees"],
    ["live", "live_bytes"], ["live_blocks", "live_blocks"], ["temporary", "temporary"], ["peak", "peak_bytes"],
    ["peak_blocks", "peak_blocks"]])
    assert.equal(sum(rows[column]), sum(report.processes.map((one) => one.totals[total])), column);
  assert.equal(model.data.totals.bytes_allocated, sum(report.processes.map((one) => one.totals.bytes_allocated)));
  assert.equal(model.data.tree.peak_heap_bytes, report.tree.peak_heap_bytes);
  assert.equal(model.data.tree.peak_rss_bytes, report.tree.peak_rss_bytes);
  const { heap, points } = model.data.timeline;
  const curve = Array.from({ length: points }, (_, i) => sum(heap.map((one) => one[i])));
  assert.equal(Math.max(...curve), report.tree.peak_heap_bytes);
  assert.ok(points <= 2000);
  const list = model.data.processes;
  assert.equal(list.id.length + list.hidden, report.processes.length);
  list.id.forEach((id, i) => {
    const one = report.processes.find((process) => process.id === id);
    assert.equal(list.peak_bytes[i], one.totals.peak_bytes);
    assert.equal(list.rss_peak_bytes[i], one.rss.peak_bytes);
    assert.equal(list.start_ns[i], one.start_ns);
  });
}

/// What each function allocated itself, by its name.
function byFunction(model) {
  const result = {};
  for (let row = 0; row < model.rowCount; ++row) {
    const frame = model.nodes.frame[model.rows.node[row]];
    if (model.frames.kind[frame] === kind.smaller) continue;
    const name = model.frameName(frame);
    result[name] = (result[name] ?? 0) + model.rows.allocated[row];
  }
  return result;
}

/// What was allocated at each stack that is shown by itself, by its names.
function byStack(model) {
  const result = new Map();
  for (let row = 0; row < model.rowCount; ++row) {
    const stack = model.stack(model.rows.node[row]);
    if (model.frames.kind[stack[0]] === kind.smaller) continue;
    const names = stack.map((frame) => `${model.frameName(frame)} ${model.frameWhere(frame)}`).join("\n");
    result.set(names, (result.get(names) ?? 0) + model.rows.allocated[row]);
  }
  return result;
}

const failed = await run({
  async "a run's page has the totals of its JSON report, and its rows"() {
    const path = recording();
    const report = json("report", path);
    const model = await pageOf("report", path);
    compare(model, report);
    const expected = {};
    for (const process of report.processes) {
      for (const site of process.sites) {
        const [inner] = site.stack;
        const name = inner?.function ?? `${inner?.module.split("/").at(-1)}+0x${inner?.offset.toString(16)}`;
        expected[name] = (expected[name] ?? 0) + site.bytes_allocated;
      }
    }
    const shown = Object.entries(byFunction(model));
    assert.ok(shown.length > 5);
    for (const [name, allocated] of shown) assert.ok(allocated <= expected[name], name);
    const [largest] = shown.sort((a, b) => b[1] - a[1]);
    assert.ok(largest[1] > expected[largest[0]] * 0.9);
    assert.ok(model.details.size > 0);
    // No name of the file can be used in it as code.
    assert.match(readFileSync(join(folder, "page.html"), "utf8"), /Content-Security-Policy" content="default-src 'none'/);
  },
  async "what was held at moments is what the JSON report of each says"() {
    const path = recording();
    const model = await pageOf("report", path);
    const last = model.times.length - 2;
    assert.ok(last > 3);
    for (const moment of [1, Math.floor(last / 2), last]) {
      const report = json("report", path, "--at", `${(model.times[moment] / 1e9).toFixed(9)}s`);
      const expected = sum(report.processes.map((one) => sum([...one.sites, one.other].map((row) => row.at_bytes))));
      const all = Array.from({ length: model.rowCount }, (_, row) => model.held(row, moment));
      assert.equal(sum(all), expected);
    }
    assert.ok(sum(Array.from({ length: model.rowCount }, (_, row) => model.held(row, Math.floor(last / 2)))) > 0);
  },
  async "a profile file's page is that of its traces"() {
    const path = recording();
    const profile = join(folder, "run.mprof");
    command(memprof, "pack", path, "-o", profile, "--fold", "0");
    const model = await pageOf("report", profile);
    compare(model, json("report", path));
    const raw = await pageOf("report", path);
    // Which stacks are summed up depends on the moments that there are; those shown by both are the same.
    const [folded, whole] = [byStack(model), byStack(raw)];
    let compared = 0;
    for (const [stack, allocated] of folded) {
      if (!whole.has(stack)) continue;
      assert.equal(allocated, whole.get(stack), stack);
      compared += allocated;
    }
    assert.ok(compared > sum(raw.rows.allocated) * 0.9);
    assert.ok(model.times.length > 3);
    for (let moment = 1; moment < model.times.length; ++moment) {
      const same = raw.times.indexOf(model.times[moment]);
      if (same < 0) continue;
      const total = (one, at) => sum(Array.from({ length: one.rowCount }, (_, row) => one.held(row, at)));
      assert.equal(total(model, moment), total(raw, same));
    }
  },
  async "a diff's page has the totals of the JSON diff"() {
    const path = recording();
    for (const sides of [[`${path}@start`, `${path}@end`], [`${path}@0.005s`, `${path}@peak`]]) {
      const expected = json("diff", ...sides);
      const model = await pageOf("diff", ...sides);
      assert.equal(sum(model.rows.before), expected.total.before);
      assert.equal(sum(model.rows.after), expected.total.after);
      assert.deepEqual(model.data.total.slice(0, 2), [expected.total.before, expected.total.after]);
      assert.equal(sum(model.data.process_changes.map(([, , [before, after]]) => after - before)),
        expected.total.after - expected.total.before);
    }
  },
  // tests/analyzer/report/html_report_test.cpp has 10,000.
  async "of many processes no figure is lost"() {
    const path = join(folder, "build.trace");
    mkdirSync(path);
    const [processes, allocations, frees, allocated, live, peak] =
      command(buildTraces, path, "500", "40").trim().split(" ").map(Number);
    const model = await pageOf("report", path);
    const { rows, data } = model;
    assert.equal(data.processes.id.length + data.processes.hidden, processes);
    assert.equal(sum(rows.allocations), allocations);
    assert.equal(sum(rows.frees), frees);
    assert.equal(sum(rows.allocated), allocated);
    assert.equal(sum(rows.live), live);
    assert.equal(sum(rows.peak), peak);
    assert.ok(data.owners.length < 420);
  },
  async "leaks have the states and amounts of memprof leaks"() {
    const path = recording();
    const { rows, data } = await pageOf("report", path);
    const { leaks } = JSON.parse(
      spawnSync(memprof, ["leaks", path, "--format", "json"], { maxBuffer: 1 << 28 }).stdout);
    assert.ok(leaks.some((one) => one.state === "reachable"));
    for (const state of ["lost", "reachable", "unknown"]) {
      const list = leaks.filter((one) => one.state === state && !one.suppressed);
      assert.equal(sum(rows[state]), sum(list.map((one) => one.bytes)), state);
      assert.equal(sum(rows[`${state}_blocks`]), sum(list.map((one) => one.blocks)), state);
    }
    assert.equal(sum(rows.suppressed), sum(leaks.filter((one) => one.suppressed).map((one) => one.bytes)));
    assert.ok(leaks.length > 0 && sum(rows.live) === data.totals.live_bytes);
  },
  async "sizes and lifetimes are of each allocation and each free"() {
    const path = recording();
    const report = json("report", path);
    const model = await pageOf("report", path);
    const all = mergeDetails([...model.details.values()]);
    const total = (name) => sum(report.processes.map((one) => one.totals[name]));
    assert.equal(all.blocks, total("allocations"));
    assert.equal(all.freed, total("frees"));
    const mean = total("bytes_allocated") / total("allocations");
    assert.ok(Math.abs(all.size.mean - mean) <= 1, `${all.size.mean} for ${mean}`);  // each row's is a whole number
  },
  async "a budget on the page is what memprof check says"() {
    const path = recording();
    const budget = join(folder, "memory.toml");
    writeFileSync(budget, `[[limit]]\nname = "<b>tree</b>"\nfigure = "peak_heap"\nmax = 1\n
      [[limit]]\nfigure = "peak_heap"\nprocess = "sitegen"\nmax = "1 GiB"\n
      [[limit]]\nfigure = "kept"\nphase = "no such"\nmax = 5\noptional = true\n
      [[limit]]\nfigure = "temporary_share"\nmax = "baseline"\n
      [[limit]]\nfigure = "allocations"\nfunction = "operator new"\nmax = "baseline"\n`);
    command(memprof, "check", path, "--budget", budget, "--write-baseline");
    const checked = failing(1, "check", path, "--budget", budget, "--format", "json");
    const expected = JSON.parse(checked.stdout);
    const model = await pageOf("report", path, "--budget", budget);
    const { limits } = model.data.check;
    assert.deepEqual(limits.map((one) => [model.text(one.name), one.state, one.value, one.limit, one.baseline]),
      expected.limits.map((one) => [one.name, one.state, one.value, one.limit, one.baseline]));
    assert.deepEqual(limits.map((one) => one.state), ["over", "kept", "skipped", "kept", "kept"]);
    assert.deepEqual(limits.map((one) => one.unit), ["bytes", "bytes", "bytes", "percent", "count"]);
    assert.equal(model.data.check.moved.length, 0);
    // Of another run what moved is named.
    const other = await pageOf("report", otherRecording(), "--budget", budget);
    const moved = JSON.parse(failing(1, "check", otherRecording(), "--budget", budget, "--format", "json").stdout).moved;
    assert.ok(moved.length > 0);
    assert.deepEqual(other.data.check.moved.slice(0, moved.length).map(([, before, after]) => [before, after]),
      moved.map((one) => [one.before, one.after]));
    assert.match(failing(2, "report", path, "--budget", budget).stderr, /--budget goes with --format html/);
    assert.match(failing(3, "report", path, "--budget", `${budget}.none`, "--format", "html").stderr, /memory\.toml\.none/);
  },
  async "a comparison has the charts and the health of both runs"() {
    const [a, b] = [recording(), otherRecording()];
    const model = await pageOf("diff", a, b);
    for (const [side, path] of [[model.data.before, a], [model.data.after, b]]) {
      const report = json("report", path);
      const { heap, points } = side.timeline;
      assert.equal(Math.max(...Array.from({ length: points }, (_, i) => sum(heap.map((one) => one[i])))), report.tree.peak_heap_bytes);
      assert.equal(model.text(side.health[0]), "no event lost");
      assert.ok(side.health.some((line) => model.text(line).startsWith("memprof's own memory")));
    }
    const within = await pageOf("diff", `${a}@0.005s`, `${a}@end`);
    assert.equal(within.data.one_run, true);
    assert.equal(within.data.before.moment_ns, 5e6);
    assert.equal(within.data.after.timeline, null);
  },
  async "command lines from anywhere are text, in a browser"() {
    const { Driver, figure } = await import("./page_driver.mjs");
    const path = join(folder, "hostile.trace");
    const script = `printf 'a\\377\\033[31mb' >x; exec sh -c 'exec ls x >y' "<script>window.ran=1</script>" "$(cat x)" ` +
      `"$(head -c 100000 /dev/zero | tr '\\0' x)" '"><img src=x onerror=window.ran=1>'`;
    command(memprof, "run", "-q", "-o", path, "--", "sh", "-c", script, "</script><script>window.ran=1</script>");
    const file = join(folder, "hostile.html");
    command(memprof, "report", path, "--format", "html", "-o", file);
    const driver = await Driver.start(executable);
    try {
      const page = await driver.open(file, "#tab=processes");
      assert.equal(await page.evaluate(() => window.ran), undefined);
      assert.match(await page.innerText("h1"), /<\/script><script>window\.ran=1<\/script>/);
      assert.match(await page.innerText("#panel"), /<script>window\.ran=1<\/script> a\uFFFD\uFFFD\[31mb x+/);
      assert.equal(await figure(page, "peak"), bytes(json("report", path).tree.peak_heap_bytes));
      await driver.close(page);
      const diff = join(folder, "diff.html");
      command(memprof, "diff", `${path}@start`, `${path}@peak`, "--format", "html", "-o", diff);
      for (const tab of ["flame", "sites", "processes"]) {
        const changed = await driver.open(diff, `#tab=${tab}`);
        assert.equal(await changed.evaluate(() => window.ran), undefined);
        assert.match(await figure(changed, "change"), /^\+/);
        await driver.close(changed);
      }
    } finally {
      await driver.stop();
    }
  },
}, part);
rmSync(folder, { recursive: true });
process.exit(failed);
