/** Computes figures from the frames that a page has recorded. */
import { quantile } from '../harness/statistics.mjs';

/** @typedef {import('../frames-page/frame-loop.mjs').Frame} Frame */

const ascending = (values) => values.toSorted((a, b) => a - b);

/** Returns the times from one frame to the next, which are seen on the display. @param {Frame[]} frames */
export const frameTimes = (frames) =>
  ascending(frames.slice(1).map(({ start }, i) => start - frames[i].start));

/**
 * Returns the times from when a frame was due until the thread was free again. A thread that is held up
 * for less than a frame still meets the display's next beat: only this shows it. @param {Frame[]} frames
 */
export const busyTimes = (frames) => ascending(frames.map(({ due, free }) => free - due));

/** Says where most of a long task was spent. */
function placeOf({ start, duration }, frames) {
  const end = start + duration;
  const spent = (from, to) =>
    frames.reduce(
      (sum, frame) => sum + Math.max(0, Math.min(frame[to], end) - Math.max(frame[from], start)),
      0,
    );
  if (spent('recording', 'end') > duration / 2) return 'recording';
  return spent('start', 'recording') > duration / 2 ? 'page' : 'between';
}

/**
 * @param {{ start: number, duration: number }[]} tasks
 * @param {Frame[]} frames
 */
export function longTasksByPlace(tasks, frames) {
  const places = tasks.map((task) => placeOf(task, frames));
  const at = (place) => places.filter((one) => one === place).length;
  return {
    all: tasks.length,
    recording: at('recording'),
    page: at('page'),
    between: at('between'),
    longest: Math.max(0, ...tasks.map(({ duration }) => duration)),
  };
}

const ofTimes = (name, title) => [
  { key: `${name}.median`, title: `${title}, median`, of: (run) => quantile(run[name], 0.5) },
  {
    key: `${name}.p99`,
    title: `${title}, 99th percentile`,
    of: (run) => quantile(run[name], 0.99),
  },
  { key: `${name}.longest`, title: `${title}, longest`, of: (run) => run[name].at(-1) },
];

/** The rows of the table; `of` takes the results of one run. */
export const MEASURES = [
  ...ofTimes('frame', 'from frame to frame (ms)'),
  ...ofTimes('busy', 'main thread busy with a frame (ms)'),
  { key: 'tasks.all', title: 'long tasks', isCount: true, of: ({ tasks }) => tasks.all },
  {
    key: 'tasks.recording',
    title: '… mostly recording',
    isCount: true,
    of: ({ tasks }) => tasks.recording,
  },
  {
    key: 'tasks.page',
    title: "… mostly the page's own work",
    isCount: true,
    of: ({ tasks }) => tasks.page,
  },
  {
    key: 'tasks.between',
    title: '… outside both: collecting, or the browser',
    isCount: true,
    of: ({ tasks }) => tasks.between,
  },
  {
    key: 'tasks.longest',
    title: 'longest of them (ms)',
    isCount: true,
    of: ({ tasks }) => tasks.longest,
  },
  { key: 'exports', title: 'exports a second', isCount: true, of: (run) => run.exportsPerSecond },
];
