// Opens pages in chromium as people do, from disk, and notes whatever a page must not do.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export class Driver {
  static async start(executablePath) {
    const driver = new Driver();
    driver.browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return driver;
  }

  /// Waits until the page shows its data. `options`: as those of a new page in playwright.
  async open(file, hash = "", options = {}) {
    const page = await this.browser.newPage({ viewport: { width: 1300, height: 1000 }, ...options });
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(`error: ${error}`));
    page.on("console", (message) => page.problems.push(`console: ${message.type()}: ${message.text()}`));
    page.on("dialog", (dialog) => { page.problems.push("dialog"); dialog.dismiss(); });
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== `file://${file}`) page.problems.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${file}${hash}`);
    await page.waitForSelector("#app[data-ready]");
    return page;
  }

  /// The page did nothing that it must not do.
  async close(page) {
    assert.deepEqual(page.problems, []);
    await page.close();
  }

  stop() {
    return this.browser.close();
  }
}

export const figure = (page, name) => page.textContent(`[data-figure="${name}"]`);
export const about = (page) => page.textContent(".about");
