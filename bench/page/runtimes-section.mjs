/** Shows the same figures of every runtime, side by side. */
import { ratioCell, table } from '../harness/table.mjs';
import { entriesOf } from '../results.mjs';

const hotPath = (work, key) => (rows) => rows.find((row) => row.work === work && !row.mixed)?.[key];

const COLUMNS = [
  {
    part: 'hot-path',
    title: 'bound increment: ours / bare cell',
    of: hotPath('increment-bound', 'oursToYardstick'),
  },
  {
    part: 'hot-path',
    title: '16 label sets: fastest peer / ours',
    of: hotPath('increment-16', 'peerToOurs'),
  },
  {
    part: 'hot-path',
    title: 'observe with labels: fastest peer / ours',
    of: hotPath('observe-labels', 'peerToOurs'),
  },
  {
    part: 'creation',
    title: 'new series, time: best peer / ours',
    of: (rows) => rows.find(({ key }) => key === 'us')?.peerToOurs,
  },
  {
    part: 'events',
    title: 'event: ours / structuredClone',
    of: (rows) => rows.find(({ title }) => title === 'structuredClone')?.oursTo,
  },
];

/**
 * @param {import('../results.mjs').Results} results
 * @param {import('./charts.mjs').Picture[]} pictures
 */
export function runtimesSection(results, pictures) {
  const names = new Set(
    COLUMNS.flatMap(({ part }) =>
      entriesOf(results[part] ?? {}).map(({ machine }) => machine.runtime),
    ),
  );
  if (names.size < 2) return '';
  const cellOf = (name, { part, of }) => {
    const entry = entriesOf(results[part] ?? {}).find(({ machine }) => machine.runtime === name);
    return ratioCell(entry && of(entry.rows));
  };
  const rows = [...names].map((name) => [
    name.split(' (')[0],
    ...COLUMNS.map((column) => cellOf(name, column)),
  ]);
  const images = pictures.map(({ name, title }) => `![${title}](performance/${name}.svg)`);
  const head = ['where', ...COLUMNS.map(({ title }) => title)];
  return ['## In each runtime', ...images, table(head, rows)].join('\n\n');
}
