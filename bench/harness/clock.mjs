/** The finest clock of the runtime: nanoseconds in a process, and 5 µs in an isolated page. */

/** @returns {() => number} nanoseconds since the call */
function startHighResolution() {
  const start = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - start);
}

/** @returns {() => number} nanoseconds since the call */
function startPerformance() {
  const start = performance.now();
  return () => (performance.now() - start) * 1e6;
}

export const startClock = globalThis.process?.hrtime ? startHighResolution : startPerformance;
