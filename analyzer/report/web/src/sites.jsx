// The tables of sites: each row a function and line, opened the stacks behind it.

import { useMemo, useState } from "preact/hooks";
import { kind } from "./data.js";
import { bytes, count, duration, share, signed, textOf } from "./format.js";

export function Spark({ values, width = 120, height = 22 }) {
  const highest = Math.max(...values, 1);
  const points = [...values].map((value, i) =>
    `${((i * width) / Math.max(values.length - 1, 1)).toFixed(1)},${(height - 1 - (value * (height - 3)) / highest).toFixed(1)}`);
  return (
    <svg class="spark" width={width} height={height} role="img" aria-label={`over time, ${bytes(highest)} at most`}>
      <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} />
      <polyline points={points.join(" ")} />
    </svg>);
}

/// Rows of the page by the place they are counted at.
function groupsOf(model, amounts) {
  const groups = new Map();
  const numbers = ["live", "live_blocks", "allocated", "allocations", "temporary", "peak", "at"]
    .filter((name) => model.rows[name]);
  for (let row = 0; row < model.rowCount; ++row) {
    if (amounts.weight[row] === 0) continue;
    const frame = model.nodes.frame[model.place[model.rows.node[row]]];
    const special = model.frames.kind[frame] === kind.smaller;
    let group = groups.get(frame);
    if (!group) {
      group = { frame, name: special ? "smaller stacks, each below the share that is shown" : model.frameName(frame),
        where: model.frameWhere(frame), before: 0, after: 0, weight: 0, rows: [] };
      for (const name of numbers) group[name] = 0;
      groups.set(frame, group);
    }
    group.before += amounts.before[row];
    group.after += amounts.after[row];
    group.weight += amounts.weight[row];
    for (const name of numbers) group[name] += model.rows[name][row];
    group.rows.push(row);
  }
  return [...groups.values()];
}

/// Of all rows, those that did not change included.
function totalOf(model, amounts) {
  const total = { before: 0, after: 0, live_blocks: 0, allocations: 0, allocated: 0, temporary: 0 };
  for (let row = 0; row < model.rowCount; ++row) {
    total.before += amounts.before[row];
    total.after += amounts.after[row];
    if (amounts.weight[row] === 0) continue;
    for (const name of ["live_blocks", "allocations", "allocated", "temporary"])
      total[name] += model.rows[name]?.[row] ?? 0;
  }
  return total;
}

export function Sites({ model, view, set, leaks }) {
  const shownView = leaks ? { ...view, metric: "live", from: null, to: null } : view;
  const metric = model.metric(shownView);
  const text = textOf(metric.unit);
  const amounts = useMemo(() => model.amounts(shownView), [model, metric.name, view.from, view.to, view.owner, leaks]);
  const groups = useMemo(() => groupsOf(model, amounts), [model, amounts]);
  const [limit, setLimit] = useState(100);
  const [open, setOpen] = useState(null);
  const comparing = Boolean(metric.compares);
  const columns = comparing ? [
    ["delta", "Change", (one) => one.after - one.before, (value) => signed(value, text)],
    ["before", "Before", (one) => one.before, text], ["after", "After", (one) => one.after, text],
  ] : [
    ["amount", metric.label, (one) => one.after, text],
    ["share", "Share", (one) => one.after, (value) => share(value, total.after)],
    ...(leaks ? [["blocks", "Blocks", (one) => one.live_blocks, count]] : []),
    ...(metric.name !== "allocations" ? [["allocations", "Allocations", (one) => one.allocations, count]] : []),
    ...(metric.name !== "allocated" ? [["allocated", "Allocated", (one) => one.allocated, bytes]] : []),
    ["temporary", "Temporary", (one) => one.temporary, (value, one) => share(value, one.allocations)],
  ];
  const total = useMemo(() => totalOf(model, amounts), [model, amounts]);
  const [sortName, direction] = (view.sort || `${columns[0][0]}:down`).split(":");
  const sorter = columns.find((one) => one[0] === sortName) ?? columns[0];
  const words = view.filter.trim().toLowerCase();
  const shown = useMemo(() => groups
    .filter((one) => !words || `${one.name} ${one.where}`.toLowerCase().includes(words))
    .sort((a, b) => {
      const by = sortName === "name" ? (a.name < b.name ? 1 : a.name > b.name ? -1 : 0)
        : sortName === "delta" ? Math.abs(sorter[2](b)) - Math.abs(sorter[2](a)) : sorter[2](b) - sorter[2](a);
      return (direction === "up" ? -by : by) || b.weight - a.weight || a.frame - b.frame;
    }), [groups, words, sortName, direction]);
  const heading = (name, label) => (
    <th scope="col" aria-sort={sortName === name ? (direction === "up" ? "ascending" : "descending") : "none"}>
      <button type="button" class="sort" onClick={() =>
        set({ sort: `${name}:${sortName === name && direction === "down" ? "up" : "down"}` })}>
        {label}{sortName === name ? (direction === "up" ? " ▲" : " ▼") : ""}
      </button>
    </th>);
  const times = model.times.length > 2;
  return (
    <section aria-label={leaks ? "Leaks" : "Sites"}>
      {leaks && <p class="faint">What was still allocated when its process ended, or when the recording did. What a
        program keeps until it exits is here as well as what it lost: lines that rise steadily are worth a look.</p>}
      <div class="tools">
        <input type="search" name="filter" placeholder="Filter by function or file" aria-label="Filter by function or file"
          value={view.filter} onInput={(event) => set({ filter: event.currentTarget.value })} />
        <span class="faint">{count(shown.length)} of {count(groups.length)} sites</span>
      </div>
      {groups.length === 0 ? <p class="empty">Nothing to show: no site has any of this.</p> : (
        <table class="sites">
          <thead><tr>
            {columns.map(([name, label]) => heading(name, label))}
            {times && <th scope="col">Over time</th>}
            {heading("name", "Where")}
          </tr></thead>
          <tbody>
            {shown.slice(0, limit).map((one) => [
              <tr key={one.frame} class={open === one.frame ? "open" : ""}>
                {columns.map(([name, , value, show]) => (
                  <td class={name === "delta" ? (value(one) > 0 ? "grown" : "shrunk") : ""}>{show(value(one), one)}</td>))}
                {times && <td><Spark values={model.heldOverTime(one.rows)} /></td>}
                <td class="where">
                  <button type="button" class="expand" aria-expanded={open === one.frame}
                    onClick={() => setOpen(open === one.frame ? null : one.frame)}>
                    <span class="name">{one.name}</span> <span class="faint">{one.where}</span>
                  </button>
                </td>
              </tr>,
              open === one.frame && (
                <tr key={`${one.frame} stacks`} class="stacks"><td colSpan={columns.length + (times ? 2 : 1)}>
                  <Stacks model={model} group={one} amounts={amounts} text={text} comparing={comparing} />
                </td></tr>),
            ])}
          </tbody>
          <tfoot><tr>
            {columns.map(([name, , value, show]) => <td>{show(value(total), total)}</td>)}
            {times && <td />}<td>total of all sites</td>
          </tr></tfoot>
        </table>)}
      {shown.length > limit && <button type="button" onClick={() => setLimit(limit * 4)}>Show more</button>}
    </section>);
}

