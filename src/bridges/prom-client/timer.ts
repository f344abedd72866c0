/**
 * Starts a clock and returns a function that returns the seconds since then. It is the clock of the application, which
 * tests of the application may have replaced.
 */
export function clock(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/** Returns labels from the start of a timer and from its end as one object. */
export function together(start?: object, end?: object): Record<string, unknown> {
  return { ...start, ...end };
}
