// page_limits.mjs CHROMIUM BUILT [PART/PARTS]: hostile names, and pages that are empty, of many processes, of many stacks.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkOf, largeDiff, largeRun, pageOf } from "./page_data.mjs";
import { Driver } from "./page_driver.mjs";
import { measurePage } from "./page_measure.mjs";
import { run } from "./run_tests.mjs";

const [executable, built, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
const driver = await Driver.start(executable);
const write = (name, data) => {
  const file = join(folder, name);
  writeFileSync(file, pageOf(built, data));
  return file;
};

const hostile = [
  `<script>window.ran = 1</script>`, `"><img src=x onerror="window.ran = 1">`, `'; window.ran = 1; '`, `</script><b>`,
  `javascript:window.ran=1`, `\${window.ran = 1}`, `\u202Eright to left\u0000\u0007\u001b[31m`, `{{7*7}}`, `&lt;b&gt; &amp;`,
  "x".repeat(100_000), `__proto__`, `constructor`,
];

/// Walks through views of a page made of such names: each is shown as text, and nothing of it is run.
async function walkHostile(page, hashes) {
  for (const hash of ["", ...hashes]) {
    await page.evaluate((words) => { location.hash = words; }, hash);
    const tab = /tab=(\w+)/.exec(hash)?.[1] ?? "flame";
    await page.waitForSelector(`#tab-${tab.startsWith("__") ? "flame" : tab}[aria-selected=true]`);
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("img, b > b, script")].map((one) => one.id)),
      ["data", ""]);
    if (tab === "sites") {
      const text = await page.innerText("#panel");
      assert.ok(text.includes(`<script>window.ran = 1</script>`) && text.includes("&lt;b&gt;"));
      await page.click(".expand");
      await page.waitForSelector(".stack");
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} is too wide`);
  }
}

/// The data with all of its texts hostile.
function withHostileTexts(data) {
  data.strings = data.strings.map((text, i) => (text === "" || text === "smaller" ? text : hostile[i % hostile.length]));
  return data;
}

const failed = await run({
  async "hostile names are shown as text in every view of a run, and run nothing"() {
    const data = largeRun({ stacks: 300, functions: 60 });
    data.check = checkOf(data.strings);
    const page = await driver.open(write("hostile.html", withHostileTexts(data)));
    await walkHostile(page, ["#tab=sites", "#tab=processes", "#tab=sizes", "#tab=leaks", "#tab=budgets",
      `#search=${encodeURIComponent(hostile[0])}`, `#sandwich=${encodeURIComponent(hostile[1])}`]);
    await driver.close(page);
  },
  async "hostile names are shown as text in every view of a comparison, and hostile links show a view"() {
    const file = write("hostile_diff.html", withHostileTexts(largeDiff({ stacks: 300 })));
    const page = await driver.open(file);
    await walkHostile(page, ["#tab=sites", "#tab=processes", `#search=${encodeURIComponent(hostile[0])}`]);
    await driver.close(page);
    const linked = await driver.open(file, "#tab=__proto__&metric=constructor&theme=%22%3E%3Cscript%3E&zoom=1.x.-1&owner=99&from=8&to=3");
    await walkHostile(linked, []);
    await driver.close(linked);
  },
  async "a run of which nothing is known gives a page"() {
    const data = largeRun({ stacks: 0, functions: 1, processes: 1, moments: 4 });
    data.command = [];
    data.moments = [];
    data.timeline = { step_ns: 1e6, points: 1, series: [0], heap: [[0]], rss: [[0]], phases: [], marks: [] };
    Object.assign(data.tree, { peak_heap_bytes: 0, peak_rss_bytes: 0, alive_at_peak: 0 });
    const page = await driver.open(write("empty.html", data));
    for (const tab of ["flame", "sites", "processes", "leaks"]) {
      await page.click(`#tab-${tab}`);
      await page.waitForSelector(`#tab-${tab}[aria-selected=true]`);
      if (tab !== "processes") assert.match(await page.innerText("#panel"), /Nothing to show/);
    }
    await driver.close(page);
  },
  async "of 10,000 processes only those in view are in the document"() {
    const page = await driver.open(write("processes.html", largeRun({ stacks: 500, processes: 10_000 })), "#tab=processes");
    assert.match(await page.innerText("#panel"), /10,000 of 10,000 processes/);
    assert.ok(await page.locator(".process").count() < 60);
    await page.evaluate(() => { document.querySelector(".gantt").scrollTop = 1e9; });
    await page.waitForFunction(() => document.querySelector("#panel").innerText.includes("file9999.cpp"));
    assert.ok(await page.locator(".process").count() < 60);
    await page.fill("[name=processes]", "file777.cpp");
    assert.equal(await page.locator(".process").count(), 1);
    await driver.close(page);
  },
  // What it takes is printed by scripts/page_pictures --measure; the limits here are for a busy machine.
  async "100,000 stacks open and are walked through"() {
    const file = write("stacks.html", largeRun({ stacks: 100_000 }));
    const { openedMs, steps } = await measurePage(driver, file);
    console.log(`     opened in ${openedMs} ms, ${steps.length} steps took ${Math.max(...steps.map((one) => one.ms))} ms at most`);
    assert.ok(openedMs < 20_000);
    for (const { what, ms } of steps) assert.ok(ms < 2000, `${what} took ${ms} ms`);
  },
  async "a page whose data is cut off says so"() {
    const file = join(folder, "cut.html");
    const whole = pageOf(built, largeRun({ stacks: 50 }));
    const at = whole.indexOf(`id="data">`) + 10;
    writeFileSync(file, whole.slice(0, at + 400) + whole.slice(whole.indexOf("</script>", at)));
    const page = await driver.browser.newPage();
    await page.goto(`file://${file}`);
    await page.waitForFunction(() => document.body.innerText.includes("cannot be read"));
    await page.close();
  },
}, part);
await driver.stop();
rmSync(folder, { recursive: true });
process.exit(failed);
