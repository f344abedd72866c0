/** Measures what one call costs the thread that makes it. */
import { measureInTurn, ratioOfRounds, summariseRounds } from '../harness/rounds.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast, atMost, winner } from '../harness/verdict.mjs';

const CELLS = 'yardsticks/cells.mjs';
const BARE = 'bare-cell';
const ALL_CELLS = [
  BARE,
  'bare-store',
  'kept-integer',
  'kept-double',
  'atomics-add',
  'compare-and-swap',
  'sequence-lock',
];

const WALK = 'label-walk';

/** The yardsticks by name. All others are cells. */
const MODULES = { [WALK]: 'yardsticks/label-walk.mjs' };

export const WORKS = [
  { work: 'increment', title: 'increment' },
  { work: 'increment-1', title: 'increment, 2 labels: the same set', yardsticks: [BARE, WALK] },
  { work: 'increment-16', title: 'increment, 2 labels: 16 sets in turn' },
  { work: 'increment-1000', title: 'increment, 2 labels: 1,000 sets in turn' },
  { work: 'increment-cut', title: 'increment, 2 labels cut from a line' },
  { work: 'increment-bound', title: 'increment, bound', yardsticks: ALL_CELLS },
  { work: 'increment-bound-16', title: 'increment, 16 bound in turn' },
  { work: 'observe', title: 'observe, 11 buckets' },
  { work: 'observe-bound', title: 'observe, bound' },
  { work: 'observe-labels', title: 'observe, 2 labels: 16 sets in turn' },
  { work: 'observe-native', title: 'observe, native buckets' },
  { work: 'observe-native-bound', title: 'observe, native buckets, bound' },
  { work: 'gauge-set', title: 'gauge set' },
  { work: 'gauge-set-bound', title: 'gauge set, bound' },
  { work: 'increment', title: 'increment *', mixed: true },
  { work: 'increment-bound', title: 'increment, bound *', mixed: true },
  { work: 'increment-16', title: 'increment, 2 labels: 16 sets *', mixed: true },
];

/** Works that must cost no more than the bare cell. */
const AS_BARE = ['increment', 'increment-bound', 'gauge-set', 'gauge-set-bound'];

/** How many times as long as ours the fastest peer must take. */
const FASTER_THAN_PEERS = {
  'increment-bound': 30,
  'gauge-set-bound': 30,
  'increment-1': 20,
  'increment-16': 5,
  'increment-1000': 4,
  observe: 15,
  'observe-bound': 15,
  'observe-labels': 8,
  'observe-native': 10,
};

/** How many times as long as with classic buckets an observation with native ones may take. */
const NATIVE_TO_CLASSIC = 1.5;

const STORE =
  'A bound increment is an addition, a comparison that refuses what a counter does not take, and a ' +
  'store. How much of that shows beside the bare store depends on what the engine makes of it.';

const LOOK_UPS =
  'An increment with labels follows the names of an object and looks up each value in a hash table: ' +
  'two look-ups here. The peers make a text of the labels and look that up once; the faster an ' +
  'engine joins texts, the closer they come.';

/** What limits the row with the same labels each time. */
const walkLimit = ({ title, fastestPeer, peerToWalk }) =>
  `${title}: to follow the two labels of a literal and to compare their values with those of the ` +
  'last time, without finding or storing anything, is the least that a call can do that checks what ' +
  `it is given. ${fastestPeer} takes ${ratioCell(peerToWalk)} the time of that.`;

/** What limits the rows of a histogram. */
const cellsLimit = ({ title, fastestPeer, peerToYardstick }) =>
  `${title}: an observation is in two cells, the sum and the count of its bucket, and that bucket has ` +
  `to be found. ${fastestPeer} takes ${(peerToYardstick.median / 2).toFixed(1)}x the time of two bare cells.`;

const LIMITED_BY = {
  'increment-bound': STORE,
  'increment-16': LOOK_UPS,
  'increment-1000': LOOK_UPS,
};

async function measureWork({ work, yardsticks = [BARE], mixed }, contenders, plan) {
  const participants = [
    ...contenders
      .filter(({ lacks = [] }) => !lacks.includes(work))
      .map(({ id }) => ({ key: id, module: `contenders/${id}.mjs`, work })),
    ...yardsticks.map((name) => ({ key: name, module: MODULES[name] ?? CELLS, work: name })),
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
  const cells = rows.find((row) => row.yardsticks === ALL_CELLS);
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
  const peers = Object.keys(ns).filter((key) => key !== 'ours' && !yardsticks.includes(key));
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
    peerToYardstick: times(fastest, BARE),
    oursToWalk: times('ours', WALK),
    peerToWalk: times(fastest, WALK),
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
  const { ns, oursToWalk } = rows.find((row) => row.ns[WALK]);
  const notes = [
    `2 labels followed and compared, and nothing else (ns): ${cell(ns[WALK])}; ours / that: ${ratioCell(oursToWalk)}`,
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

/** The ratio of what was not measured in the same rounds: as wide as the spread of both allows. */
const ratioApart = (a, b) => ({
  median: a.median / b.median,
  low: a.low / b.high,
  high: a.high / b.low,
});

function limitOf(row) {
  if (row.peerToWalk) return walkLimit(row);
  return row.work === 'observe' ? cellsLimit(row) : LIMITED_BY[row.work];
}

function figures(rows) {
  const alone = rows.filter((row) => !row.mixed);
  const asBare = alone.filter((row) => AS_BARE.includes(row.work));
  const withPeers = alone.filter((row) => FASTER_THAN_PEERS[row.work] && row.peerToOurs);
  const ns = (work) => alone.find((row) => row.work === work)?.ns.ours;
  const native = ns('observe-native-bound');
  return [
    ...(native
      ? [
          atMost(
            'observe, bound: native buckets / 11 classic ones',
            ratioApart(native, ns('observe-bound')),
            NATIVE_TO_CLASSIC,
            'x',
          ),
        ]
      : []),
    ...asBare.map((row) =>
      atMost(`${row.title} / bare cell`, row.oursToYardstick, 1, 'x', LIMITED_BY[row.work]),
    ),
    ...withPeers.map((row) => {
      const title = `${row.title}: ${row.fastestPeer} / ours`;
      return atLeast(title, row.peerToOurs, FASTER_THAN_PEERS[row.work], 'x', limitOf(row));
    }),
  ];
}
