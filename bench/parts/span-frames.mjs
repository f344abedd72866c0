/**
 * Measures what 10,000 spans a second do to the frames of a page: with tracing of ours, and with OpenTelemetry's SDK and
 * its BatchSpanProcessor. Both send them by OTLP to a server.
 */
import { startPage } from '../harness/child-page.mjs';
import { CATEGORIES, cpuOfFrames, mainThreadTasks } from '../harness/main-thread-tasks.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { findRuntime } from '../harness/runtimes.mjs';
import { difference, quantile, ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';
import { busyTimes, frameTimes } from './frame-measures.mjs';

const PAGE = new URL('../spans-page/page.mjs', import.meta.url);

/** How much later than without tracing a frame may be, and how much more CPU time it may take. Milliseconds. */
const TOLERATED_MS = 0.5;
/** From so many milliseconds on, the browser calls a task long. */
const LONG_MS = 50;

/** @typedef {{ key: string, title: string, module: string, isolated: boolean }} Participant */

/** @type {Participant[]} */
const PARTICIPANTS = [
  { key: 'none', title: 'no tracing', module: 'none', isolated: true },
  { key: 'ours', title: 'utilityfog, shared', module: 'ours', isolated: true },
  { key: 'ours-message', title: 'utilityfog, message', module: 'ours', isolated: false },
  { key: 'opentelemetry', title: 'opentelemetry', module: 'opentelemetry', isolated: true },
  { key: 'none-again', title: 'no tracing, again', module: 'none', isolated: true },
];
const BASES = ['none', 'none-again'];

const MEASURES = [
  { key: 'frame.cpu.mean', title: 'CPU time from frame to frame (ms), mean' },
  { key: 'frame.cpu.median', title: 'CPU time from frame to frame (ms), median' },
  { key: 'frame.cpu.p99', title: 'CPU time from frame to frame (ms), 99th percentile' },
  { key: 'task.cpu.longest', title: 'CPU time of the longest task (ms)' },
  { key: 'tasks.cpu', title: 'tasks with more than 50 ms of CPU time', isCount: true },
  { key: 'tasks.long', title: 'tasks that took more than 50 ms', isCount: true },
  { key: 'busy.p99', title: 'main thread busy with a frame (ms), 99th percentile' },
  { key: 'frame.p99', title: 'from frame to frame (ms), 99th percentile' },
  { key: 'spans', title: 'spans a second' },
];

/** @param {Participant} participant */
async function runPage({ module, isolated }, plan) {
  const { command } = findRuntime('chromium');
  const page = await startPage(command, PAGE, [module], [], { isolated });
  try {
    return await page.askTraced('run', plan, CATEGORIES);
  } finally {
    await page.end();
    probe();
  }
}

/** @param {Participant} participant */
function checkRun({ key, module, isolated }, { isolated: is, link, made, sent }) {
  if (is !== isolated) throw new Error(`${key}: isolated is ${is}`);
  const expected = isolated ? 'shared' : 'message';
  if (module === 'ours' && link !== expected) throw new Error(`${key}: the link is ${link}`);
  if (module !== 'none' && sent !== made) throw new Error(`${key}: ${sent} of ${made} were sent`);
}

function evaluate({ from, frames, longTasks, spansPerSecond }, events) {
  const tasks = mainThreadTasks(events, 'measured from', 'measured to');
  const starts = frames.map(({ start }) => start - from);
  const frameCpu = cpuOfFrames(tasks, starts).toSorted((a, b) => a - b);
  return {
    'frame.cpu.mean': frameCpu.reduce((sum, cpu) => sum + cpu, 0) / frameCpu.length,
    'frame.cpu.median': quantile(frameCpu, 0.5),
    'frame.cpu.p99': quantile(frameCpu, 0.99),
    'task.cpu.longest': Math.max(...tasks.map((task) => task.cpu)),
    'tasks.cpu': tasks.filter((task) => task.cpu > LONG_MS).length,
    'tasks.long': longTasks.length,
    'busy.p99': quantile(busyTimes(frames), 0.99),
    'frame.p99': quantile(frameTimes(frames), 0.99),
    spans: spansPerSecond,
  };
}

/** A figure that must not be more than that without tracing, plus a limit. */
function figure({ key, title }, what, measure, limit, unit, valuesOf) {
  const bases = BASES.map((base) => valuesOf(base, measure));
  const found = difference(valuesOf(key, measure), bases);
  return atMost(`${title}: ${what} beyond that without`, found, limit, unit);
}

function render(results, { measuredMs }) {
  const valuesOf = (key, measure) => results[key].map((values) => values[measure]);
  const rows = MEASURES.map(({ key, title, isCount = false }) => ({
    key,
    title,
    isCount,
    of: Object.fromEntries(PARTICIPANTS.map((one) => [one.key, summarise(valuesOf(one.key, key))])),
  }));
  const head = [`a page, 167 spans a frame, ${measuredMs / 1000} s`];
  const lines = rows.map(({ title, isCount, of }) => [
    title,
    ...PARTICIPANTS.map(({ key }) => (isCount ? String(of[key].median) : cell(of[key]))),
  ]);
  const text = table([...head, ...PARTICIPANTS.map(({ title }) => title)], lines);
  const bare = BASES.map((base) => valuesOf(base, 'frame.cpu.mean'));
  const beyond = (key) =>
    valuesOf(key, 'frame.cpu.mean').map((ms, round) => ms - (bare[0][round] + bare[1][round]) / 2);
  const ratios = ['ours', 'ours-message'].map((key) => {
    const { title } = PARTICIPANTS.find((one) => one.key === key);
    const found = ratio(beyond('opentelemetry'), beyond(key));
    return `CPU time beyond that without tracing, mean: opentelemetry / ${title}: ${ratioCell(found)}`;
  });
  const figures = PARTICIPANTS.filter(({ module }) => module === 'ours').flatMap((one) => [
    figure(one, '10,000 spans a second, tasks of 50 ms CPU', 'tasks.cpu', 0, '', valuesOf),
    ...[
      ['from frame to frame, 99th percentile,', 'frame.p99'],
      ['CPU of a frame, 99th percentile,', 'frame.cpu.p99'],
    ].map(([what, measure]) =>
      figure(one, `10,000 spans a second, ${what}`, measure, TOLERATED_MS, ' ms', valuesOf),
    ),
  ]);
  return { rows, text: [text, ...ratios].join('\n'), figures };
}

/**
 * @param {object} _options
 * @param {{ rounds: number, warmUpMs: number, measuredMs: number }} plan
 * @param {(line: string) => void} progress
 */
export async function spanFrames(_options, { rounds, ...plan }, progress) {
  const results = Object.fromEntries(PARTICIPANTS.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const participant of PARTICIPANTS) {
      progress(`spans, round ${round + 1} of ${rounds}: ${participant.title}`);
      const { reply, events } = await runPage(participant, plan);
      checkRun(participant, reply);
      results[participant.key].push(evaluate(reply, events));
    }
  }
  return render(results, plan);
}
