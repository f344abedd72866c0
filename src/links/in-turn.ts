/**
 * Workers of one realm that start at the same time. Where a hundred do, each is so slow that none
 * answers before its deadline.
 */
const AT_ONCE = 4;

let free = AT_ONCE;
const waiting: (() => void)[] = [];

/** @param start calls `done` as soon as the next may start; that it has ended says so, too */
export async function inTurn<T>(start: (done: () => void) => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  let isDone = false;
  const done = () => {
    if (isDone) return;
    isDone = true;
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return start(done).finally(done);
}
