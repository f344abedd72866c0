/**
 * Measures what a scrape of many series costs in each format that scrapers ask for, over HTTP. Each format has
 * processes of its own, since a collector remembers what it has written.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { checkHeld } from '../harness/check.mjs';
import { countMessages, countSamples } from '../harness/exposition.mjs';
import { scrapeUrl } from '../harness/scraper.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';
import { MANY } from '../inputs.mjs';
import { inFreshProcesses } from './many-series.mjs';

const LIMITED_BY =
  'With a line that says since when each series counts, which text 0.0.4 lacks, the answer has more than twice ' +
  'the bytes. Most of the work of a later scrape is to send them.';

const samplesIn = (body) => countSamples(body.toString('utf8'), MANY);

const OPEN_METRICS = { accept: 'application/openmetrics-text;version=1.0.0', count: samplesIn };

const FORMATS = [
  { id: 'text', title: 'text 0.0.4', accept: 'text/plain;version=0.0.4', count: samplesIn },
  { id: 'openmetrics', title: 'OpenMetrics', ...OPEN_METRICS },
  {
    id: 'uncreated',
    title: 'OpenMetrics without _created',
    ...OPEN_METRICS,
    serve: { createdSamples: false },
  },
  {
    id: 'protobuf',
    title: 'protobuf',
    accept:
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    count: (body) => countMessages(body, MANY),
  },
];

/** How many scrapes come before those that count. */
const WARM_UPS = 3;

const ROWS = [
  { key: 'blocked', title: 'main thread blocked, at the longest (ms)' },
  { key: 'others', title: 'CPU of all other threads (ms)' },
  { key: 'answered', title: 'time to answer (ms)' },
  { key: 'first', title: 'CPU of all other threads for the first scrape (ms)' },
  { key: 'bytes', title: 'answer (MB)' },
  { key: 'peakAtFirst', title: 'growth of memory by the first scrape, times the answer' },
  { key: 'peak', title: 'growth of memory by a later scrape, times the answer' },
];

async function scrapeOnce(child, url, { accept, count }, watched) {
  await child.ask('observe', { watched, tidied: !watched });
  const { body, answered } = await scrapeUrl(url, accept);
  const figures = await child.ask('observed');
  checkHeld(count(body), await child.ask('expected'));
  return { ...figures, answered, bytes: body.length };
}

/** @param {import('../harness/child-process.mjs').Child} child */
async function measure(child, format) {
  await child.ask('create');
  await child.ask('settle');
  await pause(500);
  const url = await child.ask('serve', format.serve);
  const first = await scrapeOnce(child, url, format, false);
  for (let i = 0; i < WARM_UPS; i++) await scrapeOnce(child, url, format, false);
  const plain = await scrapeOnce(child, url, format, false);
  const { blocked } = await scrapeOnce(child, url, format, true);
  return {
    blocked,
    others: plain.others,
    answered: plain.answered,
    first: first.others,
    bytes: plain.bytes / 1e6,
    peakAtFirst: first.grown / first.bytes,
    peak: plain.grown / plain.bytes,
  };
}

/**
 * @param {object} _options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function formats(_options, plan, progress) {
  const contenders = FORMATS.map((format) => ({ ...format, module: 'contenders/ours.mjs' }));
  const results = await inFreshProcesses(contenders, plan, measure, progress);
  const values = (id, key) => results[id].map((round) => round[key]);
  const toText = (id, key) => ratio(values(id, key), values('text', key));
  const rows = ROWS.map(({ key, title }) => ({
    key,
    title,
    of: Object.fromEntries(FORMATS.map(({ id }) => [id, summarise(values(id, key))])),
  }));
  const head = [`scrape of ${plan.series.toLocaleString('en')} series`];
  const others = FORMATS.slice(1);
  head.push(...FORMATS.map(({ title }) => title), ...others.map(({ title }) => `${title} / text`));
  const lines = rows.map(({ key, title, of }) => [
    title,
    ...FORMATS.map(({ id }) => cell(of[id])),
    ...others.map(({ id }) => ratioCell(toText(id, key))),
  ]);
  return {
    rows,
    text: table(head, lines),
    figures: [
      atMost(
        'CPU of a scrape as OpenMetrics / as text',
        toText('openmetrics', 'others'),
        1.2,
        'x',
        LIMITED_BY,
      ),
      atMost(
        'CPU of a scrape as OpenMetrics without _created / as text',
        toText('uncreated', 'others'),
        1.2,
        'x',
      ),
      atMost('CPU of a scrape as protobuf / as text', toText('protobuf', 'others'), 1, 'x'),
      ...FORMATS.flatMap(({ id, title }) => [
        atMost(`main thread blocked, ${title}`, summarise(values(id, 'blocked')), 1, ' ms'),
        atMost(`growth of memory / answer, ${title}`, summarise(values(id, 'peakAtFirst')), 3, 'x'),
      ]),
    ],
  };
}
