/**
 * What a new series costs: time, and memory on the thread that creates it.
 */
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast, atMost } from '../harness/verdict.mjs';
import { inFreshProcesses } from './many-series.mjs';

export const FIGURES = [
  { key: 'us', title: 'time (µs)' },
  { key: 'heap', title: 'heap of the main thread (bytes)' },
  { key: 'buffers', title: 'array buffers, shared ones too (bytes)' },
  { key: 'resident', title: 'resident memory of the process (bytes)' },
];

/** Not every runtime tells all of it; as JSON, what is no number is `null`. */
const isKnown = (value) => Number.isFinite(value);

/** @param {import('../harness/child-process.mjs').Child} child */
export async function measureCreation(child) {
  const created = await child.ask('create');
  await child.ask('scrape', { watched: false });
  return created;
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function creation({ contenders }, plan, progress) {
  const results = await inFreshProcesses(contenders, plan, measureCreation, progress);
  const values = (id, key) => results[id].map((round) => round[key]);
  const isTold = ({ key }) => contenders.some(({ id }) => values(id, key).every(isKnown));
  const rows = FIGURES.filter(isTold).map(({ key, title }) => {
    const of = Object.fromEntries(contenders.map(({ id }) => [id, summarise(values(id, key))]));
    const peers = contenders.map(({ id }) => id).filter((id) => id !== 'ours');
    const best = peers.sort((a, b) => of[a].median - of[b].median)[0];
    const peerToOurs = of.ours && best ? ratio(values(best, key), values('ours', key)) : undefined;
    return { key, title, of, best, peerToOurs: of.ours?.median > 0 ? peerToOurs : undefined };
  });
  const head = [`a new series, of ${plan.series.toLocaleString('en')}`];
  head.push(...contenders.map(({ title }) => title), 'best peer / ours');
  const text = table(
    head,
    rows.map((row) => [
      row.title,
      ...contenders.map(({ id }) => cell(row.of[id])),
      ratioCell(row.peerToOurs),
    ]),
  );
  return { rows, text, figures: figures(rows, values) };
}

function figures(rows, values) {
  const row = (key) => rows.find((candidate) => candidate.key === key);
  const [time, heap] = [row('us'), row('heap')];
  if (!time.of.ours || !time.best) return [];
  const ratioOf = (over, under, key) => ratio(values(over, key), values(under, key));
  return [
    atLeast(`a new series: ${time.best} / ours`, ratioOf(time.best, 'ours', 'us'), 3, 'x'),
    atMost(
      `heap of a new series: ours / ${heap.best}`,
      ratioOf('ours', heap.best, 'heap'),
      0.5,
      'x',
    ),
  ];
}
