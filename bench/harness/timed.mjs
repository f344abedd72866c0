import { watchMainThread } from './main-thread-watch.mjs';
import { mainThreadTime, processTime } from './thread-time.mjs';

/**
 * What some work costs in milliseconds: until it is done, CPU of the main thread and of all others,
 * and, if watched, for how long at most it keeps the main thread from anything else.
 * @template T
 * @param {() => Promise<T>} work
 * @param {{ watched?: boolean }} [options]
 */
export async function timed(work, { watched = false } = {}) {
  const start = { at: performance.now(), main: mainThreadTime().running, all: processTime() };
  const endWatch = watched ? watchMainThread() : undefined;
  const result = await work();
  const answered = performance.now() - start.at;
  const blocked = endWatch?.();
  const main = mainThreadTime().running - start.main;
  const others = Math.max(0, processTime() - start.all - main);
  return { result, figures: { answered, blocked, main: main / 1e6, others: others / 1e6 } };
}
