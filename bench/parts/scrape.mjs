/** Measures what a scrape of many series costs the main thread, and how long the answer takes. */
import { setTimeout as pause } from 'node:timers/promises';
import { checkHeld } from '../harness/check.mjs';
import { countSamples } from '../harness/exposition.mjs';
import { scrapeUrl } from '../harness/scraper.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';
import { MANY } from '../inputs.mjs';
import { inFreshProcesses } from './many-series.mjs';

/** How long the main thread is kept busy in a loop for the last row. */
const STUCK_MS = 1000;

const LIMITED_BY =
  'The worker reads, formats and answers without the main thread. The longest gap that is left is a ' +
  'turn of its event loop, or a collection of garbage that falls into the scrape.';

/** How many scrapes come before those that count: in a server that runs for days everything is compiled. */
const WARM_UPS = 3;

export const ROWS = [
  { key: 'http.blocked', title: 'over HTTP: main thread blocked, at the longest' },
  { key: 'http.main', title: 'over HTTP: CPU of the main thread' },
  { key: 'http.others', title: 'over HTTP: CPU of all other threads' },
  { key: 'http.answered', title: 'over HTTP: time to answer' },
  { key: 'stuck', title: `over HTTP: time to answer, main thread in a loop of ${STUCK_MS} ms` },
  { key: 'call.blocked', title: 'a call in process: main thread blocked, at the longest' },
  { key: 'call.main', title: 'a call in process: CPU of the main thread' },
  { key: 'call.others', title: 'a call in process: CPU of all other threads' },
  { key: 'call.answered', title: 'a call in process: time to answer' },
  { key: 'first.blocked', title: 'the first call after creation: main thread blocked' },
  { key: 'first.answered', title: 'the first call after creation: time to answer' },
  { key: 'idle', title: 'no scrape: longest gap that the watch saw' },
];

/** @typedef {import('../harness/child-process.mjs').Child} Child */

/** @param {Child} child */
async function scrapeOverHttp(child, url, watched) {
  await child.ask('observe', { watched });
  const { text, answered } = await scrapeUrl(url);
  const figures = await child.ask('observed');
  checkHeld(countSamples(text, MANY), await child.ask('expected'));
  return { ...figures, answered };
}

/** @param {Child} child */
async function scrapeStuck(child, url) {
  await child.ask('getStuck', STUCK_MS);
  await pause(100);
  const { text, answered } = await scrapeUrl(url);
  checkHeld(countSamples(text, MANY), await child.ask('expected'));
  return answered;
}

/**
 * The watch keeps a core busy, so gaps are taken with it and everything else without.
 * @param {(watched: boolean) => Promise<{ blocked: number }>} scrape
 */
async function watchedAndNot(scrape) {
  const plain = await scrape(false);
  const { blocked } = await scrape(true);
  return { ...plain, blocked };
}

/** @param {Child} child */
export async function measureScrape(child, { lacks = [] }) {
  await child.ask('create');
  await pause(500);
  const idle = await child.ask('idle', 500);
  const first = await child.ask('scrape', { watched: true });
  for (let i = 0; i < WARM_UPS; i++) await child.ask('scrape', { watched: false });
  const call = await watchedAndNot((watched) => child.ask('scrape', { watched }));
  const figures = { idle, first, call };
  if (lacks.includes('serve')) return figures;
  const url = await child.ask('serve');
  for (let i = 0; i < WARM_UPS; i++) await scrapeOverHttp(child, url, false);
  const http = await watchedAndNot((watched) => scrapeOverHttp(child, url, watched));
  return { ...figures, http, stuck: await scrapeStuck(child, url) };
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function scrape({ contenders }, plan, progress) {
  const results = await inFreshProcesses(contenders, plan, measureScrape, progress);
  const rows = ROWS.map(({ key, title }) => evaluate(key, title, results));
  const head = [`scrape of ${plan.series.toLocaleString('en')} series (ms)`];
  head.push(...contenders.map(({ title }) => title), 'best peer / ours');
  const lines = rows.map((row) => [
    row.title,
    ...contenders.map(({ id }) => cell(row.of[id])),
    ratioCell(row.peerToOurs),
  ]);
  const notes = [
    'opentelemetry: reader.collect(), which makes objects and no text; ours: formatPrometheus()',
  ];
  return {
    rows,
    text: [table(head, lines), ...notes].join('\n'),
    figures: results.ours ? figures(rows, results) : [],
  };
}

/** Returns what a round has found under `http.blocked` and the like. */
export const valueIn = (round, key) => key.split('.').reduce((part, name) => part?.[name], round);

/** Everything that a peer's scrape costs, compared with what ours leaves to other threads. */
function figures([blocked], { ours, ...others }) {
  const cost = (id) => others[id].map(({ http }) => http.main + http.others);
  const peers = Object.keys(others).filter((id) => others[id].every(({ http }) => http));
  const best = peers.sort((a, b) => summarise(cost(a)).median - summarise(cost(b)).median)[0];
  const title = 'main thread blocked by a scrape';
  const found = [atMost(title, blocked.of.ours, 1, ' ms', LIMITED_BY)];
  if (!best) return found;
  const worker = ours.map(({ http }) => http.others);
  const share = ratio(worker, cost(best));
  return [...found, atMost(`CPU of other threads / all CPU of ${best}`, share, 0.1, 'x')];
}

/** opentelemetry is left out of the comparison, since it makes no text. */
function evaluate(key, title, results) {
  const values = (id) =>
    results[id].map((round) => valueIn(round, key)).filter((value) => value !== undefined);
  const taking = Object.keys(results).filter((id) => values(id).length > 0);
  const of = Object.fromEntries(taking.map((id) => [id, summarise(values(id))]));
  const peers = taking.filter((id) => id !== 'ours' && id !== 'opentelemetry');
  const best = peers.sort((a, b) => of[a].median - of[b].median)[0];
  const isCost = key !== 'idle' && of.ours && best;
  return { key, title, of, best, peerToOurs: isCost && ratio(values(best), values('ours')) };
}
