// page_measure.mjs CHROMIUM BUILT [STACKS]: how long a page with so many stacks (100,000 unless told), none of them summed up,
// takes to open, and each step of walking through it, in the browser. Steps of more than 100 ms are felt as a delay.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { largeRun, pageOf } from "./page_data.mjs";
import { Driver } from "./page_driver.mjs";

/// {openedMs: from the navigation until all is drawn, steps: [{what, ms: from the event until the next picture}]}.
export async function measurePage(driver, file) {
  const page = await driver.open(file);
  const openedMs = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() =>
    setTimeout(() => done(Math.round(performance.now()))))));
  const steps = await page.evaluate(async () => {
    const canvas = document.querySelector(".flame canvas");
    const area = canvas.getBoundingClientRect();
    const taken = [];
    const step = async (what, act) => {
      const start = performance.now();
      act();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      taken.push({ what, ms: Math.round(performance.now() - start) });
    };
    const mouse = (type, i) => canvas.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true,
      clientX: area.left + 10 + i * 40, clientY: area.top + 30 + (i % 5) * 20 }));
    const key = (name) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    for (let i = 0; i < 30; ++i) {
      await step("panning", () => canvas.dispatchEvent(
        new WheelEvent("wheel", { deltaY: i < 15 ? 40 : -40, bubbles: true, cancelable: true })));
    }
    for (let i = 0; i < 20; ++i) await step("pointing", () => mouse("mousemove", i));
    canvas.focus();
    for (let i = 0; i < 4; ++i) await step("walking", () => key("ArrowDown"));
    await step("zooming in", () => key("Enter"));
    await step("zooming out", () => key("Escape"));
    for (const name of ["sites", "processes", "leaks", "sizes", "flame"])
      await step(`the tab ${name}`, () => document.getElementById(`tab-${name}`).click());
    return taken;
  });
  await driver.close(page);
  return { openedMs, steps };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [executable, built, stacks] = process.argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), "memprof-page-"));
  const file = join(folder, "stacks.html");
  const data = largeRun({ stacks: Number(stacks ?? 100_000) });
  writeFileSync(file, pageOf(built, data));
  const driver = await Driver.start(executable);
  try {
    const { openedMs, steps } = await measurePage(driver, file);
    console.log(`${data.stacks.rows.node.length} stacks, ${data.stacks.nodes.parent.length} nodes, ` +
      `${(statSync(file).size / (1 << 20)).toFixed(1)} MiB: opened in ${openedMs} ms`);
    for (const what of new Set(steps.map((one) => one.what))) {
      const times = steps.filter((one) => one.what === what).map((one) => one.ms).sort((a, b) => a - b);
      console.log(`${what.padEnd(18)} ${String(times.length).padStart(3)} times, median ${times[times.length >> 1]} ms, ` +
        `longest ${times.at(-1)} ms${times.at(-1) > 100 ? ", a delay" : ""}`);
    }
  } finally {
    await driver.stop();
    rmSync(folder, { recursive: true });
  }
}
