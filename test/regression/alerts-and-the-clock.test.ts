/**
 * Tests that a clock that is set back neither ends alerts that fire, nor keeps it from notifiers that they are over,
 * nor lets anything wait until the clock has the earlier time again.
 */
import { expect, it } from 'vitest';
import { AlertmanagerMessages } from '../../src/features/alerting/notify/alertmanager.ts';
import { GroupedAlerts } from '../../src/features/alerting/notify/grouped-alerts.ts';
import type { NotifiedAlert } from '../../src/features/alerting/notify/notification.ts';
import { alertsToSend } from '../../src/features/alerting/sending.ts';
import { evaluatedGroup } from '../alerting/evaluated-group.ts';
import { ManualClock } from '../collector/manual-clock.ts';

const HOUR = 3_600_000;
const rulesWith = (more: object) => ({
  groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'x > 0', for: '1m', ...more }] }],
});

/** `x` is 1 all the time, but 0 at one moment. */
function firing(end: number, more = {}) {
  const samples = Array.from(
    { length: 200 },
    (_, i) => [i * 60, i * 60_000 === end ? 0 : 1] as const,
  );
  const told: NotifiedAlert[] = [];
  const config = { resendDelay: 60, externalLabels: {}, externalUrl: '' };
  const made = evaluatedGroup(rulesWith(more), [{ labels: { __name__: 'x' }, samples }], {
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

it('a pending alert fires after its time although the clock was set back', async () => {
  const { group, transitions } = firing(0);
  for (const time of [2 * HOUR, HOUR, HOUR + 60_000]) await group.evaluate(time);
  expect(transitions).toEqual(['A{} pending', 'A{} firing']);
});

it('an alert that is kept firing ends after its time although the clock was set back', async () => {
  const { group, transitions } = firing(2 * HOUR, { for: '0s', keep_firing_for: '5m' });
  await group.evaluate(2 * HOUR - 60_000);
  await group.evaluate(2 * HOUR);
  // Before the first sample there is nothing, either.
  for (const minute of [-20, -15]) await group.evaluate(minute * 60_000);
  expect(transitions).toEqual(['A{} firing', 'A{} resolved']);
});

it('notifiers hear only now and then of what is over although the clock was set back since', async () => {
  const { group, told } = firing(2 * HOUR, { for: '0s' });
  await group.evaluate(2 * HOUR - 60_000);
  await group.evaluate(2 * HOUR);
  const before = told.length;
  for (let i = 0; i < 4; i++) await group.evaluate(-HOUR + i * 10_000);
  expect(told.slice(before).map(({ resolvedAt }) => resolvedAt)).toEqual([-HOUR]);
});

const alert: NotifiedAlert = {
  ...{ labels: { alertname: 'A' }, annotations: {}, generatorURL: '' },
  ...{ startsAt: 2 * HOUR, validFor: 240_000 },
};

it.each([
  ['fires', alert, HOUR + 240_000],
  ['is over', { ...alert, resolvedAt: HOUR - 1 }, HOUR - 1],
  ['was over later than now', { ...alert, resolvedAt: 3 * HOUR }, HOUR],
])('an alert that %s has an end for an Alertmanager that is not far away', (_, given, end) => {
  const messages = new AlertmanagerMessages();
  const [{ startsAt, endsAt }] = JSON.parse(
    messages.request(messages.add([given], HOUR), HOUR)!.body,
  );
  expect(Date.parse(endsAt)).toBe(end);
  expect(Date.parse(startsAt)).toBeLessThanOrEqual(end);
});

/** A clock that can be set. */
class SetClock extends ManualClock {
  set = 0;
  override now() {
    return super.now() + this.set;
  }
}

function grouped() {
  const clock = new SetClock();
  const grouping = { groupBy: [], groupWait: 1, groupInterval: 10, sendResolved: true };
  const told: [firing: number, resolved: number][] = [];
  const groups = new GroupedAlerts({ ...grouping, repeatInterval: 100 }, clock, (key) => {
    const notification = groups.notification(key)!;
    told.push([notification.firing.length, notification.resolved.length]);
    groups.told(notification);
  });
  return { clock, groups, told };
}

it('a group of alerts goes on to be told of when the clock was set back before a restart', async () => {
  const { clock, groups, told } = grouped();
  groups.restore([{ labels: {}, toldAt: clock.now() * 1000 + 1e9, alerts: [alert] }]);
  await clock.pass(1);
  groups.add([{ ...alert, resolvedAt: clock.now() * 1000 }]);
  await clock.pass(11);
  expect(told).toEqual([[0, 1]]);
});

it('a group of alerts is told of again in time although the clock was set back', async () => {
  const { clock, groups, told } = grouped();
  groups.add([{ ...alert, validFor: 1e9 }]);
  await clock.pass(2);
  clock.set = -1e6;
  await clock.pass(130);
  expect(told).toEqual([
    [1, 0],
    [1, 0],
  ]);
});

it('alerts are not over because the clock was set forward', async () => {
  const { clock, groups, told } = grouped();
  groups.add([alert]);
  await clock.pass(2);
  clock.set = 1000;
  await clock.pass(20);
  expect(told.every(([, resolved]) => resolved === 0)).toBe(true);
  expect(groups.notification('{}:{}')?.resolved ?? []).toEqual([]);
});
