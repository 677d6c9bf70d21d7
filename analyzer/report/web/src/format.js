// Figures for people. Sizes are bytes, times nanoseconds.

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(value) {
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    ++unit;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value < 0 ? "−" : ""}${size.toFixed(digits)} ${units[unit]}`;
}

export const count = (value) => Math.round(value).toLocaleString("en-US");
export const signed = (value, text) => (value > 0 ? "+" : "") + text(value);

export function duration(ns) {
  if (ns === 0) return "0";
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${Number((ns / 1e6).toPrecision(3))} ms`;
  if (ns < 60e9) return `${(ns / 1e9).toFixed(3)} s`;
  const seconds = Math.round(ns / 1e9);
  return seconds % 60 ? `${Math.floor(seconds / 60)} m ${seconds % 60} s` : `${seconds / 60} m`;
}

export const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");

/// Of a metric: which of the two kinds its amounts are.
export const textOf = (unit) => (unit === "bytes" ? bytes : count);
