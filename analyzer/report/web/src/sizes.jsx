// Sizes and lifetimes of blocks: of everything, and of each site.

import { Details } from "./details.jsx";
import { bytes, count, duration } from "./format.js";
import { SiteTable } from "./site_table.jsx";

export function Sizes({ model, view, set }) {
  const of = (name, field) => (one) => one.details?.[name][field] ?? 0;
  const lived = (text) => (value, one) => (one.details?.freed ? text(Math.round(value)) : "–");
  const columns = () => [
    ["allocations", "Allocations", (one) => one.allocations, count],
    ["size_least", "Smallest", of("size", "least"), bytes],
    ["size_mean", "Average size", of("size", "mean"), (value) => bytes(Math.round(value))],
    ["size_most", "Largest", of("size", "most"), bytes],
    ["freed", "Freed", (one) => one.details?.freed ?? 0, count],
    ["life_least", "Shortest life", of("life", "least"), lived(duration)],
    ["life_mean", "Average life", of("life", "mean"), lived(duration)],
    ["life_most", "Longest life", of("life", "most"), lived(duration)],
    ["births_mean", "… in allocations", of("births", "mean"), lived(count)],
    ["oldest", "Oldest live", (one) => one.details?.oldest ?? 0, (value) => (value ? duration(value) : "–")],
  ];
  return (
    <SiteTable model={model} view={view} set={set} label="Sizes and lifetimes" columns={columns} plots={false}
      shown={{ ...view, metric: "allocations", from: null, to: null }}
      about={(groups, total) => total.details && <Details details={total.details} />} />);
}
