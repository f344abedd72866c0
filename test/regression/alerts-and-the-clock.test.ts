/** Tests that a clock that is set back neither ends alerts that fire, nor keeps it from notifiers that they are over. */
import { expect, it } from 'vitest';
import type { NotifiedAlert } from '../../src/features/alerting/notify/notification.ts';
import { alertsToSend } from '../../src/features/alerting/sending.ts';
import { evaluatedGroup } from '../alerting/evaluated-group.ts';

const HOUR = 3_600_000;
const rules = { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'x > 0', for: '1m' }] }] };

/** `x` is 1 all the time, but 0 at one moment. */
function firing(end: number) {
  const samples = Array.from(
    { length: 200 },
    (_, i) => [i * 60, i * 60_000 === end ? 0 : 1] as const,
  );
  const told: NotifiedAlert[] = [];
  const config = { resendDelay: 60, externalLabels: {}, externalUrl: '' };
  const made = evaluatedGroup(rules, [{ labels: { __name__: 'x' }, samples }], {
    evaluated: (rule, alerts, time, interval) =>
      void told.push(...alertsToSend(rule, alerts, time, interval, config as never)),
  });
  return { ...made, told };
}

it('an alert goes on firing when the clock is set back', async () => {
  const { group, transitions } = firing(0);
  for (const time of [HOUR, HOUR + 60_000, HOUR - 60_000, HOUR, HOUR + 60_000]) {
    await group.evaluate(time);
  }
  expect(transitions).toEqual(['A{} pending', 'A{} firing']);
});

it('notifiers hear that an alert is over although the clock was set back', async () => {
  const { group, transitions, told } = firing(60_000);
  await group.evaluate(HOUR);
  await group.evaluate(HOUR + 60_000);
  await group.evaluate(60_000);
  expect(transitions.at(-1)).toBe('A{} resolved');
  expect(told.map(({ resolvedAt }) => resolvedAt)).toEqual([undefined, 60_000]);
});
