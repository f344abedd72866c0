/** Many heavy queries at once once held up everything else in their thread for as long as their slices took together. */
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

const samples = Array.from({ length: 3600 }, (_, i) => [i, i] as const);
const series = Array.from({ length: 20 }, (_, i) => ({
  labels: { __name__: 'x', i: String(i) },
  samples,
}));

/** Resolves to how many times the event loop has turned until so many queries were answered. */
async function turnsWith(queries: number): Promise<number> {
  const engine = createEngine(memorySource(series));
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const range = { start: 0, end: 3600, step: 3 };
  const expr = 'sum(stddev_over_time(x[20m]))';
  await Promise.all(Array.from({ length: queries }, () => engine.queryRange(expr, range)));
  isOver = true;
  return turns;
}

it('queries that run at the same time let the event loop turn between the slices of each', async () => {
  await turnsWith(1);
  const alone = await turnsWith(1);
  expect(alone).toBeGreaterThan(10);
  expect(await turnsWith(12)).toBeGreaterThan(4 * alone);
});
