// page_diff.mjs CHROMIUM BUILT [PART/PARTS]: the page of a comparison, on made-up data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Model } from "../../analyzer/report/web/src/data.js";
import { bytes, signed } from "../../analyzer/report/web/src/format.js";
import { callTree, labelsOf, layout } from "../../analyzer/report/web/src/tree.js";
import { largeDiff, pageOf } from "./page_data.mjs";
import { Driver, figure } from "./page_driver.mjs";
import { run } from "./run_tests.mjs";

const [executable, built, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
const write = (name, data) => {
  const file = join(folder, name);
  writeFileSync(file, pageOf(built, data));
  return file;
};
const data = largeDiff({ stacks: 600 });
const model = new Model(data);
const file = write("diff.html", data);
const driver = await Driver.start(executable);
const sum = (list) => list.reduce((all, one) => all + one, 0);

const failed = await run({
  async "both sides, the change, and what was not seen of each run"() {
    const page = await driver.open(file);
    const [before, after] = data.total;
    assert.equal(await figure(page, "before"), bytes(before));
    assert.equal(await figure(page, "after"), bytes(after));
    assert.equal(await figure(page, "change"), signed(after - before, bytes));
    const sides = await page.locator(".side").allInnerTexts();
    assert.match(sides[0], /Before: old\.trace[^]*the peak/);
    assert.match(sides[1], /After: new\.trace[^]*the end/);
    const health = page.locator(".health summary");
    assert.deepEqual((await health.allInnerTexts()).map((text) => text.split(";")[0]),
      ["Before: ✓ no event lost", "After: ⚠ not everything was seen"]);
    await health.nth(1).click();
    assert.match(await page.locator(".health").nth(1).innerText(), /3 events lost/);
    assert.equal(await page.title(), "old.trace → new.trace – memprof");
    await driver.close(page);
  },
  async "the charts have both runs, each from its own start"() {
    const page = await driver.open(file);
    assert.deepEqual(await page.locator("[data-label]").evaluateAll((all) => all.map((one) => one.dataset.label)), ["Heap", "RSS"]);
    const area = await page.locator("[data-label=Heap] .u-over").boundingBox();
    await page.mouse.move(area.x + area.width / 4, area.y + 30);
    await page.waitForFunction(() => /after/.test(document.querySelector("figcaption").innerText));
    const [, first, second] = /before ([\d.]+) MiB, after ([\d.]+) MiB/.exec(await page.innerText("figcaption"));
    const held = (side, ns) => sum(side.timeline.heap.map((one) => one[Math.floor(ns / side.timeline.step_ns)]));
    for (const [said, side] of [[first, data.before], [second, data.after]])
      assert.ok(Math.abs(said * (1 << 20) - held(side, 10e9)) < held(side, 10e9) * 0.05, said);
    await page.mouse.move(area.x + area.width * 0.9, area.y + 30);  // when the second had ended
    await page.waitForFunction(() => /after –/.test(document.querySelector("figcaption").innerText));
    await driver.close(page);
  },
  async "a comparison within one run has its charts and its health once"() {
    const page = await driver.open(write("one.html", largeDiff({ stacks: 100, oneRun: true })));
    assert.equal(await page.locator(".health").count(), 1);
    const area = await page.locator("[data-label=Heap] .u-over").boundingBox();
    await page.mouse.move(area.x + area.width / 4, area.y + 30);
    await page.waitForFunction(() => /MiB$/.test(document.querySelector("figcaption").innerText));
    assert.doesNotMatch(await page.innerText("figcaption"), /before|after/);
    assert.match(await page.innerText(".legend"), /the moments compared/);
    await driver.close(page);
  },
  async "in the flame graph red grew and blue shrank, and the tip says from what to what"() {
    const page = await driver.open(file);
    const tree = callTree(model, labelsOf(model, false), model.amounts({ metric: "", from: null, to: null, owner: null }), true);
    const area = await page.locator(".flame canvas").boundingBox();
    const picked = { grew: [], shrank: [] };
    for (const [depth, row] of layout(tree, 0, area.width, 0.6).slice(0, 25).entries()) {
      for (const { node, x, w } of row) {
        const [before, after] = [tree.before[node], tree.after[node]];
        const way = picked[after > before ? "grew" : "shrank"];
        if (w >= 12 && Math.abs(after - before) >= 0.05 * before && way.length < 3)
          way.push({ before, after, left: Math.floor(x + w / 2), top: depth * 20 });
      }
    }
    assert.deepEqual([picked.grew.length, picked.shrank.length], [3, 3]);
    const places = [...picked.grew, ...picked.shrank];
    const colors = await page.evaluate((points) => {
      const canvas = document.querySelector(".flame canvas");
      const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      // Above the letters.
      return points.map(({ left, top }) => [...picture.data.slice(4 * ((top + 1) * picture.width + left)).slice(0, 3)]);
    }, places);
    for (const [i, { before, after, left, top }] of places.entries()) {
      const [red, , blue] = colors[i];
      assert.ok(after > before ? red > blue : blue > red, `${before} to ${after}: red ${red}, blue ${blue}`);
      await page.mouse.move(area.x + left, area.y + top + 10);
      await page.waitForFunction((text) => document.querySelector(".tip")?.innerText.includes(text),
        `before ${bytes(before)}, after ${bytes(after)}`);
    }
    await driver.close(page);
  },
  async "sites and processes have before, after and change"() {
    const page = await driver.open(file, "#tab=sites");
    const total = await page.locator(".sites tfoot td").allInnerTexts();
    const [before, after] = data.total;
    assert.deepEqual(total.slice(0, 3), [signed(after - before, bytes), bytes(before), bytes(after)]);
    const changes = (await page.locator(".sites tbody tr td:first-child").allInnerTexts());
    assert.ok(changes.some((text) => text.startsWith("+")) && changes.some((text) => text.startsWith("−")));
    await page.selectOption("[name=metric]", "blocks");
    await page.waitForFunction((text) => document.querySelector(".sites tfoot td").innerText === text,
      signed(data.total[3] - data.total[2], (value) => value.toLocaleString("en-US")));
    await page.click("#tab-processes");
    assert.deepEqual(await page.locator(".sites tbody tr").evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))), [
      ["+200 B", "100 B", "300 B", "both", "cc1plus a.cpp"], ["+50 B", "0 B", "50 B", "only after", "as a.s"],
      ["−70 B", "70 B", "0 B", "only before", "ld"]]);
    assert.match(await page.innerText("#panel"), /2 more are not listed/);
    await driver.close(page);
  },
}, part);
await driver.stop();
rmSync(folder, { recursive: true });
process.exit(failed);
