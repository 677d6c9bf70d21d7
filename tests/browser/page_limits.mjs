// page_limits.mjs CHROMIUM BUILT [PART/PARTS]: hostile names, and pages that are empty, of many processes, of many stacks.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { largeRun, pageOf } from "./page_data.mjs";
import { Driver } from "./page_driver.mjs";
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

const failed = await run({
  async "hostile names are shown as text in every view, and run nothing"() {
    const data = largeRun({ stacks: 300, functions: 60 });
    data.strings = data.strings.map((text, i) => (text === "" || text === "smaller" ? text : hostile[i % hostile.length]));
    const file = write("hostile.html", data);
    for (const hash of ["", "#tab=sites", "#tab=processes", "#tab=leaks", `#search=${encodeURIComponent(hostile[0])}`,
      `#sandwich=${encodeURIComponent(hostile[1])}`, "#tab=__proto__&metric=constructor&theme=%22%3E%3Cscript%3E"]) {
      const page = await driver.open(file, hash);
      assert.equal(await page.evaluate(() => window.ran), undefined);
      assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("img, b > b, script")].map((one) => one.id)),
        ["data", ""]);
      if (hash === "#tab=sites") {
        const text = await page.innerText("#panel");
        assert.ok(text.includes(`<script>window.ran = 1</script>`) && text.includes("&lt;b&gt;"));
        await page.click(".expand");
        await page.waitForSelector(".stack");
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} is too wide`);
      await driver.close(page);
    }
  },
  async "a run of which nothing is known gives a page"() {
    const data = largeRun({ stacks: 0, functions: 1, processes: 1, moments: 4 });
    data.command = [];
    data.moments = [];
    data.timeline = { step_ns: 1e6, points: 1, series: [0], heap: [[0]], rss: [[0]], phases: [], marks: [] };
    Object.assign(data.tree, { peak_heap_bytes: 0, peak_rss_bytes: 0, alive_at_peak: 0 });
    for (const tab of ["flame", "sites", "processes", "leaks"]) {
      const page = await driver.open(write("empty.html", data), `#tab=${tab}`);
      if (tab !== "processes") assert.match(await page.innerText("#panel"), /Nothing to show/);
      await driver.close(page);
    }
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
  async "100,000 stacks open and are walked through"() {
    const file = write("stacks.html", largeRun({ stacks: 100_000 }));
    const page = await driver.open(file);
    const opened = await page.evaluate(() => Math.round(performance.now()));
    // Each step of panning and zooming draws anew; how long the longest took.
    const longest = await page.evaluate(async () => {
      const canvas = document.querySelector(".flame canvas");
      let most = 0;
      for (let i = 0; i < 30; ++i) {
        const start = performance.now();
        canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: i < 15 ? 40 : -40, bubbles: true, cancelable: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        most = Math.max(most, performance.now() - start);
      }
      return Math.round(most);
    });
    console.log(`     opened in ${opened} ms, the longest of 30 steps of panning took ${longest} ms`);
    await page.click("#tab-sites");
    await page.waitForSelector(".sites tbody tr");
    await driver.close(page);
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
