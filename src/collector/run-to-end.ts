/** Work that gives way between its parts, done in one go. */
export function runToEnd<R>(work: Iterator<void, R>): R {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
