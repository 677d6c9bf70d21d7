// The data of the page (docs/page.md), unpacked, and what is asked of it. Nothing here knows about documents.

export async function unpack(base64) {
  const chars = atob(base64);
  const packed = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; ++i) packed[i] = chars.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Model(JSON.parse(await new Response(stream).text()));
}

export const kind = { code: 0, allocator: 1, smaller: 2, folded: 3, missing: 4, program: 5 };

export class Model {
  constructor(data) {
    this.data = data;
    this.isDiff = data.kind === "diff";
    this.strings = data.strings;
    this.frames = data.stacks.frames;
    this.nodes = data.stacks.nodes;
    this.rows = data.stacks.rows;
    this.rowCount = this.rows.node.length;
    this.times = [0, ...(data.moments ?? [])];  // of moments that a range can begin and end at
    this.metrics = metricsOf(data);
    this.leakStates = this.isDiff ? [] : leakStatesOf(this.rows);
    this.details = new Map((this.rows.details ?? []).map((one) => [one[0], detailsOf(one)]));
    this.firstChange = new Uint32Array(this.rowCount + 1);
    (this.rows.changes ?? []).forEach((n, row) => {
      this.firstChange[row + 1] = this.firstChange[row] + n;
    });
    this.place = this.placesOfNodes();
  }

  text(id) {
    return this.strings[id] ?? "";
  }

  /// What a row held at a moment (index into times).
  held(row, moment) {
    let bytes = 0;
    for (let i = this.firstChange[row]; i < this.firstChange[row + 1]; ++i) {
      if (this.rows.change_moment[i] >= moment) break;
      bytes = this.rows.change_bytes[i];
    }
    return bytes;
  }

  /// What some rows held at each of times.
  heldOverTime(rows) {
    const sums = new Float64Array(this.times.length);
    for (const row of rows) {
      let last = 0;
      for (let i = this.firstChange[row]; i < this.firstChange[row + 1]; ++i) {
        const at = this.rows.change_moment[i] + 1;
        const delta = this.rows.change_bytes[i] - last;
        for (let moment = at; moment < sums.length; ++moment) sums[moment] += delta;
        last = this.rows.change_bytes[i];
      }
    }
    return sums;
  }

  /// The amounts of all rows in a view: {before, after, weight}, by row. Plain metrics have nothing before.
  amounts(view) {
    const before = new Float64Array(this.rowCount);
    const after = new Float64Array(this.rowCount);
    const weight = new Float64Array(this.rowCount);
    const metric = this.metric(view);
    const [from, to] = this.range(view) ?? [];
    const columns = metric.columns ? metric.columns.map((name) => this.rows[name]) : [];
    for (let row = 0; row < this.rowCount; ++row) {
      if (view.owner !== null && this.rows.owner[row] !== view.owner) continue;
      if (to !== undefined) {
        before[row] = this.held(row, from);
        after[row] = this.held(row, to);
      } else if (metric.compares) {
        before[row] = columns[0][row];
        after[row] = columns[1][row];
      } else {
        after[row] = columns[0][row];
      }
      weight[row] = metric.larger ? Math.max(before[row], after[row]) : Math.abs(after[row] - before[row]);
    }
    return { before, after, weight };
  }

  /// [from, to] when the view is about one.
  range(view) {
    if (view.to === null || !(view.to < this.times.length)) return null;
    const from = view.from !== null && view.from < view.to ? view.from : 0;
    return [from, view.to];
  }

  metric(view) {
    if (this.range(view)) {
      return view.from ? { name: "range", label: "Change over the range", unit: "bytes", compares: true }
        : { name: "range", label: "Held at the moment", unit: "bytes" };
    }
    return this.metrics.find((one) => one.name === view.metric)
      ?? this.leakStates.find((one) => one.name === view.metric) ?? this.metrics[0];
  }

  /// For each node the innermost node at or above it whose frame is no allocator's: where it is counted.
  placesOfNodes() {
    const { parent, frame } = this.nodes;
    const place = new Uint32Array(parent.length);
    for (let node = 1; node < parent.length; ++node) {
      const passes = this.frames.kind[frame[node]] === kind.allocator;
      const caller = place[parent[node]];
      const known = caller !== 0 && this.frames.kind[frame[caller]] !== kind.program;
      place[node] = passes && known ? caller : node;
    }
    return place;
  }

  /// Frame numbers from the innermost outwards.
  stack(node) {
    const frames = [];
    for (let at = node; at !== 0; at = this.nodes.parent[at]) frames.push(this.nodes.frame[at]);
    return frames;
  }

  frameName(frame) {
    return this.text(this.frames.function[frame]);
  }

  frameWhere(frame) {
    const file = this.text(this.frames.file[frame]);
    if (this.frames.kind[frame] === kind.program) return "all stacks of this executable";
    if (!file) {
      const module = this.text(this.frames.module[frame]);
      return module && `[${module.slice(module.lastIndexOf("/") + 1)}]`;
    }
    const directory = this.text(this.data.directory ?? 0);
    const short = directory && file.startsWith(directory + "/") ? file.slice(directory.length + 1) : file;
    return this.frames.line[frame] ? `${short}:${this.frames.line[frame]}` : short;
  }
}

