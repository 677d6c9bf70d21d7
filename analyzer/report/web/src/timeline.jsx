// Heap and RSS over time. Dragging chooses a range, which snaps to the moments whose live sets are in the page.

import { useMemo } from "preact/hooks";
import { Chart, css, drawBand, drawLine, drawPhases, palette } from "./chart.jsx";
import { bytes, duration } from "./format.js";

/// Curves on top of each other, the first at the bottom: [times, topmost ... lowest].
function stacked(timeline, curves) {
  const times = Array.from({ length: timeline.points }, (_, i) => (i * timeline.step_ns) / 1e9);
  const sums = [];
  const sum = new Array(timeline.points).fill(0);
  for (const curve of curves) {
    for (let i = 0; i < sum.length; ++i) sum[i] += curve[i];
    sums.push(sum.slice());
  }
  if (times.length === 1) {  // a line takes two points
    times.push(times[0] + timeline.step_ns / 1e9);
    for (const one of sums) one.push(one[0]);
  }
  return [times, ...sums.reverse()];
}

function nearest(times, ns) {
  let best = 0;
  times.forEach((time, i) => {
    if (Math.abs(time - ns) < Math.abs(times[best] - ns)) best = i;
  });
  return best;
}

function StackedChart({ model, view, set, curves, label, peakNs }) {
  const { timeline } = model.data;
  const data = useMemo(() => stacked(timeline, curves), [timeline, curves]);
  const color = (i) => palette[i % palette.length];
  const series = timeline.series.map((name, i) => [model.text(name), color(i), true]).reverse();
  const draw = (u) => {
    drawPhases(u, model, timeline);
    drawLine(u, peakNs, css("--peak"), [4, 3]);
    const range = model.range(view);
    if (range) drawBand(u, model.times[range[0]], model.times[range[1]], "rgba(140,92,246,.22)");
  };
  const readout = (i) => {
    const parts = timeline.series.map((name, one) => [model.text(name), curves[one][i] ?? 0]).filter(([, value]) => value > 0)
      .sort((a, b) => b[1] - a[1]);
    const rest = parts.slice(3).reduce((sum, [, value]) => sum + value, 0);
    return `${bytes(data[1][i])}${parts.length > 1 ? ` (${parts.slice(0, 3).map(([name, value]) =>
      `${name.slice(0, 30)} ${bytes(value)}`).join(", ")}${rest ? `, others ${bytes(rest)}` : ""})` : ""}`;
  };
  const onRange = (fromNs, toNs) => {
    let from = nearest(model.times, fromNs);
    let to = nearest(model.times, toNs);
    if (from === to) to < model.times.length - 1 ? ++to : --from;
    if (from >= 0) set({ from, to, zoom: "" });
  };
  const onClick = (ns) => {
    const moment = nearest(model.times, ns);
    if (moment > 0) set({ from: null, to: moment, zoom: "" });
  };
  return <Chart label={label} data={data} series={series} draw={draw} readout={readout} onRange={onRange} onClick={onClick}
    redrawn={`${view.from} ${view.to} ${view.theme}`} />;
}

export function Timeline({ model, view, set }) {
  const { timeline, tree } = model.data;
  const range = model.range(view);
  const moment = (name, value, label) => (
    <label>{label} <select name={name} value={value} onChange={(event) => {
      const chosen = Number(event.currentTarget.value);
      set({ from: range?.[0] ?? null, to: range?.[1] ?? model.times.length - 1, [name]: chosen, zoom: "" });
    }}>
      {model.times.map((time, i) => <option value={i} disabled={name === "to" && i === 0}>{i === 0 ? "start" : duration(time)}</option>)}
    </select></label>);
  return (
    <section aria-label="Timeline" class="timeline">
      <div class="charts">
        <StackedChart model={model} view={view} set={set} curves={timeline.heap} label="Heap" peakNs={tree.peak_time_ns} />
        {tree.peak_rss_bytes > 0 &&
          <StackedChart model={model} view={view} set={set} curves={timeline.rss} label="RSS" peakNs={tree.peak_rss_time_ns} />}
      </div>
      <p class="legend">
        {timeline.series.map((name, i) => <span><i style={{ background: palette[i % palette.length] }} />{model.text(name)}</span>)}
        <span><i class="peak-line" />peak</span>
        {timeline.marks.length > 0 && <span><i class="mark-line" />{timeline.marks.length === 1 ? "a mark" : `${timeline.marks.length} marks`}</span>}
      </p>
      {model.times.length > 1 && (
        <div class="tools">
          {moment("from", range?.[0] ?? 0, "Range from")}
          {moment("to", range?.[1] ?? model.times.length - 1, "to")}
          {range ? <button type="button" onClick={() => set({ from: null, to: null, zoom: "" })}>Whole run</button>
            : <span class="faint">Drag in a chart for what was added in between; click for one moment.</span>}
        </div>)}
    </section>);
}
