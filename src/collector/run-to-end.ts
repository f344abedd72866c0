/** Does work in one go that would otherwise give way between its parts. */
export function runToEnd<R>(work: Iterator<void, R>): R {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
