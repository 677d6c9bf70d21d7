// What the run was, in figures and plain words.

import { useEffect } from "preact/hooks";
import { isBroken } from "./budgets.jsx";
import { bytes, count, duration, share, signed } from "./format.js";

const when = (ns) => new Date(ns / 1e6).toISOString().replace("T", " ").slice(0, 19) + " UTC";

function Figure({ label, value, more, name }) {
  return <div class="figure"><dt>{label}</dt><dd data-figure={name}>{value}</dd><dd class="faint">{more}</dd></div>;
}

/// What the figures do not contain, in the words of the text report.
function Health({ model, lines, title }) {
  const fine = lines[0] !== undefined && model.text(lines[0]) === "no event lost";
  return (
    <details class="health">
      <summary>{title}{fine ? "✓ no event lost" : "⚠ not everything was seen"}; what the figures do not contain</summary>
      <ul>{lines.map((line) => <li>{model.text(line)}</li>)}</ul>
    </details>);
}

export function Overview({ model, set }) {
  const { data } = model;
  const command = data.command.map((word) => model.text(word)).join(" ") || "a run without a command";
  const { tree, totals } = data;
  useEffect(() => { document.title = `${command.slice(0, 80)} – memprof`; }, [command]);
  const limits = data.check?.limits ?? [];
  const broken = limits.filter(isBroken).length;
  return (
    <header>
      <h1 class="name">{command.slice(0, 400)}{command.length > 400 && "…"}</h1>
      <p class="faint">{when(data.start_unix_ns)} in <span class="name">{model.text(data.directory)}</span></p>
      <dl class="figures">
        <Figure name="peak" label="Heap peak" value={bytes(tree.peak_heap_bytes)}
          more={`after ${duration(tree.peak_time_ns)}, ${count(tree.alive_at_peak)} ${tree.alive_at_peak === 1 ? "process" : "processes"} alive`} />
        <Figure name="rss" label="RSS peak" value={tree.peak_rss_bytes ? bytes(tree.peak_rss_bytes) : "unknown"}
          more={tree.peak_rss_bytes ? `after ${duration(tree.peak_rss_time_ns)}` : "no sample was taken"} />
        <Figure name="duration" label="Time" value={duration(data.duration_ns)}
          more={`${count(data.processes_recorded)} ${data.processes_recorded === 1 ? "process" : "processes"}`} />
        <Figure name="allocated" label="Allocated" value={bytes(totals.bytes_allocated)}
          more={`in ${count(totals.allocations)} allocations`} />
        <Figure name="temporary" label="Temporary" value={share(totals.temporary, totals.allocations)}
          more={`${count(totals.temporary)} freed at once`} />
        <Figure name="live" label="Live at the end" value={bytes(totals.live_bytes)} more={`in ${count(totals.live_blocks)} blocks`} />
        {data.check && <Figure name="budget" label="Budget"
          value={<span class={broken ? "grown" : ""}>{broken ? `${count(broken)} broken` : "✓ kept"}</span>}
          more={<button type="button" class="link" onClick={() => set({ tab: "budgets" })}>{count(limits.length)} limits</button>} />}
      </dl>
      <Health model={model} lines={data.health} title="" />
    </header>);
}

export function DiffOverview({ model }) {
  const { before, after, total, one_run: oneRun } = model.data;
  useEffect(() => { document.title = `${model.text(before.name)} → ${model.text(after.name)} – memprof`.slice(0, 200); }, [model]);
  const side = (label, one) => (
    <div class="side">
      <h2>{label}: <span class="name">{model.text(one.name).slice(0, 300)}</span></h2>
      <p class="name">{one.command.map((word) => model.text(word)).join(" ").slice(0, 300)}</p>
      <p class="faint">{when(one.start_unix_ns)}, {duration(one.duration_ns)}, {count(one.processes)}{" "}
        {one.processes === 1 ? "process" : "processes"}; {model.text(one.moment)}{one.each_its_own && " of each process"}.
        Heap peak {bytes(one.peak_heap_bytes)}, RSS peak {bytes(one.peak_rss_bytes)}</p>
    </div>);
  return (
    <header>
      <h1>What changed</h1>
      <div class="sides">{side("Before", before)}{side("After", after)}</div>
      <dl class="figures">
        <Figure name="before" label="Before" value={bytes(total[0])} more={`${count(total[2])} blocks`} />
        <Figure name="after" label="After" value={bytes(total[1])} more={`${count(total[3])} blocks`} />
        <Figure name="change" label="Change" value={signed(total[1] - total[0], bytes)}
          more={`${signed(total[3] - total[2], count)} blocks`} />
      </dl>
      <Health model={model} lines={before.health} title={oneRun ? "" : "Before: "} />
      {!oneRun && <Health model={model} lines={after.health} title="After: " />}
    </header>);
}
