// page_views.mjs CHROMIUM BUILT [PART/PARTS]: every view and interaction of a run's page, on made-up data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Model } from "../../analyzer/report/web/src/data.js";
import { bytes, count, share } from "../../analyzer/report/web/src/format.js";
import { callTree, found, labelsOf } from "../../analyzer/report/web/src/tree.js";
import { checkOf, largeRun, pageOf } from "./page_data.mjs";
import { about, Driver, figure } from "./page_driver.mjs";
import { run } from "./run_tests.mjs";

const [executable, built, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
const file = join(folder, "run.html");
const data = largeRun({ stacks: 600, functions: 80 });
data.check = checkOf(data.strings);
const model = new Model(data);
writeFileSync(file, pageOf(built, data));
const driver = await Driver.start(executable);
const sum = (list) => list.reduce((all, one) => all + one, 0);
const view = (page, words) => page.waitForFunction((text) => location.hash.includes(text), words);

/// Drags within a chart, by shares of its width.
async function drag(page, label, from, to) {
  const area = await page.locator(`[data-label="${label}"] .u-over`).boundingBox();
  const y = area.y + area.height / 2;
  await page.mouse.move(area.x + area.width * from, y);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * (from + to) / 2, y);
  await page.mouse.move(area.x + area.width * to, y);
  await page.mouse.up();
}

