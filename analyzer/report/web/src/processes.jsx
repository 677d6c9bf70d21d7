// The processes: who started whom, when each lived, and how much it had. Only rows in view are in the document.

import { useMemo, useRef, useState } from "preact/hooks";
import { bytes, count, duration, signed } from "./format.js";

const rowHeight = 26;

const orders = {
  tree: ["tree", null],
  peak: ["peak", (all, i) => -all.peak_bytes[i]],
  rss: ["RSS", (all, i) => -all.rss_peak_bytes[i]],
  start: ["start", (all, i) => all.start_ns[i]],
  duration: ["duration", (all, i) => all.start_ns[i] - all.end_ns[i]],
};

export function Processes({ model, view, set }) {
  const all = model.data.processes;
  const [top, setTop] = useState(0);
  const box = useRef();
  const words = view.processes.trim().toLowerCase();
  const key = (orders[view.order] ?? orders.tree)[1];
  const shown = useMemo(() => {
    const list = [];
    for (let i = 0; i < all.id.length; ++i) {
      if (!words || model.text(all.command[i]).toLowerCase().includes(words)) list.push(i);
    }
    return key ? list.sort((a, b) => key(all, a) - key(all, b) || a - b) : list;
  }, [all, words, key]);
  const height = Math.min(shown.length * rowHeight, 520);
  const at = Math.min(top, shown.length * rowHeight - height);  // the list may have become shorter
  const first = Math.max(0, Math.floor(at / rowHeight) - 4);
  const last = Math.min(shown.length, Math.ceil((at + height) / rowHeight) + 4);
  const whole = Math.max(model.data.duration_ns, 1);
  const highest = Math.max(...all.peak_bytes.slice(0, 50000), 1);
  const focus = (i) => set({ owner: view.owner === all.owner[i] ? null : all.owner[i], zoom: "" });
  return (
    <section aria-label="Processes">
      <div class="tools">
        <input type="search" name="processes" placeholder="Filter by command" aria-label="Filter by command"
          value={view.processes} onInput={(event) => set({ processes: event.currentTarget.value })} />
        <label>order <select name="order" value={view.order} onChange={(event) => set({ order: event.currentTarget.value })}>
          {Object.entries(orders).map(([name, [label]]) => <option value={name}>{label}</option>)}
        </select></label>
        <span class="faint">{count(shown.length)} of {count(all.id.length)} processes
          {all.hidden > 0 && `; ${count(all.hidden)} more, whose peaks add up to ${bytes(all.hidden_peak_bytes)}, are not listed`}</span>
      </div>
      <div class="gantt-head" aria-hidden="true"><span>command</span><span>heap peak</span><span>RSS peak</span><span>0 … {duration(model.data.duration_ns)}</span></div>
      <div class="gantt" ref={box} style={{ height: `${height}px` }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <div style={{ height: `${shown.length * rowHeight}px`, position: "relative" }}>
          {shown.slice(first, last).map((i, place) => (
            <button type="button" key={all.id[i]} aria-pressed={view.owner === all.owner[i]}
              class={`process${view.owner === all.owner[i] ? " chosen" : ""}`}
              style={{ top: `${(first + place) * rowHeight}px` }} onClick={() => focus(i)}
              title={`${model.text(all.command[i]).slice(0, 300)} (pid ${all.pid[i]}) ${duration(all.end_ns[i] - all.start_ns[i])}, ${model.text(all.end[i])}`}>
              <span class="command name" style={{ paddingLeft: `${key ? 0 : Math.min(all.depth[i], 12) * 12}px` }}>
                {model.text(all.command[i]).slice(0, 300)}</span>
              <span class="number">{bytes(all.peak_bytes[i])}</span>
              <span class="number">{bytes(all.rss_peak_bytes[i])}</span>
              <span class="life"><span class="bar" style={{
                left: `${(100 * all.start_ns[i]) / whole}%`,
                width: `max(2px, ${(100 * (all.end_ns[i] - all.start_ns[i])) / whole}%)`,
                opacity: 0.35 + 0.65 * (all.peak_bytes[i] / highest),
              }} /></span>
            </button>))}
        </div>
      </div>
    </section>);
}

/// In a comparison: what changed in each process.
export function ProcessChanges({ model }) {
  const { process_changes: all, hidden_processes: [hidden] } = model.data;
  const [limit, setLimit] = useState(100);
  const where = ["", "only before", "only after", "both"];
  return (
    <section aria-label="Processes">
      <table class="sites">
        <thead><tr><th>Change</th><th>Before</th><th>After</th><th>In</th><th>Command</th></tr></thead>
        <tbody>
          {all.slice(0, limit).map(([command, sides, [before, after]]) => (
            <tr>
              <td data-label="Change" class={after > before ? "grown" : "shrunk"}>{signed(after - before, bytes)}</td>
              <td data-label="Before">{bytes(before)}</td><td data-label="After">{bytes(after)}</td><td data-label="In">{where[sides]}</td>
              <td class="where name">{model.text(command).slice(0, 160)}</td>
            </tr>))}
        </tbody>
      </table>
      {all.length > limit && <button type="button" onClick={() => setLimit(limit * 4)}>Show more</button>}
      {hidden > 0 && <p class="faint">{count(hidden)} more are not listed.</p>}
    </section>);
}
