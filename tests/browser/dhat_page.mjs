// dhat_page.mjs VIEWER CHROMIUM FILE...: loads each FILE into valgrind's dh_view.html, as a user does, and prints what the
// page then shows, as a JSON list of {"text": the whole page, "roots": totals of the tree's root by sort metric}.
import { chromium } from "playwright-core";

const [viewer, executablePath, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const shown = [];
try {
  for (const file of files) {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto("file://" + viewer);
    await page.setInputFiles("input[type=file]", file);
    // The page writes how long it took when all else is there; or an error in its place.
    await page.waitForFunction(() =>
      document.querySelector(".timings p") || document.querySelector(".error"));
    shown.push({ text: await page.evaluate(() => document.body.innerText), errors });
    await page.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(shown));
