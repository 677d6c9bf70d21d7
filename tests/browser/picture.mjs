// picture.mjs CHROMIUM PAGE PICTURE: what a page shows first, as a PNG file.
import { Driver } from "./page_driver.mjs";

const [executable, file, picture] = process.argv.slice(2);
const driver = await Driver.start(executable);
const page = await driver.open(file, "", { viewport: { width: 1200, height: 1000 } });
await page.waitForFunction(() => document.fonts.status === "loaded");
// Where it was recorded is nobody's business.
await page.evaluate(() => {
  for (const folder of document.querySelectorAll("header > p > .name")) folder.textContent = folder.textContent.replace(/.*\//, "");
});
await page.screenshot({ path: picture });
await driver.close(page);
await driver.stop();
