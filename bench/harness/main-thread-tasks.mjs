/**
 * Reads from a browser's trace what the tasks of a page's main thread took: as time that passed, and as CPU time. What
 * other programs do on the same machine adds to the first only.
 */

/** The categories that the browser must trace. */
export const CATEGORIES = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];

/**
 * A task, in milliseconds from the first mark on.
 * @typedef {{ start: number, end: number, cpu: number }} Task
 */

/**
 * @param {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number }[]} events
 * @param {string} from  the name of the mark with which it begins
 * @param {string} to  the name of the mark with which it ends
 * @returns {Task[]} in the order in which they were run
 */
export function mainThreadTasks(events, from, to) {
  const [first, last] = [from, to].map((name) => events.find((event) => event.name === name));
  if (!first || !last) throw new Error('the marks are not in the trace');
  const tasks = events.filter(
    ({ name, ph, pid, tid, ts }) =>
      name === 'RunTask' &&
      ph === 'X' &&
      pid === first.pid &&
      tid === first.tid &&
      ts >= first.ts &&
      ts < last.ts,
  );
  if (tasks.length === 0) throw new Error('there are no tasks in the trace');
  // Short tasks may have no CPU time of their own.
  return tasks
    .map(({ ts, dur = 0, tdur = 0 }) => ({
      start: (ts - first.ts) / 1000,
      end: (ts + dur - first.ts) / 1000,
      cpu: tdur / 1000,
    }))
    .sort((a, b) => a.start - b.start);
}

/**
 * Returns the CPU time from each frame to the next, with all that is done between them.
 * @param {Task[]} tasks
 * @param {number[]} starts  when each frame was called, from the first mark on
 */
export function cpuOfFrames(tasks, starts) {
  const times = [];
  let at = 0;
  for (const start of starts) {
    let cpu = 0;
    // The task in which a frame is called begins before that.
    for (; at < tasks.length && tasks[at].end < start; at++) cpu += tasks[at].cpu;
    times.push(cpu);
  }
  // What is before the first frame is no whole frame.
  return times.slice(1);
}
