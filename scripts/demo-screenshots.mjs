/**
 * Takes a picture of each view of the demo, at every width and in both themes, to be compared by eye.
 *
 *   node scripts/demo-screenshots.mjs [FOLDER] [VIEW ...]   the folder is .parts/screenshots unless given
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDemo } from './open-demo.mjs';

const WIDTHS = [1280, 768, 390, 320];
const HEIGHT = 800;
const THEMES = ['light', 'dark'];
const TABS = ['exposition', 'query', 'alerts', 'anomalies', 'traces', 'events', 'diagnostics'];
/** How long a picture takes to follow a change of width. */
const SETTLING_MS = 1500;

/** How each view is opened. */
const VIEWS = {
  ...Object.fromEntries(TABS.map((tab) => [tab, (page) => page.click(`#tab-${tab}`)])),
  compare: compareAll,
};

const [folder = fileURLToPath(new URL('../.parts/screenshots', import.meta.url)), ...asked] =
  process.argv.slice(2);
await mkdir(folder, { recursive: true });
const { page, close } = await openDemo('?seed=7');
try {
  await page.waitForSelector('#chart-messages [data-points]:not([data-points="1"])');
  for (const [view, open] of Object.entries(VIEWS)) {
    if (asked.length > 0 && !asked.includes(view)) continue;
    await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
    await open(page);
    await takeAll(view);
  }
} finally {
  await close();
}

async function compareAll() {
  await page.click('#compare-open');
  await page.click('#compare-all');
  await page.waitForSelector('[data-library="opentelemetry"][data-recorded]');
}

async function takeAll(view) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
      const path = join(folder, `${view}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      console.log(path);
    }
  }
}
