/**
 * How the main thread spent its time: running, or ready to run and waiting for a core. A machine
 * that is busy with something else makes the second grow, and a stopwatch cannot tell the two apart.
 */
import { readFileSync } from 'node:fs';

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;

/** @typedef {{ running: number, waiting: number }} ThreadTime  Nanoseconds since the start. */

/** @returns {ThreadTime} */
function fromSchedstat() {
  const [running, waiting] = readFileSync(SCHEDSTAT, 'latin1').split(' ');
  return { running: Number(running), waiting: Number(waiting) };
}

/** Newer Node versions on other systems: the CPU time alone. @returns {ThreadTime} */
function fromNode() {
  const { user, system } = process.threadCpuUsage();
  return { running: (user + system) * 1000, waiting: 0 };
}

/** @returns {ThreadTime} */
const unknown = () => ({ running: Number.NaN, waiting: 0 });

function choose() {
  try {
    fromSchedstat();
    return fromSchedstat;
  } catch {
    return process.threadCpuUsage ? fromNode : unknown;
  }
}

/** Of the main thread, wherever it is called. Takes some 15 microseconds: keep it out of loops. */
export const mainThreadTime = choose();

/** CPU time of the whole process in nanoseconds: every thread, those of the engine included. */
export function processTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/**
 * A stopwatch that stands still while the thread waits for a core. Waiting for other threads of the
 * same process does count: a garbage collection that halts the thread is part of the work.
 * @returns {() => number} nanoseconds since the call
 */
export function startStopwatch() {
  const { waiting } = mainThreadTime();
  const start = process.hrtime.bigint();
  return () => {
    const elapsed = Number(process.hrtime.bigint() - start);
    return Math.max(0, elapsed - (mainThreadTime().waiting - waiting));
  };
}
