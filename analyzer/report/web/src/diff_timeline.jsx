// Heap and RSS over time of both sides of a comparison, each from its own run's start; of a comparison within one run,
// that run's, with the two moments.

import { useMemo } from "preact/hooks";
import { Chart, css, drawBand, drawLine, drawPhases, palette } from "./chart.jsx";
import { resampled } from "./data.js";
import { bytes } from "./format.js";

const colors = { before: palette[0], after: palette[1] };

export function DiffTimeline({ model, view }) {
  const { before, after, one_run: oneRun } = model.data;
  const sides = oneRun ? [["before", before]] : [["before", before], ["after", after]];
  const charts = useMemo(() => {
    const step = Math.max(...sides.map(([, one]) => one.timeline.step_ns));
    const points = Math.max(2, ...sides.map(([, one]) => Math.ceil((one.timeline.points * one.timeline.step_ns) / step)));
    const times = Array.from({ length: points }, (_, i) => (i * step) / 1e9);
    return [["Heap", "heap"], ["RSS", "rss"]].map(([label, name]) =>
      [label, [times, ...sides.map(([, one]) => resampled(one.timeline, one.timeline[name], step, points))]]);
  }, [model]);
  const series = oneRun ? [["heap", palette[0], true]] : sides.map(([name]) => [name, colors[name], false]);
  const draw = (u) => {
    if (oneRun) {
      drawPhases(u, model, before.timeline);
      const moments = [before.moment_ns, after.moment_ns];
      if (!moments.includes(null)) drawBand(u, Math.min(...moments), Math.max(...moments), "rgba(140,92,246,.22)");
    }
    for (const [name, one] of [["before", before], ["after", after]])
      if (one.moment_ns !== null) drawLine(u, one.moment_ns, oneRun ? css("--peak") : colors[name], [4, 3]);
  };
  const known = charts.filter(([, [, ...curves]]) => curves.some((curve) => curve.some((value) => value > 0)));
  return (
    <section aria-label="Timeline" class="timeline">
      <div class="charts">
        {known.map(([label, data]) => (
          <Chart key={label} label={label} data={data} series={series} draw={draw} onRange={null} onClick={null} redrawn={view.theme}
            readout={(i) => data.slice(1).map((curve, side) =>
              `${oneRun ? "" : `${sides[side][0]} `}${curve[i] === null ? "–" : bytes(curve[i])}`).join(", ")} />))}
      </div>
      <p class="legend">
        {!oneRun && sides.map(([name]) => <span><i style={{ background: colors[name] }} />{name}</span>)}
        {before.moment_ns !== null && <span><i class="peak-line" />the moments compared</span>}
      </p>
    </section>);
}