const stacksShown = 8;

function Stacks({ model, group, amounts, text, comparing }) {
  const rows = [...group.rows].sort((a, b) => amounts.weight[b] - amounts.weight[a]);
  const details = rows.filter((row) => model.details.has(row)).map((row) => model.details.get(row));
  return (
    <div>
      {details.length > 0 && <Details all={details} />}
      {rows.slice(0, stacksShown).map((row) => (
        <div class="stack">
          <p>
            <b>{comparing ? signed(amounts.after[row] - amounts.before[row], text) : text(amounts.after[row])}</b>{" "}
            {model.data.owners && model.data.owners.length > 1 &&
              <span class="faint">{model.text(model.data.owners[model.rows.owner[row]])} </span>}
            {model.times.length > 2 && <Spark values={model.heldOverTime([row])} width={240} height={36} />}
          </p>
          <ol>
            {model.stack(model.rows.node[row]).map((frame, depth) => (
              <li class={model.frames.kind[frame] === kind.code ? "" : "faint"}>
                <span class="name">{model.frames.kind[frame] === kind.smaller
                  ? `${count(model.nodes.smaller[model.rows.node[row]])} smaller` : model.frameName(frame)}</span>{" "}
                <span class="faint">{depth < 400 ? model.frameWhere(frame) : ""}</span>
              </li>))}
          </ol>
        </div>))}
      {rows.length > stacksShown && <p class="faint">{count(rows.length - stacksShown)} more stacks</p>}
    </div>);
}

/// Sizes and lifetimes: each of `all` as the page's data has it.
function Details({ all }) {
  const classes = new Map();
  let ended = 0;
  let lived = 0;
  let longest = 0;
  let oldest = 0;
  for (const [, , , , lives, , mean, most, age, sizes] of all) {
    for (let i = 0; i < sizes.length; i += 2) classes.set(sizes[i], (classes.get(sizes[i]) ?? 0) + sizes[i + 1]);
    ended += lives;
    lived += lives * mean;
    longest = Math.max(longest, most);
    oldest = Math.max(oldest, age);
  }
  const bars = [...classes].sort((a, b) => a[0] - b[0]);
  const highest = Math.max(...bars.map((one) => one[1]), 1);
  return (
    <div class="details">
      <table class="histogram" aria-label="Sizes">
        <tbody>
          {bars.map(([digits, blocks]) => (
            <tr>
              <th scope="row">{digits === 0 ? "0 B" : `${bytes(2 ** (digits - 1))} …`}</th>
              <td><meter min="0" max={highest} value={blocks} /> {count(blocks)}</td>
            </tr>))}
        </tbody>
      </table>
      <p>
        {ended > 0 && <span>Freed blocks lived {duration(Math.round(lived / ended))} on average, {duration(longest)} at most. </span>}
        {oldest > 0 && <span>The oldest that is live at the end is {duration(oldest)} old.</span>}
      </p>
    </div>);
}
