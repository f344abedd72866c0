/**
 * Tells how the main thread spent its time: running, or ready to run and waiting for a core. On a machine
 * that is busy with something else the second grows, and a stopwatch cannot tell the two apart.
 */
import { startClock } from './clock.mjs';

/** @typedef {{ running: number, waiting: number }} ThreadTime  Nanoseconds since the start. */

const { process } = globalThis;

const VOLUNTARY = process && Buffer.from('\nvoluntary_ctxt_switches:');

/** @param {string} name */
async function openIfThere(name) {
  if (!process) return undefined;
  const { ProcFile } = await import('./proc-file.mjs');
  try {
    return new ProcFile(name);
  } catch {
    return undefined;
  }
}

const schedstat = await openIfThere('schedstat');
const status = await openIfThere('status');

/** @returns {ThreadTime} */
function fromSchedstat() {
  // Asking for the usage brings the figures of the running thread up to date. The file alone is as old as
  // the last tick of the scheduler, which may be 4 ms.
  process.cpuUsage();
  schedstat.read();
  return { running: schedstat.next(), waiting: schedstat.next() };
}

/** Newer Node versions on other systems: the CPU time alone. @returns {ThreadTime} */
function fromNode() {
  const { user, system } = process.threadCpuUsage();
  return { running: (user + system) * 1000, waiting: 0 };
}

/** @returns {ThreadTime} */
const unknown = () => ({ running: Number.NaN, waiting: 0 });

/**
 * Returns the time of the main thread, in whatever thread it is called. It takes some microseconds: keep it
 * out of loops.
 */
export const mainThreadTime = schedstat
  ? fromSchedstat
  : process?.threadCpuUsage
    ? fromNode
    : unknown;

/**
 * Returns how often the main thread has gone to sleep by itself, for a lock or for lack of work. NaN if the
 * system does not say.
 */
export function timesAsleep() {
  if (!status) return Number.NaN;
  status.read();
  status.skip(VOLUNTARY);
  return status.next();
}

/**
 * Returns the CPU time of the whole process in nanoseconds: of every thread, those of the engine included.
 */
export function processTime() {
  if (!process) return Number.NaN;
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * A stopwatch that stands still while the thread waits for a core. Waiting for other threads of the
 * same process does count: a garbage collection that halts the thread is part of the work.
 * @returns {() => number} nanoseconds since the call
 */
export function startStopwatch() {
  const before = mainThreadTime();
  const elapsed = startClock();
  return () => {
    const ns = elapsed();
    const after = mainThreadTime();
    const waiting = after.waiting - before.waiting;
    if (waiting === 0) return ns;
    // A thread may lose its core between the clock and the figures. It then waits outside of `ns`, so it
    // took at least the time that it ran.
    return Math.min(ns, Math.max(ns - waiting, after.running - before.running));
  };
}
