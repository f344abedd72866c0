import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

const engine = createEngine(memorySource([]));

// Such times made a TypeError, or an empty answer.
it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])('a query at %s is refused', async (time) => {
  const refused = { name: 'QueryError', kind: 'execution' };
  await expect(engine.query('vector(1)', { time })).rejects.toMatchObject(refused);
  const range = { start: 0, end: time, step: 1 };
  await expect(engine.queryRange('vector(1)', range)).rejects.toMatchObject(refused);
});
