import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

const SERIES = 6000;
const series = Array.from({ length: SERIES }, (_, i) => ({
  labels: { __name__: 'x', pod: `${i}` },
  samples: [[0, i] as const, [60, i] as const],
}));
const engine = createEngine(memorySource(series));
const times = { start: 0, end: 60, step: 60 };
const early = '(x and on() (vector(time()) < 30))';
const late = '(x and on() (vector(time()) >= 30))';

// Each series of one side was paired with each of the other, whether they had samples at the same time or not: so many
// pairs had no room in memory.
it('series that never have a sample at the same time are no pairs', async () => {
  for (const matching of ['on()', 'on() group_left()']) {
    const { result } = await engine.queryRange(`${early} + ${matching} ${late}`, times);
    expect(result).toEqual([]);
  }
});

it('series whose partner changes have the sums of all partners', async () => {
  const few = createEngine(
    memorySource([
      {
        labels: { __name__: 'many', pod: 'a' },
        samples: [
          [0, 1],
          [60, 2],
          [120, 3],
        ],
      },
      {
        labels: { __name__: 'one', old: 'yes' },
        samples: [
          [0, 10],
          [60, 'stale'],
        ],
      },
      {
        labels: { __name__: 'one', old: 'no' },
        samples: [
          [60, 20],
          [120, 30],
        ],
      },
    ]),
  );
  const range = { start: 0, end: 120, step: 60 };
  expect((await few.queryRange('many + on() one', range)).result).toEqual([
    {
      metric: {},
      values: [
        [0, '11'],
        [60, '22'],
        [120, '33'],
      ],
    },
  ]);
  expect((await few.queryRange('many + on() group_left(old) one', range)).result).toEqual([
    {
      metric: { old: 'no', pod: 'a' },
      values: [
        [60, '22'],
        [120, '33'],
      ],
    },
    { metric: { old: 'yes', pod: 'a' }, values: [[0, '11']] },
  ]);
});
