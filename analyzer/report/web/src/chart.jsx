// A chart over time, and what is drawn into charts: bands of phases, lines of marks and moments.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { bytes, duration } from "./format.js";

export const palette = ["#4c78c8", "#e08a3c", "#5aa05a", "#c8566b", "#8c6cc0", "#3fa3a8", "#b59a3a", "#8a8f99"];
export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const powersOfTwo = Array.from({ length: 60 }, (_, i) => 2 ** i);
const chartHeight = 190;

const seconds = (ns) => ns / 1e9;
const xOf = (u, ns) => u.valToPos(seconds(ns), "x", true);

export function drawBand(u, fromNs, toNs, fill) {
  u.ctx.fillStyle = fill;
  u.ctx.fillRect(xOf(u, fromNs), u.bbox.top, Math.max(xOf(u, toNs) - xOf(u, fromNs), 2 * devicePixelRatio), u.bbox.height);
}

export function drawLine(u, ns, color, dashes = []) {
  u.ctx.strokeStyle = color;
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.setLineDash(dashes.map((length) => length * devicePixelRatio));
  u.ctx.beginPath();
  u.ctx.moveTo(xOf(u, ns), u.bbox.top);
  u.ctx.lineTo(xOf(u, ns), u.bbox.top + u.bbox.height);
  u.ctx.stroke();
}

/// Phases as bands with their names where there is room, marks as lines.
export function drawPhases(u, model, timeline) {
  const { ctx, bbox } = u;
  ctx.textAlign = "left";
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  let labelled = -1e9;
  timeline.phases.slice(0, 400).forEach(([name, , begin, end], i) => {
    drawBand(u, begin, end, i % 2 ? "rgba(120,120,160,.10)" : "rgba(120,160,120,.13)");
    const label = model.text(name).slice(0, 30);
    const room = xOf(u, end) - xOf(u, begin) - 6 * devicePixelRatio;
    if (xOf(u, begin) < labelled || ctx.measureText(label).width > room) return;
    ctx.fillStyle = css("--text");
    ctx.fillText(label, xOf(u, begin) + 3 * devicePixelRatio, bbox.top + 13 * devicePixelRatio);
    labelled = xOf(u, begin) + ctx.measureText(label).width + 8 * devicePixelRatio;
  });
  for (const [, , time] of timeline.marks.slice(0, 400)) drawLine(u, time, css("--mark"));
}

/// `series`: [label, color, whether what is below it is filled], as data[1] and on. `draw(u)` is called, clipped to the
/// plot, after the curves; `readout(i)` says what the chart has at its i-th time. `onRange(fromNs, toNs)`, `onClick(ns)`:
/// what people chose; null where there is nothing to choose. Another `redrawn` draws again.
export function Chart({ label, data, series, draw, readout, onRange, onClick, redrawn }) {
  const box = useRef();
  const plot = useRef();
  const latest = useRef();
  const [at, setAt] = useState(null);
  latest.current = { draw, onRange, onClick };
  useEffect(() => {
    const axis = { stroke: () => css("--faint"), grid: { stroke: () => css("--line"), width: 1 }, ticks: { show: false } };
    const ns = (u, pixel) => u.posToVal(pixel, "x") * 1e9;
    const u = new uPlot({
      width: 600, height: chartHeight,
      scales: { x: { time: false }, y: { range: (plotted, least, most) => [0, Math.max(most, 1) * 1.06] } },
      legend: { show: false },
      cursor: { drag: { x: Boolean(onRange), y: false, setScale: false }, sync: { key: "time" }, points: { show: false } },
      axes: [{ ...axis, size: 28, values: (plotted, values) => values.map((value) => duration(Math.round(value * 1e9))) },
        { ...axis, size: 74, incrs: powersOfTwo, values: (plotted, values) => values.map((value) => bytes(value)) }],
      series: [{}, ...series.map(([name, color, filled]) =>
        ({ label: name, stroke: color, width: filled ? 1 : 2, fill: filled ? color : undefined, points: { show: false } }))],
      hooks: {
        draw: [(drawn) => {
          drawn.ctx.save();
          drawn.ctx.beginPath();
          drawn.ctx.rect(drawn.bbox.left, drawn.bbox.top, drawn.bbox.width, drawn.bbox.height);
          drawn.ctx.clip();
          latest.current.draw(drawn);
          drawn.ctx.restore();
        }],
        setCursor: [(moved) => setAt(moved.cursor.idx ?? null)],
        setSelect: [(chosen) => {
          if (chosen.select.width < 3) return;
          const { left, width } = chosen.select;
          chosen.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          latest.current.onRange?.(ns(chosen, left), ns(chosen, left + width));
        }],
      },
    }, data, box.current);
    plot.current = u;
    const observer = new ResizeObserver(([entry]) => u.setSize({ width: Math.max(entry.contentRect.width, 200), height: chartHeight }));
    observer.observe(box.current);
    let pressed = null;
    u.over.addEventListener("mousedown", (event) => { pressed = event.clientX; });
    u.over.addEventListener("mouseup", (event) => {
      if (pressed === null || Math.abs(event.clientX - pressed) > 3) return;
      latest.current.onClick?.(ns(u, event.clientX - u.over.getBoundingClientRect().left));
    });
    return () => {
      observer.disconnect();
      u.destroy();
    };
  }, [data]);
  // Before its first drawing it has no scales yet to draw again with.
  useEffect(() => { if (plot.current.status === 1) plot.current.redraw(true); }, [redrawn]);
  return (
    <figure>
      <figcaption><b>{label}</b> {at !== null && at < data[0].length && <span>{duration(Math.round(data[0][at] * 1e9))}: {readout(at)}</span>}</figcaption>
      <div ref={box} class="chart" data-label={label} />
    </figure>);
}
