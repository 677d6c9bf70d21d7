// page_tables.mjs CHROMIUM BUILT [PART/PARTS]: sites, sizes, leaks, budgets and processes of a run's page, on made-up data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Model } from "../../analyzer/report/web/src/data.js";
import { bytes, count, duration } from "../../analyzer/report/web/src/format.js";
import { checkOf, largeRun, pageOf } from "./page_data.mjs";
import { Driver, figure } from "./page_driver.mjs";
import { run } from "./run_tests.mjs";

const [executable, built, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
const file = join(folder, "run.html");
const data = largeRun({ stacks: 600, functions: 80 });
data.check = checkOf(data.strings);
writeFileSync(file, pageOf(built, data));
const model = new Model(data);
const driver = await Driver.start(executable);
const sum = (list) => list.reduce((all, one) => all + one, 0);
const view = (page, words) => page.waitForFunction((text) => location.hash.includes(text), words);
const footer = (page) => page.locator(".sites tfoot td").allInnerTexts();

const failed = await run({
  async "sites are sorted, filtered and opened to their stacks"() {
    const page = await driver.open(file, "#tab=sites");
    const names = () => page.locator(".sites tbody .expand .name").allInnerTexts();
    const down = await names();
    await page.locator("th button", { hasText: "Peak of all" }).click();
    assert.deepEqual((await names()).reverse().slice(0, 5), down.slice(0, 5));
    assert.equal(await page.getAttribute("th", "aria-sort"), "ascending");
    await page.fill("[name=filter]", "step_7(");
    assert.ok((await names()).every((name) => name.includes("step_7(")) && (await names()).length > 0);
    await page.focus(".expand");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".stack ol li");
    assert.match(await page.innerText(".stack ol li"), /step_7\(|step_/);
    assert.ok(await page.locator(".stack svg.spark").count() > 0);
    await driver.close(page);
  },
  async "a click on a process shows what is its own"() {
    const page = await driver.open(file, "#tab=processes");
    await page.fill("[name=processes]", "as -O2");
    assert.equal(await page.locator(".process").count(), 1);
    await page.click(".process");
    await view(page, "owner=1");
    await page.click("#tab-sites");
    const own = sum(model.amounts({ metric: "", from: null, to: null, owner: 1 }).after);
    assert.ok((await page.innerText(".sites tfoot")).includes(bytes(own)));
    await page.click(".chip");
    await page.click("#tab-processes");
    await page.fill("[name=processes]", "");
    await page.selectOption("[name=order]", "peak");
    assert.match(await page.innerText(".process"), /^ld/);
    await driver.close(page);
  },
  async "leaks are what was live at the end, by whether anything pointed to it"() {
    const page = await driver.open(file, "#tab=leaks");
    assert.equal((await footer(page))[0], bytes(data.totals.live_bytes));
    const { rows } = data.stacks;
    const killed = data.totals.live_bytes - sum(["lost", "reachable", "unknown", "suppressed"].map((state) => sum(rows[state])));
    assert.ok(killed > 0);
    for (const [state, expected] of [["lost", sum(rows.lost)], ["unknown", sum(rows.unknown)],
      ["reachable", sum(rows.reachable)], ["suppressed", sum(rows.suppressed)], ["unexamined", killed]]) {
      const button = page.locator(`[data-state=${state}]`);
      assert.ok((await button.innerText()).includes(bytes(expected)), state);
      await button.click();
      await view(page, `state=${state}`);
      await page.waitForSelector(`[data-state=${state}][aria-pressed=true]`);
      assert.equal((await footer(page))[0], bytes(expected), state);
    }
    const linked = await driver.open(file, await page.evaluate(() => location.hash));
    assert.equal((await footer(linked))[0], bytes(killed));
    for (const one of [page, linked]) await driver.close(one);
  },
  async "sizes and lifetimes are of all blocks, and of each site"() {
    const page = await driver.open(file, "#tab=sizes");
    const classes = new Map();
    let freed = 0;
    let longest = 0;
    for (const [, , , , ended, , , most, , , , , sizes] of data.stacks.rows.details) {
      for (let i = 0; i < sizes.length; i += 2) classes.set(sizes[i], (classes.get(sizes[i]) ?? 0) + sizes[i + 1]);
      freed += ended;
      longest = Math.max(longest, most);
    }
    const shown = await page.locator(".histogram tr td:nth-child(3)").allInnerTexts();
    assert.deepEqual(shown, [...classes].sort((a, b) => a[0] - b[0]).map(([, blocks]) => count(blocks)));
    const headings = await page.locator(".sites th").allInnerTexts();
    const total = await footer(page);
    assert.equal(total[headings.indexOf("Freed")], count(freed));
    assert.equal(total[headings.indexOf("Longest life")], duration(longest));
    await page.locator("th button", { hasText: "Largest" }).click();
    await view(page, "sort=size_most");
    const largest = await page.locator(`.sites tbody tr td:nth-child(${headings.indexOf("Largest") + 1})`).allInnerTexts();
    assert.equal(largest[0], bytes(Math.max(...data.stacks.rows.details.map((one) => one[3]))));
    await page.click(".expand");
    await page.waitForSelector(".stacks .histogram");
    await driver.close(page);
  },
  async "a budget's limits are there with their states, and what moved"() {
    const page = await driver.open(file);
    assert.equal(await figure(page, "budget"), "2 broken");
    await page.click("text=4 limits");
    await view(page, "tab=budgets");
    assert.match(await page.innerText("#panel"), /2 of 4 limits are broken/);
    const rows = await page.locator(".limits tbody tr").evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
    assert.deepEqual(rows.map((row) => row.slice(0, 5)), [
      ["✗ over", "3.00 MiB", "2.00 MiB", "−1.00 MiB", "1.00 MiB"], ["✓ kept", "1,234", "5,000", "+3,766", "–"],
      ["✗ missing", "–", "12.5 %", "–", "–"], ["– skipped", "–", "100 B", "–", "–"]]);
    assert.match(rows[2][6], /of nothing peak_heap of the tree, line 4; nothing of the kind was recorded/);
    assert.match(await page.innerText("#panel"), /\+2\.00 MiB\s+1\.00 MiB\s+3\.00 MiB\s+render\.cpp +render_page/);
    await driver.close(page);
  },
  async "a page without a budget or sizes has no tabs for them, and a link to one shows another"() {
    const plain = largeRun({ stacks: 50, functions: 20 });
    plain.stacks.rows.details = [];
    const other = join(folder, "plain.html");
    writeFileSync(other, pageOf(built, plain));
    const page = await driver.open(other, "#tab=budgets");
    assert.deepEqual(await page.locator("[role=tab]").allInnerTexts(), ["Flame graph", "Sites", "Processes", "Leaks"]);
    await page.waitForSelector("#tab-flame[aria-selected=true]");
    await driver.close(page);
  },
}, part);
await driver.stop();
rmSync(folder, { recursive: true });
process.exit(failed);
