/**
 * Measures what a collection run costs the collector's side when few series have changed since the one
 * before, compared with one in which all have: with an exposition written to a file, and with storage.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../harness/child-process.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';

const CHILD = new URL('../children/collection.mjs', import.meta.url);

const KINDS = [
  { kind: 'export', title: 'PrometheusAdapter' },
  { kind: 'persist', title: 'flush() with persist' },
];

/** How many runs come before those that count: in a collector that works for days everything is compiled. */
const WARM_UPS = 12;

/** These are measured in each process, in turn. */
const REPEATS = 3;

const changes = (series) => [
  { key: 'all', title: 'all changed', changed: {} },
  { key: 'some', title: '1% changed, scattered', changed: { every: 100 } },
  { key: 'adjacent', title: '1% changed, side by side', changed: { touched: series / 100 } },
];

async function measure(kind, series) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-collection-'));
  const child = await startChild(CHILD, [kind, String(series), folder]);
  try {
    for (let i = 0; i < WARM_UPS; i++) {
      for (const { changed } of changes(series)) await child.ask('run', changed);
    }
    const repeats = [];
    for (let i = 0; i < REPEATS; i++) {
      const measured = {};
      for (const { key, changed } of changes(series))
        measured[key] = await child.ask('run', changed);
      repeats.push({ ...measured, bare: await child.ask('bare') });
    }
    await child.ask('check');
    return repeats;
  } finally {
    await child.end();
    await rm(folder, { recursive: true, force: true });
    probe();
  }
}

function evaluate({ kind, title: kindTitle }, measured, series) {
  const bare = { key: 'bare', title: 'bare write of as many bytes' };
  return [...changes(series), bare].map(({ key, title }) => {
    const of = (change, figure) => measured.map((repeat) => repeat[change][figure]);
    const toAll = (figure) => ratio(of(key, figure), of('all', figure));
    return {
      kind,
      change: key,
      title: `${kindTitle}: ${title}`,
      cpu: summarise(of(key, 'others')),
      answered: summarise(of(key, 'answered')),
      cpuToAll: toAll('others'),
      answeredToAll: toAll('answered'),
    };
  });
}

function figures(rows) {
  return rows
    .filter(({ change }) => change === 'some')
    .flatMap(({ kind, title, cpuToAll, answeredToAll }) => {
      const bare = rows.find((row) => row.kind === kind && row.change === 'bare');
      const limit =
        `${title}: a file or record is replaced as a whole, so that a crash leaves the old one or the ` +
        `new one. To write as many bytes that are at hand takes ${ratioCell(bare.answeredToAll)} the ` +
        'time of a run in which all have changed; besides, all cells are read, and of a record the check ' +
        'sum is taken. A run in which all have changed does little more than that: a number is written in ' +
        'the place of the one before it.';
      return [
        atMost(`${title} / all: CPU of other threads`, cpuToAll, 0.2, 'x', limit),
        atMost(`${title} / all: time until it is done`, answeredToAll, 0.2, 'x', limit),
      ];
    });
}

/**
 * @param {{ contenders: { id: string }[] }} options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function collection({ contenders }, { series, rounds }, progress) {
  if (!contenders.some(({ id }) => id === 'ours')) {
    return { rows: [], text: 'collection: there is no peer for it', figures: [] };
  }
  const measured = Object.fromEntries(KINDS.map(({ kind }) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { kind } of KINDS) {
      progress(`a collection run of ${series} series, round ${round + 1} of ${rounds}: ${kind}`);
      measured[kind].push(...(await measure(kind, series)));
    }
  }
  const rows = KINDS.flatMap((kind) => evaluate(kind, measured[kind.kind], series));
  const head = [`collection run, ${series.toLocaleString('en')} series (ms)`];
  head.push('CPU of other threads', 'until it is done', 'CPU / all', 'time / all');
  const lines = rows.map((row) => [
    row.title,
    cell(row.cpu),
    cell(row.answered),
    ratioCell(row.cpuToAll),
    ratioCell(row.answeredToAll),
  ]);
  const note = 'bare write: to the disk and renamed, from the main thread, which is the CPU shown';
  return { rows, text: [table(head, lines), note].join('\n'), figures: figures(rows) };
}
