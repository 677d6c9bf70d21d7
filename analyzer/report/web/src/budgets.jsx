// How the run keeps a budget.

import { bytes, count, signed } from "./format.js";

const percent = (value) => `${value.toFixed(1)} %`;
const texts = { bytes, count, percent };
const words = {
  kept: "✓ kept", over: "✗ over", missing: "✗ missing", skipped: "– skipped",
};

export const isBroken = (limit) => limit.state === "over" || limit.state === "missing";

export function Budgets({ model }) {
  const { budget, limits, moved } = model.data.check;
  const broken = limits.filter(isBroken).length;
  return (
    <section aria-label="Budgets">
      <p><b class={broken ? "grown" : ""}>{broken === 0 ? `All ${count(limits.length)} limits are kept`
        : `${count(broken)} of ${count(limits.length)} limits ${broken === 1 ? "is" : "are"} broken`}</b>{" "}
        <span class="faint">of <span class="name">{model.text(budget)}</span>, by this run alone</span></p>
      <div class="wide" tabIndex="0" role="region" aria-label="Budgets, table">
        <table class="sites limits">
          <thead><tr><th>State</th><th>Value</th><th>Limit</th><th>Headroom</th><th>Baseline</th><th>Used</th><th>Limit on</th></tr></thead>
          <tbody>
            {limits.map((one) => {
              const text = texts[one.unit];
              const used = one.value === null || one.limit === 0 ? 0 : one.value / one.limit;
              return (
                <tr class={one.state}>
                  <td data-label="State" class={isBroken(one) ? "grown" : ""}>{words[one.state]}</td>
                  <td data-label="Value">{one.value === null ? "–" : text(one.value)}</td>
                  <td data-label="Limit">{text(one.limit)}</td>
                  <td data-label="Headroom">{one.value === null ? "–" : signed(one.limit - one.value, text)}</td>
                  <td data-label="Baseline">{one.baseline === null ? "–" : text(one.baseline)}</td>
                  <td class="bars"><span class={isBroken(one) ? "bar over" : "bar"} style={{ width: `${Math.min(100, 100 * used)}%` }} /></td>
                  <td class="where"><b>{model.text(one.name)}</b>{" "}
                    <span class="faint">{model.text(one.figure)} of {model.text(one.scope)}, line {one.line}{one.value === null && "; nothing of the kind was recorded"}</span></td>
                </tr>);
            })}
          </tbody>
        </table>
      </div>
      {moved.length > 0 && <>
        <h3>Functions that hold more or less than in the baseline, at each process's own peak</h3>
        <table class="sites">
          <thead><tr><th>Change</th><th>Baseline</th><th>Now</th><th>Function</th></tr></thead>
          <tbody>
            {moved.map(([name, before, after]) => (
              <tr>
                <td class={after > before ? "grown" : "shrunk"}>{signed(after - before, bytes)}</td>
                <td>{bytes(before)}</td><td>{bytes(after)}</td><td class="where name">{model.text(name)}</td>
              </tr>))}
          </tbody>
        </table>
      </>}
    </section>);
}
