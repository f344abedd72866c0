import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

// A function over long windows of a single series looked at the clock only when it had done all of them, so neither
// the limit of time nor a signal ended it, and the thread did nothing else meanwhile.
it('a query of long subqueries is given up when its time is over', async () => {
  const engine = createEngine(memorySource([]), { timeout: 0.1 });
  const query = engine.query('sum_over_time(sum_over_time(vector(1)[1d:1s])[1d:1s])');
  await expect(query).rejects.toMatchObject({
    kind: 'limit',
    message: 'query timed out in query execution',
  });
});

it('and when its signal says so', async () => {
  const engine = createEngine(memorySource([]));
  const controller = new AbortController();
  const query = engine.query('sum_over_time(sum_over_time(vector(1)[1d:1s])[1d:1s])', {
    signal: controller.signal,
  });
  setImmediate(() => controller.abort());
  await expect(query).rejects.toMatchObject({ message: 'query was canceled in query execution' });
});
