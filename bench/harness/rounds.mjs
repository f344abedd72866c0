/**
 * Rounds in turn: A B C, A B C, ... Whatever changes on the machine meanwhile changes it for all.
 */
import { startChild } from './child-process.mjs';
import { countSlices } from './quiet-share.mjs';
import { ratio, summarise } from './statistics.mjs';

/**
 * @typedef {object} Participant
 * @property {string} key
 * @property {string} module
 * @property {string} work
 * @property {URL} [bench]  The folder of another version, with a bench/ like this one.
 */

/**
 * @typedef {object} Plan
 * @property {number} launches  How often the processes are started anew: the engine does not
 *   compile the same code the same way each time, and rounds of one process cannot show that.
 * @property {number} rounds  In each launch.
 * @property {number} sliceMs  How long a stretch of the work is timed at a time.
 * @property {number} warmUpMs
 * @property {number} quietNs  What the loop that finds a quiet core takes at best.
 * @property {string} [runtime]
 */

/**
 * Nanoseconds of one operation: the call, and CPU time of its thread with what it put off.
 * @typedef {{ ns: number, cpuNs: number, quiet: boolean, slices: { quiet: number, all: number } }} Round
 */

const BENCH = new URL('../', import.meta.url);

/** If fewer rounds than this had a quiet core, the others are used, too. */
const ENOUGH = 5;

/**
 * Each participant is a process of its own that stays for a launch, so that it is warm and has
 * learned only from its own calls.
 * @param {Participant[]} participants
 * @param {Plan} plan
 * @param {{ mixed?: boolean }} [options]  mixed: first let each process do its other works as well
 * @returns {Promise<Record<string, Round[]>>}
 */
export async function measureInTurn(participants, plan, { mixed = false } = {}) {
  const measured = Object.fromEntries(participants.map(({ key }) => [key, []]));
  for (let launch = 0; launch < plan.launches; launch++) {
    const children = [];
    try {
      for (const { key, module, work, bench = BENCH } of participants) {
        const script = new URL('children/loop.mjs', bench);
        const child = await startChild(script, [module, work], [], plan.runtime);
        children.push({ key, child });
        await child.ask('prepare', { ...plan, mixed });
      }
      for (let round = 0; round < plan.rounds; round++) {
        for (const { key, child } of children) {
          const measuredRound = await child.ask('round');
          countSlices(measuredRound.slices);
          measured[key].push(measuredRound);
        }
      }
      for (const { child } of children) await child.ask('check');
    } finally {
      await Promise.all(children.map(({ child }) => child.end()));
    }
  }
  return measured;
}

/**
 * @param {Round[]} rounds
 * @param {'ns' | 'cpuNs'} key
 */
export function summariseRounds(rounds, key) {
  const quiet = rounds.filter((round) => round.quiet);
  const used = quiet.length >= ENOUGH ? quiet : rounds;
  return { ...summarise(used.map((round) => round[key])), quiet: quiet.length / rounds.length };
}

/**
 * @param {Round[]} numerators
 * @param {Round[]} denominators
 * @param {'ns' | 'cpuNs'} key
 */
export function ratioOfRounds(numerators, denominators, key) {
  const all = numerators.map((round, i) => [round, denominators[i]]);
  const quiet = all.filter(([a, b]) => a.quiet && b.quiet);
  const used = quiet.length >= ENOUGH ? quiet : all;
  return ratio(
    used.map(([a]) => a[key]),
    used.map(([, b]) => b[key]),
  );
}
