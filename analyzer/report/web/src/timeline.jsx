// Heap and RSS over time. Dragging chooses a range, which snaps to the moments whose live sets are in the page.

import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import { bytes, duration } from "./format.js";

export const palette = ["#4c78c8", "#e08a3c", "#5aa05a", "#c8566b", "#8c6cc0", "#3fa3a8", "#b59a3a", "#8a8f99"];

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

const powersOfTwo = Array.from({ length: 60 }, (_, i) => 2 ** i);

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function nearest(times, ns) {
  let best = 0;
  times.forEach((time, i) => {
    if (Math.abs(time - ns) < Math.abs(times[best] - ns)) best = i;
  });
  return best;
}

function Chart({ model, view, set, curves, label, peakNs }) {
  const box = useRef();
  const plot = useRef();
  const latest = useRef();
  latest.current = { view, set };
  const { timeline } = model.data;
  const data = useMemo(() => stacked(timeline, curves), [timeline, curves]);
  useEffect(() => {
    const drawMore = (u) => {
      const { ctx, bbox } = u;
      const x = (ns) => u.valToPos(ns / 1e9, "x", true);
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.textAlign = "left";
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      let labelled = -1e9;
      timeline.phases.slice(0, 400).forEach(([name, , begin, end], i) => {
        ctx.fillStyle = i % 2 ? "rgba(120,120,160,.10)" : "rgba(120,160,120,.13)";
        ctx.fillRect(x(begin), bbox.top, Math.max(x(end) - x(begin), 1), bbox.height);
        if (x(end) - x(begin) > 40 * devicePixelRatio && x(begin) > labelled) {
          ctx.fillStyle = css("--faint");
          ctx.fillText(model.text(name).slice(0, 30), x(begin) + 3, bbox.top + 12 * devicePixelRatio);
          labelled = x(begin) + 60 * devicePixelRatio;
        }
      });
      ctx.strokeStyle = css("--mark");
      ctx.lineWidth = devicePixelRatio;
      for (const [, , time] of timeline.marks.slice(0, 400)) {
        ctx.beginPath();
        ctx.moveTo(x(time), bbox.top);
        ctx.lineTo(x(time), bbox.top + bbox.height);
        ctx.stroke();
      }
      ctx.strokeStyle = css("--peak");
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x(peakNs), bbox.top);
      ctx.lineTo(x(peakNs), bbox.top + bbox.height);
      ctx.stroke();
      const range = model.range(latest.current.view);
      if (range) {
        const [from, to] = range.map((moment) => x(model.times[moment]));
        ctx.setLineDash([]);
        ctx.fillStyle = "rgba(140,92,246,.22)";
        ctx.fillRect(from, bbox.top, Math.max(to - from, 2 * devicePixelRatio), bbox.height);
      }
      ctx.restore();
    };
    const axis = { stroke: () => css("--faint"), grid: { stroke: () => css("--line"), width: 1 }, ticks: { show: false } };
    const names = [...timeline.series].reverse();
    const options = {
      width: 600, height: 190, scales: { x: { time: false }, y: { range: (u, least, most) => [0, Math.max(most, 1) * 1.06] } },
      legend: { show: false }, cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: "time" } },
      axes: [{ ...axis, size: 28, values: (u, values) => values.map((value) => duration(Math.round(value * 1e9))) },
        { ...axis, size: 74, incrs: powersOfTwo, values: (u, values) => values.map((value) => bytes(value)) }],
      series: [{}, ...names.map((name, i) => {
        const color = palette[(names.length - 1 - i) % palette.length];
        return { label: model.text(name), stroke: color, width: 1, fill: color, points: { show: false } };
      })],
      hooks: {
        draw: [drawMore],
        setSelect: [(u) => {
          if (u.select.width < 3) return;
          const ns = (pixel) => u.posToVal(pixel, "x") * 1e9;
          let from = nearest(model.times, ns(u.select.left));
          let to = nearest(model.times, ns(u.select.left + u.select.width));
          if (from === to) to < model.times.length - 1 ? ++to : --from;
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          if (from >= 0) latest.current.set({ from, to, zoom: "" });
        }],
      },
    };
    const u = new uPlot(options, data, box.current);
    plot.current = u;
    const observer = new ResizeObserver(([entry]) => u.setSize({ width: Math.max(entry.contentRect.width, 200), height: 190 }));
    observer.observe(box.current);
    let pressed = null;
    u.over.addEventListener("mousedown", (event) => { pressed = event.clientX; });
    u.over.addEventListener("mouseup", (event) => {
      if (pressed === null || Math.abs(event.clientX - pressed) > 3) return;
      const area = u.over.getBoundingClientRect();
      const moment = nearest(model.times, u.posToVal(event.clientX - area.left, "x") * 1e9);
      if (moment > 0) latest.current.set({ from: null, to: moment, zoom: "" });
    });
    return () => {
      observer.disconnect();
      u.destroy();
    };
  }, [model, data]);
  // Before its first drawing it has no scales yet to draw again with.
  useEffect(() => { if (plot.current.status === 1) plot.current.redraw(true); }, [view.from, view.to, view.theme]);
  return <figure><figcaption>{label}</figcaption><div ref={box} class="chart" data-label={label} /></figure>;
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
        <Chart model={model} view={view} set={set} curves={timeline.heap} label="Heap" peakNs={tree.peak_time_ns} />
        {tree.peak_rss_bytes > 0 &&
          <Chart model={model} view={view} set={set} curves={timeline.rss} label="RSS" peakNs={tree.peak_rss_time_ns} />}
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
