// The tables that are about amounts: all sites, and what was never freed.

import { bytes, count, share, signed, textOf } from "./format.js";
import { SiteTable } from "./site_table.jsx";

export function Sites({ model, view, set }) {
  const metric = model.metric(view);
  const text = textOf(metric.unit);
  const columns = (total) => (metric.compares ? [
    ["delta", "Change", (one) => one.after - one.before, (value) => signed(value, text)],
    ["before", "Before", (one) => one.before, text], ["after", "After", (one) => one.after, text],
  ] : [
    ["amount", metric.label, (one) => one.after, text],
    ["share", "Share", (one) => one.after, (value) => share(value, total.after)],
    ...(metric.name !== "allocations" ? [["allocations", "Allocations", (one) => one.allocations, count]] : []),
    ...(metric.name !== "allocated" ? [["allocated", "Allocated", (one) => one.allocated, bytes]] : []),
    ["temporary", "Temporary", (one) => one.temporary, (value, one) => share(value, one.allocations)],
  ]);
  return <SiteTable model={model} view={view} set={set} shown={view} label="Sites" columns={columns} />;
}

export function Leaks({ model, view, set }) {
  const states = model.leakStates;
  const chosen = states.find((one) => one.name === view.state);
  const shown = { ...view, metric: chosen ? chosen.name : "live", from: null, to: null };
  const sums = (name) => model.rows[name].reduce((sum, value, row) =>
    sum + (view.owner === null || model.rows.owner[row] === view.owner ? value : 0), 0);
  const choice = (name, label, meaning, column) => (
    <button type="button" class="state" data-state={name || "all"} aria-pressed={(chosen?.name ?? "") === name}
      onClick={() => set({ state: name })}>
      <b>{label}</b> {bytes(sums(column))} <span class="faint">in {count(sums(`${column}_blocks`))} blocks{meaning && `: ${meaning}`}</span>
    </button>);
  const columns = (total) => [
    ["amount", chosen ? chosen.label : "Never freed", (one) => one.after, bytes],
    ["share", "Share", (one) => one.after, (value) => share(value, total.after)],
    ["blocks", "Blocks", (one) => one[`${chosen ? chosen.name : "live"}_blocks`], count],
    ...(chosen ? [] : states.filter(() => states.length > 1).map(({ name, label }) => [name, label, (one) => one[name], bytes])),
    ["allocations", "Allocations", (one) => one.allocations, count],
  ];
  return (
    <SiteTable model={model} view={view} set={set} shown={shown} label="Leaks" columns={columns} about={() => (
      <div class="states" role="group" aria-label="Which blocks">
        {choice("", "Never freed", "", "live")}
        {states.map(({ name, label, meaning }) => choice(name, label, meaning, name))}
      </div>)} />);
}
