import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

/** Asks, and returns how often the thread could do other things meanwhile. */
async function turnsDuring(ask: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let hasEnded = false;
  const turn = () => {
    turns++;
    if (!hasEnded) setImmediate(turn);
  };
  setImmediate(turn);
  await ask();
  hasEnded = true;
  return turns;
}

// Each operator of a long expression was quick, so none of them let the thread do something else.
it('a long expression over many steps lets the thread do other things', async () => {
  const engine = createEngine(memorySource([]));
  const expr = `time()${' + time()'.repeat(300)}`;
  const controller = new AbortController();
  const range = { start: 0, end: 1e6, step: 1, signal: controller.signal };
  let turns = 0;
  const turn = () => {
    if (++turns < 30) setImmediate(turn);
    else controller.abort();
  };
  setImmediate(turn);
  await engine.queryRange(expr, range).catch(() => {});
  expect(turns).toBe(30);
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
  const query = (expr: string) => () => engine.queryRange(expr, { start: 0, end: 3e6, step: 1 });
  const turns = await turnsDuring(query('vector(1)'));
  // The same evaluation without an answer takes three; more if the thread had to wait for others meanwhile.
  let fewest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    fewest = Math.min(fewest, await turnsDuring(query('vector(1) > 1')));
  }
  expect(turns).toBeGreaterThan(3 * fewest);
});
