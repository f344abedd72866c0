/**
 * What one call costs the thread that makes it.
 */
import { measureInTurn, ratioOfRounds, summariseRounds } from '../harness/rounds.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast, atMost, winner } from '../harness/verdict.mjs';

const CELLS = 'yardsticks/cells.mjs';
const BARE = 'bare-cell';
const ALL_CELLS = [
  BARE,
  'kept-integer',
  'kept-double',
  'atomics-add',
  'compare-and-swap',
  'sequence-lock',
];

export const WORKS = [
  { work: 'increment', title: 'increment' },
  { work: 'increment-1', title: 'increment, 2 labels: the same set' },
  { work: 'increment-16', title: 'increment, 2 labels: 16 sets in turn' },
  { work: 'increment-1000', title: 'increment, 2 labels: 1,000 sets in turn' },
  { work: 'increment-cut', title: 'increment, 2 labels cut from a line' },
  { work: 'increment-bound', title: 'increment, bound', yardsticks: ALL_CELLS },
  { work: 'increment-bound-16', title: 'increment, 16 bound in turn' },
  { work: 'observe', title: 'observe, 11 buckets' },
  { work: 'observe-bound', title: 'observe, bound' },
  { work: 'observe-labels', title: 'observe, 2 labels: 16 sets in turn' },
  { work: 'gauge-set', title: 'gauge set' },
  { work: 'increment', title: 'increment *', mixed: true },
  { work: 'increment-bound', title: 'increment, bound *', mixed: true },
  { work: 'increment-16', title: 'increment, 2 labels: 16 sets *', mixed: true },
];

/** The rows that the figure for labels is about. */
const WITH_LABELS = ['increment-1', 'increment-16', 'increment-1000'];

const BOUND_LIMITED_BY =
  'A bound increment is an addition, a comparison that refuses what a counter does not take, and a ' +
  'store. How much of that shows beside the bare store depends on what the engine makes of it.';

const LABELS_LIMITED_BY =
  'An increment with labels follows the names of an object and looks up each value in a hash table: ' +
  'two look-ups here. The peers make a text of the labels and look that up once; the faster an ' +
  'engine joins texts, the closer they come.';

async function measureWork({ work, yardsticks = [BARE], mixed }, contenders, plan) {
  const participants = [
    ...contenders
      .filter(({ lacks = [] }) => !lacks.includes(work))
      .map(({ id }) => ({ key: id, module: `contenders/${id}.mjs`, work })),
    ...yardsticks.map((name) => ({ key: name, module: CELLS, work: name })),
  ];
  return measureInTurn(participants, plan, { mixed });
}

/**
 * @param {{ contenders: { id: string, title: string, lacks?: string[] }[] }} options
 * @param {import('../harness/rounds.mjs').Plan} plan
 * @param {(line: string) => void} progress
 */
export async function hotPath({ contenders }, plan, progress) {
  const rows = [];
  for (const described of WORKS) {
    progress(described.title);
    const rounds = await measureWork(described, contenders, plan);
    rows.push(evaluate(described, rounds));
  }
  const cells = rows.find((row) => row.yardsticks.length > 1);
  return {
    rows,
    text: [render(rows, contenders), renderCells(cells)].join('\n\n'),
    figures: contenders.some(({ id }) => id === 'ours') ? figures(rows) : [],
  };
}

function evaluate({ work, title, yardsticks = [BARE], mixed = false }, rounds) {
  const ns = Object.fromEntries(
    Object.entries(rounds).map(([key, measured]) => [key, summariseRounds(measured, 'ns')]),
  );
  const peers = Object.keys(ns).filter((key) => key !== 'ours' && !ALL_CELLS.includes(key));
  const fastest = peers.sort((a, b) => ns[a].median - ns[b].median)[0];
  const times = (a, b) => rounds[a] && rounds[b] && ratioOfRounds(rounds[a], rounds[b], 'ns');
  return {
    work,
    title,
    mixed,
    yardsticks,
    ns,
    fastestPeer: fastest,
    oursToYardstick: times('ours', BARE),
    peerToOurs: times(fastest, 'ours'),
  };
}

function render(rows, contenders) {
  const head = ['work (ns)', ...contenders.map(({ title }) => title), 'bare cell'];
  head.push('ours / bare cell', 'fastest peer / ours', 'faster');
  const lines = rows.map((row) => [
    row.title,
    ...contenders.map(({ id }) => cell(row.ns[id])),
    cell(row.ns[BARE]),
    ratioCell(row.oursToYardstick),
    ratioCell(row.peerToOurs),
    row.peerToOurs ? winner('ours', row.fastestPeer, row.peerToOurs) : '–',
  ]);
  const notes = [
    '* in a process that has done all the other work before, so that the engine has seen every call',
  ];
  return [table(head, lines), ...notes].join('\n');
}

function renderCells({ ns }) {
  const lines = ALL_CELLS.map((key) => [
    key,
    cell(ns[key]),
    `${(ns[key].median / ns[BARE].median).toFixed(1)}x`,
  ]);
  return table(['ways to write a cell (ns)', 'one step', 'of the bare cell'], lines);
}

function figures(rows) {
  const bound = rows.find((row) => row.work === 'increment-bound' && !row.mixed);
  const labelled = rows.filter((row) => WITH_LABELS.includes(row.work) && !row.mixed);
  return [
    atMost('bound increment / bare cell store', bound.oursToYardstick, 2, 'x', BOUND_LIMITED_BY),
    ...labelled
      .filter((row) => row.peerToOurs)
      .map((row) =>
        atLeast(
          `${row.title}: ${row.fastestPeer} / ours`,
          row.peerToOurs,
          3,
          'x',
          LABELS_LIMITED_BY,
        ),
      ),
  ];
}
