/** Shows the frames as a table, as goals and as curves. */
import { difference, quantile, summarise } from '../harness/statistics.mjs';
import { cell, table } from '../harness/table.mjs';
import { atMost, TOO_WIDE } from '../harness/verdict.mjs';
import { MEASURES } from './frame-measures.mjs';

/** @typedef {{ key: string, title: string, module: string }} Participant */

/** How much later than without telemetry a frame may be, in milliseconds. */
const TOLERATED_MS = 0.5;

/** A frame and a half. The page without telemetry stays below that on a machine that is not busy. */
const CALM_MS = 25;

/** With fewer calm rounds than this nothing is judged. */
const ENOUGH = 2;

const valuesOf = (rounds, key) => rounds.map(({ values }) => values[key]);

/** Counts may be 0, and no percentage can be taken of that. */
function countCell({ median, low, high }) {
  const [count, least, most] = [median, low, high].map((value) => String(Number(value.toFixed(1))));
  return `${count} (${least}–${most})`;
}

/**
 * @param {Participant[]} participants
 * @param {Record<string, { values: Record<string, number> }[]>} results  by participant and round
 * @param {{ series: number, measuredMs: number }} plan
 */
export function render(participants, results, { series, measuredMs }) {
  const rows = MEASURES.map(({ key, title, isCount = false }) => ({
    key,
    title,
    isCount,
    of: Object.fromEntries(
      participants.map((one) => [one.key, summarise(valuesOf(results[one.key], key))]),
    ),
  }));
  const seconds = measuredMs / 1000;
  const head = [`a page, ${series.toLocaleString('en')} series, ${seconds} s`];
  head.push(...participants.map(({ title }) => title));
  const lines = rows.map(({ title, isCount, of }) => [
    title,
    ...participants.map(({ key }) => (isCount ? countCell(of[key]) : cell(of[key]))),
  ]);
  return { rows, text: table(head, lines) };
}

/**
 * The rounds in which the page without telemetry, first and last, kept its pace. In the others the
 * machine was busy with something else, and what it did to the pages between is not known.
 */
function calmRounds(results, bases) {
  const isCalm = ({ values }) => values['tasks.all'] === 0 && values['frame.p99'] < CALM_MS;
  return results[bases[0]].flatMap((_, round) =>
    bases.every((base) => isCalm(results[base][round])) ? [round] : [],
  );
}

/**
 * @param {Participant[]} participants
 * @param {string[]} bases  the participants that the others are compared with
 * @param {string} yardstick  the participant whose worker does the least there is to do
 */
export function figures(participants, results, bases, yardstick) {
  const calm = calmRounds(results, bases);
  const isCalm = calm.length >= ENOUGH;
  const used = isCalm ? calm : results[bases[0]].map((_, round) => round);
  const values = (key, measure) => used.map((round) => results[key][round].values[measure]);
  const figure = ({ key, title }, what, measure, limit, unit) => {
    const bare = bases.map((base) => values(base, measure));
    const found = difference(values(key, measure), bare);
    const least = difference(values(yardstick, measure), bare);
    const limitedBy =
      `${title}: ${what} beyond that without: a worker that has a text at hand and puts it into ` +
      `IndexedDB once a second, and nothing else, brings ${cell(least)}${unit}. ` +
      'What is beyond that is ours.';
    const judged = atMost(`${title}: ${what} beyond that without`, found, limit, unit, limitedBy);
    return isCalm ? judged : { ...judged, verdict: TOO_WIDE };
  };
  return participants
    .filter(({ module }) => module === 'ours')
    .flatMap((one) => [
      figure(one, 'number of long tasks', 'tasks.all', 0, ''),
      figure(one, '99th percentile, frame to frame,', 'frame.p99', TOLERATED_MS, ' ms'),
      figure(one, '99th percentile, busy,', 'busy.p99', TOLERATED_MS, ' ms'),
    ]);
}

/** Percentages of frames; the last ones are where telemetry shows. */
const SHARES = [100, 90, 75, 50, 25, 10, 5, 2, 1, 0.5, 0.2, 0.1];

const curve = (times) => SHARES.map((share) => [quantile(times, 1 - share / 100), share]);

/** All rounds together: the share of frames that take longer than a time. */
export function plots(participants, results) {
  const plot = (name, title) => ({
    name: `frames-${name}`,
    title,
    x: { label: 'milliseconds', log: true },
    y: { label: 'percent of frames that take longer', log: true },
    series: participants.map((participant) => ({
      title: participant.title,
      points: curve(
        results[participant.key].flatMap(({ times }) => times[name]).sort((a, b) => a - b),
      ),
    })),
  });
  return [
    plot('frame', 'From one frame to the next'),
    plot('busy', 'How long the main thread is busy with a frame'),
  ];
}
