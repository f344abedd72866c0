/** Makes the few figures that are in README.md, so that they are those of the last run. */
import { table } from '../harness/table.mjs';
import { entriesOf } from '../results.mjs';

const START = '<!-- Written by `npm run bench -- --write`: -->\n';
const END = '<!-- end of what was written -->';

/** Ratios of the hot path, each by its work and its name there. */
const ROWS = [
  {
    title: 'bound `increment()` / `cells[i] += 1`',
    work: 'increment-bound',
    key: 'oursToYardstick',
  },
  { title: 'fastest peer / bound `increment()`', work: 'increment-bound', key: 'peerToOurs' },
  {
    title: 'fastest peer / `increment(1, { method, route })`',
    work: 'increment-16',
    key: 'peerToOurs',
  },
  { title: 'fastest peer / bound `observe()`', work: 'observe-bound', key: 'peerToOurs' },
  { title: 'fastest peer / bound `set()`', work: 'gauge-set-bound', key: 'peerToOurs' },
];

const digits = (value) => `${value < 10 ? value.toPrecision(2) : Math.round(value)}×`;

/** @param {import('../results.mjs').Results} results */
function readmeTable(results) {
  const entries = entriesOf(results['hot-path'] ?? {});
  const cellOf = ({ rows }, { work, key }) => {
    const ratio = rows.find((row) => row.work === work && !row.mixed)?.[key];
    return ratio ? digits(ratio.median) : '–';
  };
  return table(
    ['time of one call', ...entries.map(({ machine }) => machine.runtime.split('.')[0])],
    ROWS.map((row) => [row.title, ...entries.map((entry) => cellOf(entry, row))]),
  );
}

/**
 * README.md with the figures of these results.
 * @param {string} readme
 * @param {import('../results.mjs').Results} results
 */
export function withFigures(readme, results) {
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error('README.md has no place for the figures');
  const before = readme.slice(0, from + START.length);
  return `${before}\n${readmeTable(results)}\n\n${readme.slice(to)}`;
}
