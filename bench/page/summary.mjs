/** The few rows that sum up all results, for README.md, the first page of results and its picture. */
import { cell, digits, table } from '../harness/table.mjs';
import { entriesOf } from '../results.mjs';

/** @typedef {import('../harness/statistics.mjs').Summary} Summary */
/** @typedef {{ title: string, where: string, values: Record<string, Summary | undefined> }} Row */

export const CLIENTS = [
  { id: 'ours', title: 'utilityfog' },
  { id: 'prom-client', title: 'prom-client' },
  { id: 'prometheus-io', title: '@prometheus-io' },
  { id: 'opentelemetry', title: 'OpenTelemetry' },
];

/** How a part tells the values of one row, by the name that the part has for it. */
const byWork = (rows, name) => rows.find(({ work, mixed }) => work === name && !mixed)?.ns;
const byKey = (rows, name) => rows.find(({ key }) => key === name)?.of;
const byContender = (rows, name) => Object.fromEntries(rows.map((row) => [row.id, row[name]]));

/** In the README are those with `brief`. */
const ROWS = [
  { part: 'hot-path', of: byWork, name: 'increment', title: 'increment (ns)', brief: true },
  {
    part: 'hot-path',
    of: byWork,
    name: 'increment-bound',
    title: 'increment, series bound before (ns)',
    brief: true,
  },
  {
    part: 'hot-path',
    of: byWork,
    name: 'increment-16',
    title: 'increment with 2 labels (ns)',
    brief: true,
  },
  {
    part: 'hot-path',
    of: byWork,
    name: 'observe',
    title: 'observe, 11 buckets (ns)',
    brief: true,
  },
  {
    part: 'hot-path',
    of: byWork,
    name: 'observe-labels',
    title: 'observe with 2 labels (ns)',
  },
  { part: 'hot-path', of: byWork, name: 'gauge-set', title: 'set a gauge (ns)' },
  { part: 'creation', of: byKey, name: 'us', title: 'a new series (µs)', brief: true },
  { part: 'creation', of: byKey, name: 'heap', title: 'heap of a series (bytes)' },
  {
    part: 'creation',
    of: byKey,
    name: 'resident',
    title: 'resident memory of a series (bytes)',
  },
  {
    part: 'scrape',
    of: byKey,
    name: 'http.blocked',
    title: 'scrape of 100,000 series: main thread blocked (ms)',
    brief: true,
  },
  {
    part: 'scrape',
    of: byKey,
    name: 'http.answered',
    title: 'scrape of 100,000 series: time to answer (ms)',
    brief: true,
  },
  {
    part: 'scrape',
    of: byKey,
    name: 'stuck',
    title: 'the same, main thread in a loop of 1000 ms (ms)',
  },
  {
    part: 'scrape',
    of: byKey,
    name: 'call.blocked',
    title: '100,000 series as text by a call: main thread blocked (ms)',
  },
  {
    part: 'scrape',
    of: byKey,
    name: 'first.answered',
    title: 'first text of 100,000 series in a process: time to answer (ms)',
    brief: true,
  },
  {
    part: 'allocations',
    of: byContender,
    name: 'bytes',
    title: 'garbage of a recording, inputs included (bytes)',
  },
  {
    part: 'startup',
    of: byContender,
    name: 'time',
    title: 'import, open, register 100 metrics (ms)',
    brief: true,
  },
  {
    part: 'frames',
    of: byKey,
    name: 'frame.p99',
    title: 'page: frame to frame, 99th percentile (ms)',
    brief: true,
  },
  {
    part: 'frames',
    of: byKey,
    name: 'busy.p99',
    title: 'page: busy with a frame, 99th percentile (ms)',
  },
];

/** @param {import('../results.mjs').Results} results @returns {(Row & { brief?: boolean })[]} */
export function summaryRows(results) {
  return ROWS.flatMap(({ part, of, name, title, brief }) => {
    const [entry] = entriesOf(results[part] ?? {});
    const values = entry && of(entry.rows, name);
    return values ? [{ title, brief, where: entry.machine.runtime.split(' (')[0], values }] : [];
  });
}

/** Who is least, and all whose quartiles come as low. */
function least(values) {
  const given = CLIENTS.filter(({ id }) => values[id]);
  const [first] = given.toSorted((a, b) => values[a.id].median - values[b.id].median);
  return given.filter(({ id }) => values[id].low <= values[first.id].high).map(({ id }) => id);
}

/** @param {Row[]} rows @param {(value?: Summary) => string} write */
function summaryTable(rows, write) {
  const cellOf = ({ values }, id) =>
    least(values).includes(id) ? `**${write(values[id])}**` : write(values[id]);
  return table(
    ['less is better', ...CLIENTS.map(({ title }) => title), 'measured in'],
    rows.map((row) => [row.title, ...CLIENTS.map(({ id }) => cellOf(row, id)), row.where]),
  );
}

const median = (value) => (value ? digits(value.median) : '–');

export const briefTable = (results) =>
  summaryTable(
    summaryRows(results).filter(({ brief }) => brief),
    median,
  );

export const fullTable = (results) => summaryTable(summaryRows(results), cell);

/** The rows in which a peer is faster, or takes less. @returns {string[]} */
export const wonByPeers = (results) =>
  summaryRows(results).flatMap(({ title, where, values }) => {
    const ids = least(values);
    if (ids.includes('ours')) return [];
    const clients = CLIENTS.filter(({ id }) => ids.includes(id));
    const theirs = clients.map((client) => `${client.title} ${median(values[client.id])}`);
    return [`${title}, in ${where}: ${theirs.join(', ')}, utilityfog ${median(values.ours)}`];
  });
