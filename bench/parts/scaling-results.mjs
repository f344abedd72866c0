/** Shows the scrapes of many sizes as rows, tables, figures and plots. */
import { exponent } from '../harness/exponent.mjs';
import { summarise } from '../harness/statistics.mjs';
import { cell, digits, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';

const CHANGES = { all: '', some: ', 1% changed' };

const QUANTITIES = [
  { key: 'answered', title: 'time to answer', unit: 'ms' },
  { key: 'blocked', title: 'main thread blocked, at the longest', unit: 'ms' },
  { key: 'others', title: 'CPU of all other threads', unit: 'ms' },
  { key: 'cpu', title: 'CPU of all threads', unit: 'ms' },
];

/** The measures for which an exponent is given. */
const GROWING = ['answered', 'cpu'];

/** What counts as the cost of a scrape. */
const COST = 'cpu';

const MOST = 1_000_000;
const MANY = 100_000;

/** The yardstick: a server whose text is ready. */
export const AT_HAND = 'text-at-hand';

/** Returns the sizes that every round of a variant has reached. */
const sizesOf = (rounds) =>
  rounds[0].map(({ series }) => series).filter((_, size) => rounds.every((round) => round[size]));

function measuredRow({ key, title, isOurs = false }, rounds, change) {
  const sizes = sizesOf(rounds);
  const summarised = (value) =>
    sizes.map((_, size) => summarise(rounds.map((r) => value(r[size]))));
  const row = { key, title: `${title}${CHANGES[change]}`, isOurs, change, sizes, exponents: {} };
  for (const { key: quantity } of QUANTITIES) {
    row[quantity] = summarised((measured) => measured[change][quantity]);
  }
  for (const quantity of sizes.length > 1 ? GROWING : []) {
    row.exponents[quantity] = summarise(
      rounds.map((round) =>
        exponent(sizes.map((size, i) => [size, Math.max(round[i][change][quantity], 0.001)])),
      ),
    );
  }
  return { ...row, memory: change === 'all' ? summarised(({ memory }) => memory) : undefined };
}

/** One row for each variant and each share of series that changes. */
export function scalingRows(variants, results) {
  return Object.keys(CHANGES).flatMap((change) =>
    variants.map((variant) => measuredRow(variant, results[variant.key], change)),
  );
}

const counted = (series) => series.toLocaleString('en');

function renderQuantity(rows, { sizes }, { key, title, unit }) {
  const isGrowing = GROWING.includes(key);
  const head = [`${title} (${unit}), by series`, ...sizes.map(counted)];
  const lines = rows.map((row) => {
    const cells = sizes.map((_, i) => cell(row[key][i]));
    const growth = row.exponents[key];
    if (isGrowing) cells.push(growth ? `${digits(growth.median)}` : '–');
    return [row.title, ...cells];
  });
  return table(isGrowing ? [...head, 'exponent'] : head, lines);
}

export function scalingText(rows, plan) {
  const all = rows.filter((row) => row.memory);
  const memory = { key: 'memory', title: 'peak memory', unit: 'x exposition' };
  const notes = [
    'exponent: of the size, in the straight line through all logarithms; 1 is twice the time for twice the series',
    'peak memory: how much the whole process grew in the first scrape or the last, whichever took more',
    'text at hand: a server that has the text ready',
  ];
  const tables = QUANTITIES.map((quantity) => renderQuantity(rows, plan, quantity));
  return [...tables, [renderQuantity(all, plan, memory), ...notes].join('\n')].join('\n\n');
}

const inlineLimit = (atHand) =>
  'Inline the thread that records also reads, writes and answers, in slices of half a millisecond and a ' +
  'quarter of a MiB. What takes longer is the collection of garbage: with a million label sets the bench ' +
  `itself holds most of the heap. A server that has the text ready blocks ${cell(atHand)} ms.`;

export function scalingFigures(rows) {
  const ours = rows.filter((row) => row.isOurs);
  const all = ours.filter(({ change }) => change === 'all');
  const atHand = rows.find(({ key, change }) => key === AT_HAND && change === 'all');
  const at = (title, key, series, limit, unit) =>
    all
      .filter(({ sizes }) => sizes.includes(series))
      .map((row) => {
        const what = `${row.title}, ${counted(series)} series: ${title}`;
        const isInline = row.key === 'ours-inline' && key === 'blocked';
        const index = row.sizes.indexOf(series);
        const limitedBy = isInline ? inlineLimit(atHand.blocked[index]) : undefined;
        return atMost(what, row[key][index], limit, unit, limitedBy);
      });
  const growing = ours.filter(({ exponents }) => exponents[COST]);
  return [
    ...growing.map((row) =>
      atMost(`${row.title}: exponent of CPU over series`, row.exponents[COST], 1.1, ''),
    ),
    ...at('time to answer', 'answered', MOST, 2000, ' ms'),
    ...at('main thread blocked', 'blocked', MOST, 5, ' ms'),
    ...at('main thread blocked', 'blocked', MANY, 1, ' ms'),
    ...all.map((row) => {
      const what = `${row.title}, ${counted(row.sizes.at(-1))} series: peak memory / exposition`;
      return atMost(what, row.memory.at(-1), 3, 'x');
    }),
  ];
}

export function scalingPlots(rows) {
  const drawn = rows.filter((row) => row.isOurs || row.change === 'all');
  return QUANTITIES.filter(({ key }) => key !== 'others').map(({ key, title, unit }) => ({
    name: `scaling-${key}`,
    title: `Scrape over HTTP: ${title}`,
    x: { label: 'series', log: true },
    y: { label: unit, log: true },
    series: drawn.map((row) => ({
      title: row.title,
      points: row.sizes.map((size, i) => [size, row[key][i].median]),
    })),
  }));
}
