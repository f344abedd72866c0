/** Rules with very many alerts or series once held up everything else in their thread until all were looked at. */
import { expect, it } from 'vitest';
import { evaluatedGroup } from '../alerting/evaluated-group.ts';

const series = Array.from({ length: 5000 }, (_, i) => ({
  labels: { __name__: 'x', i: String(i) },
  samples: [[0, 1] as const],
}));

/** Resolves to how many times the event loop has turned while a rule was evaluated. */
async function turnsWith(rule: object): Promise<number> {
  const { group, stored } = evaluatedGroup({ groups: [{ name: 'g', rules: [rule] }] }, series);
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await group.evaluate(1000);
  isOver = true;
  expect(stored[0]!.samples.length).toBeGreaterThanOrEqual(1);
  return turns;
}

it('a rule with many alerts lets the event loop turn', async () => {
  const few = await turnsWith({ alert: 'A', expr: 'count(x)' });
  const annotations = { summary: '{{ $labels.i }} is {{ $value | humanize }}' };
  expect(await turnsWith({ alert: 'A', expr: 'x', annotations })).toBeGreaterThan(few + 5);
});

it('a rule that records many series does so, too', async () => {
  const labels = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`l${i}`, 'v']));
  const few = await turnsWith({ record: 'y', expr: 'count(x)', labels });
  expect(await turnsWith({ record: 'y', expr: 'x', labels })).toBeGreaterThan(few + 5);
});
