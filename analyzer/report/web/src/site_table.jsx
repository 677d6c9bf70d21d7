// A table of sites: each row a function and line, opened the stacks behind it. Who shows one says which columns it has.

import { useMemo, useState } from "preact/hooks";
import { kind, mergeDetails } from "./data.js";
import { Details } from "./details.jsx";
import { bytes, count, signed, textOf } from "./format.js";

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

const summed = ["live", "live_blocks", "allocated", "allocations", "temporary", "lost", "lost_blocks", "unknown",
  "unknown_blocks", "reachable", "reachable_blocks", "suppressed", "suppressed_blocks", "unexamined", "unexamined_blocks"];

/// Rows that are counted at one place. Their details are put together when they are first looked at: that takes long for
/// all of a large page.
class Group {
  constructor(model, frame, numbers) {
    const special = model.frames.kind[frame] === kind.smaller;
    this.frame = frame;
    this.name = special ? "smaller stacks, each below the share that is shown" : model.frameName(frame);
    this.where = model.frameWhere(frame);
    this.before = this.after = this.weight = 0;
    this.rows = [];
    this.model = model;
    for (const name of numbers) this[name] = 0;
  }

  get details() {
    this.merged ??= [mergeDetails(this.rows.filter((row) => this.model.details.has(row)).map((row) => this.model.details.get(row)))];
    return this.merged[0];
  }
}

/// Rows of the page by the place they are counted at.
function groupsOf(model, amounts) {
  const groups = new Map();
  const numbers = summed.filter((name) => model.rows[name]);
  for (let row = 0; row < model.rowCount; ++row) {
    if (amounts.weight[row] === 0) continue;
    const frame = model.nodes.frame[model.place[model.rows.node[row]]];
    let group = groups.get(frame);
    if (!group) {
      group = new Group(model, frame, numbers);
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
function totalOf(model, amounts, groups) {
  const total = { before: 0, after: 0, get details() { return mergeDetails(groups.map((one) => one.details).filter(Boolean)); } };
  for (const name of summed) total[name] = groups.reduce((sum, one) => sum + (one[name] ?? 0), 0);
  for (let row = 0; row < model.rowCount; ++row) {
    total.before += amounts.before[row];
    total.after += amounts.after[row];
  }
  return total;
}

/// `columns(total)`: lists of [name, heading, value of a group, text of that value and the group]; the first is what rows
/// are ordered by until a heading is chosen. `about(groups, total)`: what stands above the table.
export function SiteTable({ model, view, set, shown: shownView, label, columns: columnsOf, about, plots = true }) {
  const metric = model.metric(shownView);
  const text = textOf(metric.unit);
  const amounts = useMemo(() => model.amounts(shownView),
    [model, metric.name, shownView.from, shownView.to, shownView.owner]);
  const groups = useMemo(() => groupsOf(model, amounts), [model, amounts]);
  const total = useMemo(() => totalOf(model, amounts, groups), [model, amounts, groups]);
  const [limit, setLimit] = useState(100);
  const [open, setOpen] = useState(null);
  const columns = columnsOf(total);
  const [wanted, direction] = (view.sort || "").split(":");
  const sortName = wanted === "name" || columns.some(([name]) => name === wanted) ? wanted : columns[0][0];
  const upwards = sortName === wanted && direction === "up";
  const sorter = columns.find((one) => one[0] === sortName);
  const words = view.filter.trim().toLowerCase();
  const shown = groups
    .filter((one) => !words || `${one.name} ${one.where}`.toLowerCase().includes(words))
    .sort((a, b) => {
      const by = sortName === "name" ? (a.name < b.name ? 1 : a.name > b.name ? -1 : 0)
        : sortName === "delta" ? Math.abs(sorter[2](b)) - Math.abs(sorter[2](a)) : sorter[2](b) - sorter[2](a);
      return (upwards ? -by : by) || b.weight - a.weight || a.frame - b.frame;
    });
  const heading = (name, title) => (
    <th scope="col" aria-sort={sortName === name ? (upwards ? "ascending" : "descending") : "none"}>
      <button type="button" class="sort" onClick={() =>
        set({ sort: `${name}:${sortName === name && !upwards ? "up" : "down"}` })}>
        {title}{sortName === name ? (upwards ? " ▲" : " ▼") : ""}
      </button>
    </th>);
  const times = plots && model.times.length > 2;
  return (
    <section aria-label={label}>
      {about?.(groups, total)}
      <div class="tools">
        <input type="search" name="filter" placeholder="Filter by function or file" aria-label="Filter by function or file"
          value={view.filter} onInput={(event) => set({ filter: event.currentTarget.value })} />
        <span class="faint">{count(shown.length)} of {count(groups.length)} sites</span>
      </div>
      {groups.length === 0 ? <p class="empty">Nothing to show: no site has any of this.</p> : (
        <div class="wide" tabIndex="0" role="region" aria-label={`${label}, table`}>
          <table class="sites">
            <thead><tr>
              {columns.map(([name, title]) => heading(name, title))}
              {times && <th scope="col">Over time</th>}
              {heading("name", "Where")}
            </tr></thead>
            <tbody>
              {shown.slice(0, limit).map((one) => [
                <tr key={one.frame} class={open === one.frame ? "open" : ""}>
                  {columns.map(([name, title, value, show]) => (
                    <td data-label={title} class={name === "delta" ? (value(one) > 0 ? "grown" : "shrunk") : ""}>{show(value(one), one)}</td>))}
                  {times && <td data-label="Over time"><Spark values={model.heldOverTime(one.rows)} /></td>}
                  <td class="where">
                    <button type="button" class="expand" aria-expanded={open === one.frame}
                      onClick={() => setOpen(open === one.frame ? null : one.frame)}>
                      <span class="name">{one.name}</span> <span class="faint">{one.where}</span>
                    </button>
                  </td>
                </tr>,
                open === one.frame && (
                  <tr key={`${one.frame} stacks`} class="stacks"><td colSpan={columns.length + (times ? 2 : 1)}>
                    <Stacks model={model} group={one} amounts={amounts} text={text} comparing={Boolean(metric.compares)} />
                  </td></tr>),
              ])}
            </tbody>
            <tfoot><tr>
              {columns.map(([, title, value, show]) => <td data-label={title}>{show(value(total), total)}</td>)}
              {times && <td class="nothing" />}<td class="where">total of all sites</td>
            </tr></tfoot>
          </table>
        </div>)}
      {shown.length > limit && <button type="button" onClick={() => setLimit(limit * 4)}>Show more</button>}
    </section>);
}

const stacksShown = 8;

function Stacks({ model, group, amounts, text, comparing }) {
  const rows = [...group.rows].sort((a, b) => amounts.weight[b] - amounts.weight[a]);
  return (
    <div>
      {group.details && <Details details={group.details} />}
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
