/**
 * The pictures of the page: those that the parts describe themselves, and some that are drawn from
 * their rows.
 */
import { CONTENDERS } from '../contenders/list.mjs';
import { LEAST } from '../parts/creation.mjs';
import { dotChart } from './dot-chart.mjs';
import { lineChart } from './line-chart.mjs';

/** @typedef {{ name: string, title: string, svg: string }} Picture */
/** @typedef {import('../results.mjs').Entry} Entry */

const IDS = CONTENDERS.map(({ id }) => id);
const TITLES = CONTENDERS.map(({ title }) => title);

/** @param {Entry} entry */
const where = ({ machine }) => machine.runtime.split(' (')[0];

function hotPath(entry) {
  return dotChart({
    title: `One call, ${where(entry)}`,
    unit: 'nanoseconds, logarithmic',
    series: [...TITLES, 'bare cell'],
    rows: entry.rows
      .filter(({ mixed }) => !mixed)
      .map(({ title, ns }) => ({ title, values: [...IDS, 'bare-cell'].map((id) => ns[id]) })),
  });
}

function scrape(entry) {
  return dotChart({
    title: `A scrape of ${entry.plan.series.toLocaleString('en')} series, ${where(entry)}`,
    unit: 'milliseconds, logarithmic',
    series: TITLES,
    rows: entry.rows
      .filter(({ key }) => key !== 'idle')
      .map(({ title, of }) => ({ title: shorten(title), values: IDS.map((id) => of[id]) })),
  });
}

/** The rows have different units, so each is compared with ours. */
function creation(entry) {
  const ids = [...IDS, LEAST.id];
  const share = ({ median, low, high }, whole) => ({
    median: median / whole,
    low: low / whole,
    high: high / whole,
  });
  return dotChart({
    title: `A new series, of ${entry.plan.series.toLocaleString('en')}, ${where(entry)}`,
    unit: 'times as much as utilityfog, logarithmic',
    series: [...TITLES, LEAST.title],
    rows: entry.rows
      // The peers have no buffers to compare.
      .filter(({ key, of }) => key !== 'buffers' && of.ours?.median > 0)
      .map(({ title, of }) => ({
        title,
        values: ids.map((id) => of[id] && share(of[id], of.ours.median)),
      })),
  });
}

function events(entry) {
  return dotChart({
    title: `An event of 200 bytes, ${where(entry)}`,
    unit: 'nanoseconds of the call, logarithmic',
    series: entry.rows.map(({ title }) => title),
    rows: [{ title: 'the call', values: entry.rows.map(({ call }) => call) }],
  });
}

const shorten = (title) =>
  title.replace(', at the longest', '').replace('in a loop of', 'stuck for');

const FROM_ROWS = { 'hot-path': hotPath, creation, scrape, events };
const TITLE = /<title>(.*?)<\/title>/;

const picture = (name, svg) => ({ name, title: TITLE.exec(svg)[1], svg });

/**
 * @param {string} part
 * @param {Entry} entry
 * @returns {Picture[]}
 */
export const picturesOf = (part, entry) => [
  ...(FROM_ROWS[part] ? [picture(part, FROM_ROWS[part](entry))] : []),
  ...(entry.plots ?? []).map((plot) => picture(plot.name, lineChart(plot))),
];

/** The works that the picture of all runtimes shows. */
const EVERYWHERE = [
  { work: 'increment-bound', title: 'bound' },
  { work: 'increment-16', title: '16 label sets' },
];

/** @param {Entry[]} entries  of the hot path, one for each runtime */
export function pictureOfRuntimes(entries) {
  const rows = EVERYWHERE.flatMap(({ work, title }) =>
    entries.map((entry) => {
      const { ns } = entry.rows.find((row) => row.work === work && !row.mixed);
      const values = [...IDS, 'bare-cell'].map((id) => ns[id]);
      return { title: `${title}: ${where(entry)}`, values };
    }),
  );
  const svg = dotChart({
    title: 'An increment in each runtime',
    unit: 'nanoseconds, logarithmic',
    series: [...TITLES, 'bare cell'],
    rows,
  });
  return picture('runtimes', svg);
}
