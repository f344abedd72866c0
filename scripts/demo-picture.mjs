/**
 * Makes the moving picture of the demo for README: the swarm, and what a worker still reads while the page is frozen.
 *
 *   node scripts/demo-picture.mjs [FILE]   docs/demo.webp unless given
 *
 * Chromium's screencast gives each picture that changes, also while the page is frozen, since it does not need the
 * page's thread. `img2webp`, of Debian's package `webp`, makes the file of them. What else the machine does makes the
 * swarm jump, so it should do nothing else.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDemo } from './open-demo.mjs';

/** CSS pixels. */
const SIZE = { width: 1280, height: 760 };
/** How long the charts fill before it begins, and how long what came of the freeze is seen. Milliseconds. */
const WARM_UP = 12_000;
const AFTER = 1500;
/** The last frame is shown for so long, since the picture then begins anew. Milliseconds. */
const LAST = 1200;
/** Each other frame is shown for so long at least. Milliseconds. */
const LEAST = 140;
/** From 0 to 100. */
const QUALITY = 70;

const [file = fileURLToPath(new URL('../docs/demo.webp', import.meta.url))] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'telemetry-picture-'));
try {
  const frames = await takeFrames();
  await assemble(frames);
  const { size } = await stat(file);
  const seconds = frames.reduce((sum, { shown }) => sum + shown, 0) / 1000;
  console.log(`${file}: ${frames.length} frames, ${seconds.toFixed(1)} s, ${size} bytes`);
} finally {
  await rm(folder, { recursive: true });
}

/** Resolves to PNG files, each with the milliseconds for which it is shown. */
async function takeFrames() {
  const { page, close } = await openDemo('?seed=7&depth=7');
  await page.setViewportSize(SIZE);
  await page.emulateMedia({ colorScheme: 'light' });
  const client = await page.context().newCDPSession(page);
  const taken = [];
  client.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    taken.push({ data, at: metadata.timestamp * 1000 });
    client.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  await wait(WARM_UP);
  await client.send('Page.startScreencast', { format: 'png' });
  await page.click('#block');
  await page.waitForSelector('#readout:has-text("stood still for")');
  await wait(AFTER);
  await client.send('Page.stopScreencast');
  await close();
  return save(thinned(taken));
}

/** Drops what comes too soon after another. */
function thinned(taken) {
  const kept = [];
  for (const frame of taken) {
    if (kept.length === 0 || frame.at - kept.at(-1).at >= LEAST) kept.push(frame);
  }
  return kept.map(({ data, at }, i) => ({
    data,
    shown: Math.round((kept[i + 1]?.at ?? at + LAST) - at),
  }));
}

function save(frames) {
  return Promise.all(
    frames.map(async ({ data, shown }, i) => {
      const path = join(folder, `${i}.png`);
      await writeFile(path, data, 'base64');
      return { path, shown };
    }),
  );
}

async function assemble(frames) {
  const each = frames.flatMap(({ path, shown }) => ['-d', String(shown), path]);
  const how = ['-loop', '0', '-min_size', '-lossy', '-q', String(QUALITY), '-m', '6'];
  await promisify(execFile)('img2webp', [...how, ...each, '-o', file]);
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
