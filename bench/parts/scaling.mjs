/**
 * Measures how the cost of a scrape over HTTP grows with the number of series: over each link, for the
 * peers, and for an answer whose text is ready.
 */

import { checkHeld } from '../harness/check.mjs';
import { startChild } from '../harness/child-process.mjs';
import { countSamples } from '../harness/exposition.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { scrapeUrl } from '../harness/scraper.mjs';
import { MANY } from '../inputs.mjs';
import {
  AT_HAND,
  scalingFigures,
  scalingPlots,
  scalingRows,
  scalingText,
} from './scaling-results.mjs';

const CHILD = new URL('../children/many-series.mjs', import.meta.url);

const LINKS = ['shared', 'message', 'inline'];

/** Which series change between two scrapes: each, or each hundredth, so that no page stays unchanged. */
const CHANGES = { all: 1, some: 100 };

/**
 * How many series are scraped before the scrapes that count, so that small ones are compiled like large
 * ones.
 */
const WARM_UP_SERIES = 500_000;

/** Short scrapes are repeated, and the median counts. */
const REPEATED_SERIES = 300_000;

/** @typedef {import('../harness/child-process.mjs').Child} Child */

/**
 * @typedef {object} Variant
 * @property {string} key
 * @property {string} title
 * @property {string} module
 * @property {object} options  for the module's `open`
 * @property {boolean} [isOurs]
 * @property {number} upTo  No more series than this.
 */

/** @param {{ id: string, title: string, lacks?: string[] }[]} contenders @returns {Variant[]} */
function variantsOf(contenders, { peersUpTo }) {
  const seriesLimit = 2_000_000;
  const variants = contenders
    .filter(({ lacks = [] }) => !lacks.includes('serve'))
    .flatMap(({ id, title }) => {
      const module = `contenders/${id}.mjs`;
      if (id !== 'ours') return [{ key: id, title, module, options: {}, upTo: peersUpTo }];
      return LINKS.map((link) => ({
        key: `ours-${link}`,
        title: `${title}, ${link}`,
        module,
        options: { link, seriesLimit },
        isOurs: true,
        upTo: seriesLimit,
      }));
    });
  const yardstick = { key: AT_HAND, title: 'text at hand', options: {}, upTo: seriesLimit };
  return [...variants, { ...yardstick, module: 'yardsticks/text-at-hand.mjs' }];
}

/** @param {Child} child */
async function scrape(child, url, { series, every = 1, watched = false, tidied = false }) {
  await child.ask('observe', { watched, touched: series, every, tidied });
  const { text, answered } = await scrapeUrl(url);
  const figures = await child.ask('observed');
  checkHeld(countSamples(text, MANY), await child.ask('expected'));
  return {
    ...figures,
    answered,
    cpu: figures.main + figures.others,
    bytes: Buffer.byteLength(text),
  };
}

function medians(measured) {
  const middle = (key) => {
    const sorted = measured.map((figures) => figures[key]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  };
  const keys = ['answered', 'blocked', 'others', 'cpu'];
  return Object.fromEntries(keys.map((key) => [key, middle(key)]));
}

/** The watch keeps a core busy. So gaps are measured with it, and everything else without it. */
async function watchedAndNot(scrapeOnce, every) {
  const plain = await scrapeOnce({ every, watched: false });
  const { blocked } = await scrapeOnce({ every, watched: true });
  return { ...plain, blocked };
}

/**
 * The memory is what the greedier of two scrapes took: the first of all, for what it leaves behind
 * for those that follow is not free, and the last.
 * @param {Child} child
 */
async function measure(child, series) {
  await child.ask('create');
  await child.ask('settle');
  const url = await child.ask('serve');
  const scrapeOnce = (how) => scrape(child, url, { series, ...how });
  const first = await scrapeOnce({ tidied: true });
  const warmUps = Math.min(100, Math.ceil(WARM_UP_SERIES / series));
  for (let i = 0; i < warmUps; i++) await scrapeOnce();
  const repeats = Math.max(1, Math.min(5, Math.floor(REPEATED_SERIES / series)));
  const measured = { series };
  for (const [change, every] of Object.entries(CHANGES)) {
    const repeated = [];
    for (let i = 0; i < repeats; i++) repeated.push(await watchedAndNot(scrapeOnce, every));
    measured[change] = medians(repeated);
  }
  const last = await scrapeOnce({ tidied: true });
  const memory = ({ grown, bytes }) => grown / bytes;
  return { ...measured, memory: Math.max(memory(first), memory(last)) };
}

/** @param {Variant} variant */
async function inFreshProcess({ key, module, options }, series) {
  const args = [module, String(series), JSON.stringify(options)];
  const child = await startChild(CHILD, args, ['--expose-gc']);
  try {
    return await measure(child, series);
  } catch (error) {
    throw new Error(`${key}, ${series} series: ${error.message}`, { cause: error });
  } finally {
    await child.end();
    probe();
  }
}

/**
 * @param {{ contenders: { id: string, title: string, lacks?: string[] }[] }} options
 * @param {{ sizes: number[], rounds: number, peersUpTo: number, patienceMs: number }} plan
 * @param {(line: string) => void} progress
 */
export async function scaling({ contenders }, plan, progress) {
  const variants = variantsOf(contenders, plan);
  /** @type {Record<string, Awaited<ReturnType<typeof measure>>[][]>} by variant, round and size */
  const results = Object.fromEntries(variants.map(({ key }) => [key, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (const { key } of variants) results[key].push([]);
    for (const series of plan.sizes) {
      for (const variant of variants) {
        const last = results[variant.key][round].at(-1);
        const isSlow = !variant.isOurs && last?.all.answered > plan.patienceMs;
        if (series > variant.upTo || isSlow) continue;
        progress(`${series} series, round ${round + 1} of ${plan.rounds}: ${variant.key}`);
        results[variant.key][round].push(await inFreshProcess(variant, series));
      }
    }
  }
  const rows = scalingRows(variants, results);
  return {
    rows,
    text: scalingText(rows, plan),
    figures: scalingFigures(rows),
    plots: scalingPlots(rows),
  };
}