/// Of a row: sizes of its blocks, lifetimes (in time, and in the process's allocations meanwhile) of those freed.
function detailsOf([, least, mean, most, freed, lifeLeast, lifeMean, lifeMost, birthsLeast, birthsMean, birthsMost, oldest,
  sizes]) {
  const classes = new Map();
  for (let i = 0; i < sizes.length; i += 2) classes.set(sizes[i], sizes[i + 1]);
  return { classes, size: { least, mean, most }, freed, life: { least: lifeLeast, mean: lifeMean, most: lifeMost },
    births: { least: birthsLeast, mean: birthsMean, most: birthsMost }, oldest };
}

/// Details of several rows together; null where there are none.
export function mergeDetails(all) {
  if (all.length === 0) return null;
  const sum = { classes: new Map(), blocks: 0, freed: 0, oldest: 0 };
  const spreads = { size: (one) => one.blocks, life: (one) => one.freed, births: (one) => one.freed };
  for (const name of Object.keys(spreads)) sum[name] = { least: Infinity, mean: 0, most: 0 };
  for (const one of all) {
    let blocks = 0;
    for (const [digits, count] of one.classes) {
      sum.classes.set(digits, (sum.classes.get(digits) ?? 0) + count);
      blocks += count;
    }
    for (const [name, weightOf] of Object.entries(spreads)) {
      const weight = weightOf({ blocks, freed: one.freed });
      if (weight === 0) continue;
      sum[name].least = Math.min(sum[name].least, one[name].least);
      sum[name].most = Math.max(sum[name].most, one[name].most);
      sum[name].mean += one[name].mean * weight;
    }
    sum.blocks += blocks;
    sum.freed += one.freed;
    sum.oldest = Math.max(sum.oldest, one.oldest);
  }
  for (const [name, weightOf] of Object.entries(spreads)) sum[name].mean /= weightOf(sum) || 1;
  return sum;
}

/// The sum of a timeline's curves at `points` times `step` apart: the highest between each and the next, so that peaks stay.
export function resampled(timeline, curves, step, points) {
  const result = new Array(points).fill(null);
  for (let i = 0; i < timeline.points; ++i) {
    const at = Math.min(Math.floor((i * timeline.step_ns) / step), points - 1);
    const sum = curves.reduce((all, curve) => all + curve[i], 0);
    result[at] = Math.max(result[at] ?? 0, sum);
  }
  for (let at = 1; at < points && at * step < timeline.points * timeline.step_ns; ++at) result[at] ??= result[at - 1];
  return result;
}

/// What is known of the blocks that were live at the end, as metrics; those that there are.
function leakStatesOf(rows) {
  const rest = (live, ...parts) => rows[live].map((all, row) =>
    parts.reduce((left, part) => left - (rows[part]?.[row] ?? 0), all));
  const names = ["lost", "unknown", "reachable", "suppressed"];
  rows.unexamined = rest("live", ...names);
  rows.unexamined_blocks = rest("live_blocks", ...names.map((name) => `${name}_blocks`));
  const about = {
    lost: ["Lost", "nothing pointed to it any more"],
    unknown: ["Unknown", "whether anything still pointed to it was not recorded"],
    reachable: ["Reachable", "the program could still have freed it"],
    suppressed: ["Kept by design", "by the C and C++ libraries and the loader, until the end"],
    unexamined: ["Not examined", "its process was killed or replaced by exec, or had not ended"],
  };
  return Object.entries(about).filter(([name]) => rows[`${name}_blocks`]?.some((blocks) => blocks > 0))
    .map(([name, [label, meaning]]) => ({ name, label, meaning, unit: "bytes", columns: [name] }));
}

function metricsOf(data) {
  if (data.kind === "diff") {
    return [
      { name: "change", label: "Change", unit: "bytes", columns: ["before", "after"], compares: true },
      { name: "size", label: "Size, before or after", unit: "bytes", columns: ["before", "after"],
        compares: true, larger: true },
      { name: "blocks", label: "Change in blocks", unit: "blocks",
        columns: ["before_blocks", "after_blocks"], compares: true },
    ];
  }
  const several = data.processes_recorded > 1;
  const moment = data.moment ? [{ name: "moment", label: `At ${data.strings[data.moment]}`, unit: "bytes",
    columns: ["moment"] }] : [];
  const peak = { name: "peak", label: several ? "Each process's own peak" : "Peak", unit: "bytes",
    columns: ["peak"] };
  return [
    ...moment,
    ...(several ? [{ name: "at", label: "Peak of all together", unit: "bytes", columns: ["at"] }] : []),
    peak,
    { name: "live", label: "Live at the end", unit: "bytes", columns: ["live"] },
    { name: "allocated", label: "Allocated in all", unit: "bytes", columns: ["allocated"] },
    { name: "allocations", label: "Allocations", unit: "count", columns: ["allocations"] },
    { name: "temporary", label: "Temporary allocations", unit: "count", columns: ["temporary"] },
  ];
}
