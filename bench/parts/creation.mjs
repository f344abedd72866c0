/** Measures what a new series costs: time, and memory of the thread that creates it. */
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast, atMost } from '../harness/verdict.mjs';
import { inFreshProcesses } from './many-series.mjs';

export const FIGURES = [
  { key: 'us', title: 'time (µs)' },
  { key: 'usAtFirst', title: 'time in a process that has just begun (µs)' },
  { key: 'heap', title: 'heap of the main thread (bytes)' },
  { key: 'buffers', title: 'array buffers, shared ones too (bytes)' },
  { key: 'resident', title: 'resident memory of the process (bytes)' },
];

/** What is measured with the contenders without being one. */
export const LEAST = {
  id: 'map-of-maps',
  title: 'Map of Maps',
  module: 'yardsticks/map-of-maps.mjs',
};

/** The same, with another thread that is told of the series. */
const TOLD = {
  id: 'told-map-of-maps',
  title: 'and told',
  module: 'yardsticks/told-map-of-maps.mjs',
};

/** Not every runtime knows all of these. In JSON, what is no number is `null`. */
const isKnown = (value) => Number.isFinite(value);

/** @param {import('../harness/child-process.mjs').Child} child */
export async function measureCreation(child) {
  const created = await child.ask('create');
  await child.ask('scrape', { watched: false });
  return { ...created, ...(await child.ask('createAsMany')) };
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function creation({ contenders }, plan, progress) {
  const all = [...contenders, LEAST, TOLD];
  const results = await inFreshProcesses(all, plan, measureCreation, progress);
  const values = (id, key) => results[id].map((round) => round[key]);
  const isTold = ({ key }) => all.some(({ id }) => values(id, key).every(isKnown));
  const rows = FIGURES.filter(isTold).map(({ key, title }) => {
    const of = Object.fromEntries(all.map(({ id }) => [id, summarise(values(id, key))]));
    const peers = contenders.map(({ id }) => id).filter((id) => id !== 'ours');
    const best = peers.sort((a, b) => of[a].median - of[b].median)[0];
    if (!(of.ours?.median > 0)) return { key, title, of, best };
    // Neither the peers nor the maps alone have buffers.
    const leastOf = key === 'buffers' ? undefined : values(LEAST.id, key);
    return {
      key,
      title,
      of,
      best,
      peerToOurs: best && ratio(values(best, key), values('ours', key)),
      oursToLeast: leastOf && ratio(values('ours', key), leastOf),
    };
  });
  const head = [`a new series, of ${plan.series.toLocaleString('en')}`];
  head.push(...all.map(({ title }) => title), 'best peer / ours', `ours / ${LEAST.title}`);
  const text = table(
    head,
    rows.map((row) => [
      row.title,
      ...all.map(({ id }) => cell(row.of[id])),
      ratioCell(row.peerToOurs),
      ratioCell(row.oursToLeast),
    ]),
  );
  return { rows, text, figures: figures(rows, values) };
}

function figures(rows, values) {
  const row = (key) => rows.find((candidate) => candidate.key === key);
  const [time, atFirst, heap] = [row('us'), row('usAtFirst'), row('heap')];
  if (!time.of.ours || !time.best) return [];
  const ratioOf = (over, under, key) => ratio(values(over, key), values(under, key));
  const timeLimit =
    `A new series: ${time.best} takes ${ratioCell(ratioOf(time.best, LEAST.id, 'us'))} the time of an ` +
    'entry in a Map of Maps, one for each label name, with a number as its value and nothing else, and ' +
    `${ratioCell(ratioOf(time.best, TOLD.id, 'us'))} the time of one that is a cell in shared memory and ` +
    `of which another thread is told. Ours takes ${ratioCell(ratioOf('ours', TOLD.id, 'us'))} that time: it ` +
    'also checks what it is given.';
  const firstLimit =
    'A new series in a process that has just begun: the engine has more code to compile than that of the ' +
    `peers. ${atFirst.best} takes ${ratioCell(ratioOf(atFirst.best, TOLD.id, 'usAtFirst'))} the time of one ` +
    'that is a cell in shared memory and of which another thread is told.';
  const heapLimit =
    'Heap of a new series: an entry in a Map of Maps, one for each label name, with a number as its ' +
    `value takes ${ratioCell(ratioOf(LEAST.id, heap.best, 'heap'))} the heap that ${heap.best} takes.`;
  const [peerToOurs, oursToPeer] = [
    ratioOf(time.best, 'ours', 'us'),
    ratioOf('ours', heap.best, 'heap'),
  ];
  return [
    atLeast(`a new series: ${time.best} / ours`, peerToOurs, 3, 'x', timeLimit),
    atLeast(
      `a new series in a process that has just begun: ${atFirst.best} / ours`,
      ratioOf(atFirst.best, 'ours', 'usAtFirst'),
      3,
      'x',
      firstLimit,
    ),
    atMost(`heap of a new series: ours / ${heap.best}`, oursToPeer, 0.5, 'x', heapLimit),
  ];
}
