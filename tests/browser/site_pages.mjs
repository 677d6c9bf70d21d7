// site_pages.mjs CHROMIUM SCREENSHOTS FILE...: opens each HTML file of a built site on a desk, in the dark, on a phone and for
// print, puts what is seen into SCREENSHOTS/PAGE-MODE.png, and prints a JSON list, an object for each: how far the page is
// wider than its window, the text that is hardest to read with its contrast (as WCAG 2 defines it), how bright the picture is
// on average, and what of the page's frame is shown.
import { basename } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, screenshots, ...files] = process.argv.slice(2);
const modes = {
  light: { width: 1280, colorScheme: "light", media: "screen" },
  dark: { width: 1280, colorScheme: "dark", media: "screen" },
  phone: { width: 360, colorScheme: "light", media: "screen" },
  print: { width: 794, colorScheme: "light", media: "print" }, // A4 at 96 dots per inch.
};

// Runs in the page.
function look() {
  const parse = (color) => {
    const parts = color.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paperBehind = (element) => {
    for (; element; element = element.parentElement) {
      const { rgb, alpha } = parse(getComputedStyle(element).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const root = document.documentElement;
  let worst = { contrast: Infinity, text: "" };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    ++texts;
    const [a, b] = [parse(getComputedStyle(element).color).rgb, paperBehind(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < worst.contrast) worst = { contrast, text: node.data.trim() };
  }
  const shown = (selector) => {
    const element = document.querySelector(selector);
    return element !== null && element.checkVisibility();
  };
  return {
    overflow_px: root.scrollWidth - root.clientWidth, texts, worst,
    navigation: shown(".top"), main: shown("main"),
  };
}

// Runs in an empty page: the mean of the channels of every 16th pixel, 0 is black and 1 white.
async function brightness(png) {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let [sum, count] = [0, 0];
  for (let i = 0; i < data.length; i += 64, count += 3) sum += data[i] + data[i + 1] + data[i + 2];
  return sum / count / 255;
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const seen = [];
try {
  const page = await browser.newPage();
  const empty = await browser.newPage();
  for (const file of files) {
    for (const [mode, { width, colorScheme, media }] of Object.entries(modes)) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, media });
      await page.goto("file://" + file);
      const name = basename(file, ".html");
      const png = await page.screenshot({ path: `${screenshots}/${name}-${mode}.png` });
      seen.push({
        page: name, mode, ...(await page.evaluate(look)),
        brightness: await empty.evaluate(brightness, png.toString("base64")),
      });
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
