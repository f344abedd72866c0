/**
 * Measures what telemetry does to the frames of a page: a simulation at 60 frames a second, with many
 * series that are collected and exported every second.
 */
import { checkHeld } from '../harness/check.mjs';
import { startPage } from '../harness/child-page.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { findRuntime } from '../harness/runtimes.mjs';
import { busyTimes, frameTimes, longTasksByPlace, MEASURES } from './frame-measures.mjs';
import { figures, plots, render } from './frames-report.mjs';

const PAGE = new URL('../frames-page/page.mjs', import.meta.url);

/** The time between two frames at 60 a second, in milliseconds. A run with another pace says so. */
const PACE = { least: 15.7, most: 17.7 };

/** @typedef {{ key: string, title: string, module: string, isolated: boolean, link?: string }} Participant */

/** This runs twice in each round, first and last. The machine causes the difference between these two. */
const WITHOUT = { key: 'none', title: 'no telemetry', module: 'none', isolated: true };
const AGAIN = { ...WITHOUT, key: 'none-again', title: 'no telemetry, again' };
const BASES = [WITHOUT.key, AGAIN.key];

/** What any worker that writes as much costs the frames, on a machine with so few cores. */
const AT_HAND = {
  key: 'text-at-hand',
  title: 'text at hand, in a worker',
  module: 'text-at-hand',
  isolated: true,
};

const OURS = [
  { key: 'ours', title: 'utilityfog, shared', module: 'ours', isolated: true, link: 'shared' },
  {
    key: 'ours-message',
    title: 'utilityfog, message',
    module: 'ours',
    isolated: false,
    link: 'message',
  },
];

/** @returns {Participant[]} */
const participantsOf = (contenders) => [
  WITHOUT,
  ...contenders.flatMap(({ id, title }) =>
    id === 'ours' ? OURS : [{ key: id, title, module: id, isolated: true }],
  ),
  AT_HAND,
  AGAIN,
];

/** @param {Participant} participant */
async function runPage({ module, isolated }, plan) {
  const { command } = findRuntime('chromium');
  const page = await startPage(command, PAGE, [module], [], { isolated });
  try {
    return await page.ask('run', plan);
  } finally {
    await page.end();
    probe();
  }
}

/** @param {Participant} participant */
function checkRun({ key, module, isolated, link }, run) {
  if (run.isolated !== isolated) throw new Error(`${key}: isolated is ${run.isolated}`);
  if (run.link !== link) throw new Error(`${key}: the link is ${run.link}, not ${link}`);
  if (module === 'none') return;
  if (run.exportsPerSecond === 0) throw new Error(`${key}: nothing was exported`);
  if (key === AT_HAND.key) return;
  for (const [name, held] of Object.entries(run.held)) checkHeld(held, run.expected[name]);
}

function evaluate(run) {
  const times = { frame: frameTimes(run.frames), busy: busyTimes(run.frames) };
  const { exportsPerSecond } = run;
  const tasks = longTasksByPlace(run.longTasks, run.frames);
  const measured = { ...times, tasks, exportsPerSecond };
  const values = Object.fromEntries(MEASURES.map(({ key, of }) => [key, of(measured)]));
  return { values, times };
}

/**
 * @param {Participant[]} participants
 * @param {{ rounds: number, series: number, warmUpMs: number, measuredMs: number }} plan
 * @param {(line: string) => void} progress
 */
async function measureInTurn(participants, { rounds, ...plan }, progress) {
  const results = Object.fromEntries(participants.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const participant of participants) {
      progress(`frames, round ${round + 1} of ${rounds}: ${participant.title}`);
      const run = await runPage(participant, plan);
      checkRun(participant, run);
      results[participant.key].push(evaluate(run));
    }
  }
  return results;
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ rounds: number, series: number, warmUpMs: number, measuredMs: number }} plan
 * @param {(line: string) => void} progress
 */
export async function frames({ contenders }, plan, progress) {
  const participants = participantsOf(contenders);
  const results = await measureInTurn(participants, plan, progress);
  const { rows, text } = render(participants, results, plan);
  const pace = rows.find(({ key }) => key === 'frame.median').of[WITHOUT.key].median;
  const isPaced = pace >= PACE.least && pace <= PACE.most;
  const paced = isPaced ? 'paced at 60 frames a second' : 'NOT paced at 60 frames a second';
  return {
    rows,
    text: `${text}\nheadless, ${paced}`,
    figures: figures(participants, results, BASES, AT_HAND.key),
    plots: plots(participants, results),
  };
}