const failed = await run({
  async "the overview has the run's figures and its health in words"() {
    const page = await driver.open(file);
    assert.equal(await figure(page, "peak"), bytes(data.tree.peak_heap_bytes));
    assert.equal(await figure(page, "allocated"), bytes(data.totals.bytes_allocated));
    assert.equal(await figure(page, "live"), bytes(data.totals.live_bytes));
    assert.equal(await page.title(), "make -j2 – memprof");
    await page.click("summary");
    assert.match(await page.innerText(".health"), /12 of 377 frames without symbols/);
    assert.deepEqual(await page.locator(".timeline .legend span").allInnerTexts(), ["cc1plus", "as", "ld", "peak", "a mark"]);
    await driver.close(page);
  },
  async "dragging in the timeline snaps to moments, and all below is of that range"() {
    const page = await driver.open(file, "#tab=sites");
    await page.waitForSelector("[data-label=Heap] canvas");
    await drag(page, "Heap", 0.252, 0.497);  // of 40 s: from 10 s to 20 s, the nearest moments
    await view(page, "from=10&to=20");
    const amounts = model.amounts({ from: 10, to: 20, owner: null });
    const total = await page.innerText(".sites tfoot");
    assert.ok(total.includes(bytes(sum(amounts.before))), total);
    assert.ok(total.includes(bytes(sum(amounts.after))), total);
    await page.click("text=Whole run");
    assert.ok((await page.innerText(".sites tfoot")).includes(bytes(sum(data.stacks.rows.at))));
    await page.selectOption("select[name=to]", "7");  // without a mouse
    await view(page, "to=7");
    assert.ok((await page.innerText(".sites tfoot")).includes(
      bytes(sum(model.amounts({ from: 0, to: 7, owner: null }).after))));
    await driver.close(page);
  },
  async "the flame graph is walked by keys, zoomed and left again"() {
    const page = await driver.open(file);
    await page.focus(".flame canvas");
    const tree = callTree(model, labelsOf(model, false), model.amounts({ metric: "", from: null, to: null, owner: null }), true);
    assert.match(await about(page), new RegExp(`${bytes(tree.weight[0])}, 100.0 %`));
    await page.keyboard.press("ArrowDown");
    const [widest, second] = tree.childrenOf(0);
    await page.waitForFunction((text) => document.querySelector(".about").innerText.includes(text), share(tree.weight[widest], tree.weight[0]));
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((text) => document.querySelector(".about").innerText.includes(text), share(tree.weight[second], tree.weight[0]));
    await page.keyboard.press("Enter");
    await view(page, "zoom=1");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !location.hash.includes("zoom"));
    const area = await page.locator(".flame canvas").boundingBox();
    await page.mouse.move(area.x + 60, area.y + 30);
    await page.waitForSelector(".tip");
    await page.mouse.click(area.x + 60, area.y + 30);
    await view(page, "zoom=0");
    await page.click("text=Zoom out");
    await driver.close(page);
  },
  async "search says how much was found; metrics, hiding, merging and inverting redraw"() {
    const page = await driver.open(file);
    await page.fill("[name=search]", "PART1");
    const labels = labelsOf(model, false);
    const tree = callTree(model, labels, model.amounts({ metric: "", from: null, to: null, owner: null }), true);
    const hits = found(tree, (label) => labels.name[label].includes("part1"));
    assert.equal(await page.innerText(".hits"), `${count(hits.nodes)} found, ${share(hits.weight, tree.weight[0])}`);
    await page.fill("[name=search]", "");
    const picture = () => page.evaluate(() => document.querySelector(".flame canvas").toDataURL());
    const seen = [await picture()];
    for (const step of [() => page.selectOption("[name=metric]", "live"), () => page.uncheck("[name=hide]"),
      () => page.check("[name=merge]"), () => page.check("[name=inverted]")]) {
      await step();
      await page.waitForFunction((old) => document.querySelector(".flame canvas").toDataURL() !== old, seen.at(-1));
      seen.push(await picture());
    }
    assert.equal(new Set(seen).size, 5);
    await view(page, "metric=live");
    await driver.close(page);
  },
  async "a double click shows callers and callees"() {
    const page = await driver.open(file);
    const area = await page.locator(".flame canvas").boundingBox();
    await page.mouse.dblclick(area.x + 60, area.y + 50);
    await page.waitForSelector("h3");
    assert.deepEqual(await page.locator("h3").allInnerTexts(), ["Callees", "Callers"]);
    const [callees, callers] = await page.locator(".about").allInnerTexts();
    assert.equal(callees.match(/[\d.]+ [KM]iB/)[0], callers.match(/[\d.]+ [KM]iB/)[0]);
    await page.click("text=Back to all");
    await page.waitForFunction(() => document.querySelectorAll(".flame canvas").length === 1);
    await driver.close(page);
  },
  async "both themes, by the system's wish and by choice, and a link that keeps it"() {
    const back = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await driver.open(file, "", { colorScheme: "dark" });
    const light = await driver.open(file, "", { colorScheme: "light" });
    const darkBack = await back(dark);
    assert.notEqual(darkBack, await back(light));
    await light.click("text=Light or dark");
    assert.equal(await back(light), darkBack);
    const linked = await driver.open(file, await light.evaluate(() => location.hash));
    assert.equal(await back(linked), darkBack);
    for (const page of [dark, light, linked]) await driver.close(page);
  },
  async "at 200 % and on a phone nothing is beside the window, and tabs go by arrow keys"() {
    for (const viewport of [{ width: 640, height: 500 }, { width: 360, height: 640 }]) {
      const page = await driver.open(file, "", { viewport });
      const tabs = await page.locator("[role=tab]").evaluateAll((all) => all.map((one) => one.id));
      assert.deepEqual(tabs, ["flame", "sites", "processes", "sizes", "leaks", "budgets"].map((name) => `tab-${name}`));
      await page.focus(`#${tabs[0]}`);
      for (const tab of tabs) {
        await page.waitForSelector(`#${tab}[aria-selected=true]`);
        assert.equal(await page.evaluate(() => document.activeElement.id), tab);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), tab);
        await page.keyboard.press("ArrowRight");
      }
      await page.waitForSelector(`#${tabs[0]}[aria-selected=true]`);
      await driver.close(page);
    }
  },
  async "pointing at a chart says what it has there"() {
    const page = await driver.open(file);
    const area = await page.locator("[data-label=Heap] .u-over").boundingBox();
    await page.mouse.move(area.x + area.width / 2, area.y + 30);
    const { series, heap, points } = data.timeline;
    const expected = heap.map((one, i) => [data.strings[series[i]], one[points / 2]]).sort((a, b) => b[1] - a[1]);
    const all = page.locator("figcaption");
    await page.waitForFunction(() => /MiB/.test(document.querySelector("figcaption").innerText));
    const said = /^Heap (?:19\.9\d\d|20\.0\d\d) s: ([\d.]+) MiB \((\S+) ([\d.]+) MiB, (\S+) ([\d.]+) MiB/.exec(await all.first().innerText());
    assert.ok(said, await all.first().innerText());
    const near = (text, value) => assert.ok(Math.abs(text * (1 << 20) - value) < value * 0.02, `${text} MiB for ${value}`);
    near(said[1], sum(expected.map(([, value]) => value)));
    assert.deepEqual([said[2], said[4]], [expected[0][0], expected[1][0]]);
    near(said[3], expected[0][1]);
    near(said[5], expected[1][1]);
    assert.match(await all.nth(1).innerText(), /^RSS .*MiB/);  // the other chart goes along
    await driver.close(page);
  },
}, part);
await driver.stop();
rmSync(folder, { recursive: true });
process.exit(failed);
