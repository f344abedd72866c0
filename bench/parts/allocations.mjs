/**
 * Measures how much garbage a million mixed recordings make in a warm process, and how often compiled code
 * has to be compiled anew.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../harness/child-process.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { summarise } from '../harness/statistics.mjs';
import { digits, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';

const CHILD = new URL('../children/allocations.mjs', import.meta.url);

/** The size of the young generation from the start: what it grows to in a long-lived process. MiB. */
const YOUNG_GENERATION = 16;

const ENGINE = ['--expose-gc', `--min-semi-space-size=${YOUNG_GENERATION}`];

const INPUTS = {
  id: 'inputs-alone',
  title: 'the calls left out',
  module: 'yardsticks/inputs-alone.mjs',
};

const COLUMNS = [
  { key: 'young', title: 'collections, young' },
  { key: 'old', title: 'collections, old' },
  { key: 'bytes', title: 'bytes per recording' },
  { key: 'bytesBeyond', title: 'bytes caused by it' },
  { key: 'deoptimised', title: 'deoptimisations' },
];

/** @returns the rounds of one launch, by participant */
async function launch(participants, { rounds, recordings, warmUp }) {
  const measured = Object.fromEntries(participants.map(({ id }) => [id, []]));
  const folder = await mkdtemp(join(tmpdir(), 'bench-allocations-'));
  const children = [];
  try {
    for (const { id, module } of participants) {
      const child = await startChild(CHILD, [module, folder], ENGINE);
      children.push({ id, child });
      await child.ask('warmUp', warmUp);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { id, child } of children) measured[id].push(await child.ask('round', recordings));
    }
    for (const { child } of children) await child.ask('check');
  } finally {
    await Promise.all(children.map(({ child }) => child.end()));
    await rm(folder, { recursive: true, force: true });
    probe();
  }
  return measured;
}

/** A count is mostly the same each time. */
const count = ({ median, low, high }) =>
  low === high ? digits(median) : `${digits(median)} (${digits(low)}–${digits(high)})`;

function figures(ours, inputs) {
  const beyond = ours.map((round, i) => round.young + round.old - inputs[i].young - inputs[i].old);
  const bytes = ours.map((round, i) => round.bytes - inputs[i].bytes);
  const deoptimised = ours.map((round) => round.deoptimised);
  return [
    atMost('collections beyond those of the inputs', summarise(beyond), 0, ''),
    atMost('bytes per recording beyond those of the inputs', summarise(bytes), 0, ''),
    atMost('deoptimisations after warming up', summarise(deoptimised), 0, ''),
  ];
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ launches: number, rounds: number, recordings: number, warmUp: number }} plan
 * @param {(line: string) => void} progress
 */
export async function allocations({ contenders }, plan, progress) {
  const own = contenders.map(({ id, title }) => ({ id, title, module: `contenders/${id}.mjs` }));
  const participants = [...own, INPUTS];
  const measured = Object.fromEntries(participants.map(({ id }) => [id, []]));
  for (let i = 0; i < plan.launches; i++) {
    progress(`mixed recordings, launch ${i + 1} of ${plan.launches}`);
    for (const [id, rounds] of Object.entries(await launch(participants, plan))) {
      measured[id].push(...rounds);
    }
  }
  const inputs = measured[INPUTS.id];
  const rows = participants.map(({ id, title }) => {
    const rounds = measured[id].map((round, i) => ({
      ...round,
      bytesBeyond: round.bytes - inputs[i].bytes,
    }));
    const of = (key) => summarise(rounds.map((round) => round[key]));
    return { id, title, ...Object.fromEntries(COLUMNS.map(({ key }) => [key, of(key)])) };
  });
  const head = [`${plan.recordings.toLocaleString('en')} mixed recordings`];
  head.push(...COLUMNS.map(({ title }) => title));
  const lines = rows.map((row) => [row.title, ...COLUMNS.map(({ key }) => count(row[key]))]);
  const note = `a young generation of ${YOUNG_GENERATION} MiB; the calls left out: labels and values alone`;
  return {
    rows,
    text: [table(head, lines), note].join('\n'),
    figures: measured.ours ? figures(measured.ours, inputs) : [],
  };
}
