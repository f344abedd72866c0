import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

const SERIES = 5000;
const GROUPINGS = 60;
const MB = 1e6;

// What each grouping had made of the labels of a series was remembered as long as the series, for 500 groupings: that
// was a kilobyte each.
it('queries with many groupings keep little memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const used = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const series = Array.from({ length: SERIES }, (_, i) => ({
    labels: { __name__: 'x', pod: `pod-${i}`, region: 'eu-west', path: `/api/v1/things/${i}` },
    samples: [[0, i] as const],
  }));
  const engine = createEngine(memorySource(series));
  const before = used();
  for (let i = 0; i < GROUPINGS; i++) {
    await engine.query(`count(sum without (__name__, l${i}) (x))`, { time: 10 });
  }
  expect((used() - before) / MB).toBeLessThan(200);
  const { result } = await engine.query('count(x)', { time: 10 });
  expect(result).toEqual([{ metric: {}, value: [10, `${SERIES}`] }]);
});
