// Details of blocks: how large they were and how long they lived.

import { bytes, count, duration, share } from "./format.js";

/// "16 B to 31 B"; a class is the number of a size's binary digits.
const classText = (digits) => (digits < 2 ? `${digits} B`
  : digits < 11 ? `${2 ** (digits - 1)} to ${2 ** digits - 1} B` : `from ${bytes(2 ** (digits - 1))}`);

function Histogram({ classes }) {
  const bars = [...classes].sort((a, b) => a[0] - b[0]);
  const highest = Math.max(...bars.map((one) => one[1]), 1);
  const all = bars.reduce((sum, one) => sum + one[1], 0);
  return (
    <table class="histogram" aria-label="Sizes">
      <tbody>
        {bars.map(([digits, blocks]) => (
          <tr>
            <th scope="row">{classText(digits)}</th>
            <td class="bars"><span class="bar" style={{ width: `${(100 * blocks) / highest}%` }} /></td>
            <td>{count(blocks)}</td><td class="faint">{share(blocks, all)}</td>
          </tr>))}
      </tbody>
    </table>);
}

/// Of details merged: in words, and the sizes.
export function Details({ details }) {
  const { size, life, births, freed, oldest } = details;
  return (
    <div class="details">
      <Histogram classes={details.classes} />
      <div>
        {details.blocks > 0 && <p>Blocks of {bytes(size.least)} to {bytes(size.most)}, {bytes(Math.round(size.mean))} on average.</p>}
        {freed > 0 && <p>{count(freed)} were freed, after {duration(life.least)} to {duration(life.most)}, {duration(Math.round(life.mean))}{" "}
          on average, while {count(births.mean)} others were allocated on average, {count(births.most)} at most.</p>}
        {oldest > 0 && <p>The oldest that is live at the end is {duration(oldest)} old.</p>}
      </div>
    </div>);
}
