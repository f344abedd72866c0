import { performance } from 'node:perf_hooks';
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

/** Asks, and returns the longest time for which the thread did nothing else, in milliseconds. */
async function stall(ask: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  await ask();
  look();
  clearInterval(timer);
  return longest;
}

// Each operator of a long expression was quick, so none of them let the thread do something else.
it('a long expression over many steps lets the thread do other things', async () => {
  const engine = createEngine(memorySource([]), { timeout: 2 });
  const expr = `time()${' + time()'.repeat(300)}`;
  const query = () => engine.queryRange(expr, { start: 0, end: 1e6, step: 1 }).catch(() => {});
  expect(await stall(query)).toBeLessThan(1000);
});

it('a query that is given up while it is evaluated ends soon', async () => {
  const engine = createEngine(memorySource([]));
  const controller = new AbortController();
  const expr = `${'-('.repeat(200)}vector(1)${')'.repeat(200)}`;
  const range = { start: 0, end: 1e6, step: 1, signal: controller.signal };
  const query = engine.queryRange(expr, range);
  setImmediate(() => controller.abort());
  await expect(query).rejects.toMatchObject({ message: 'query was canceled in query execution' });
});

// All points of an answer were written in one go.
it('an answer of many points lets the thread do other things', async () => {
  const engine = createEngine(memorySource([]));
  const query = () => engine.queryRange('vector(1)', { start: 0, end: 3e6, step: 1 });
  expect(await stall(query)).toBeLessThan(700);
});
