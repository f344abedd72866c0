/** What was kept of alerts may be damaged. One time that was none once kept a notifier from sending anything, for ever. */
import { expect, it } from 'vitest';
import { AlertmanagerMessages } from '../../src/features/alerting/notify/alertmanager.ts';
import { GroupedAlerts } from '../../src/features/alerting/notify/grouped-alerts.ts';
import { RememberedAlerts } from '../../src/features/alerting/remembered-alerts.ts';
import { LabelSet } from '../../src/promql/label-set.ts';
import { ManualClock } from '../collector/manual-clock.ts';

const sound = {
  ...{ labels: { alertname: 'A' }, annotations: {}, generatorURL: '' },
  ...{ startsAt: 1000, validFor: 60_000 },
};
const damaged = [
  { ...sound, labels: { alertname: 'B' }, startsAt: 'never' },
  { ...sound, labels: { alertname: 'B' }, resolvedAt: 1e300 },
  { ...sound, labels: { alertname: 'B' }, validFor: null },
  { ...sound, labels: { alertname: 5 } },
  { ...sound, labels: null },
  null,
];

it('an Alertmanager is told of the alerts that are sound', () => {
  const messages = new AlertmanagerMessages();
  const kept = [...damaged, sound].map((alert) => ({ alert, since: 1000 }));
  const keys = messages.restore([...kept, { alert: sound, since: 'x' }]);
  const told = JSON.parse(messages.request(keys, 1000)!.body) as (typeof sound)[];
  expect(told.map(({ labels }) => labels)).toEqual([sound.labels]);
});

it('groups have the alerts that are sound', async () => {
  const grouping = { groupBy: [], groupWait: 1, groupInterval: 10, sendResolved: true };
  const groups = new GroupedAlerts(
    { ...grouping, repeatInterval: 100 },
    new ManualClock(),
    () => {},
  );
  groups.restore([
    { labels: {}, toldAt: 'x', alerts: [{ ...sound, labels: { alertname: 'C' } }] },
    { labels: {}, toldAt: 1000, alerts: [...damaged, sound] },
  ]);
  expect(groups.notification('{}:{}')?.firing).toEqual([sound]);
});

it('alerts go on only from times that are some', () => {
  const remembered = new RememberedAlerts({ outageTolerance: 3600, gracePeriod: 600 });
  const kept = { rule: 'A', labels: {}, seenAt: 1000, activeAt: 1000 };
  remembered.restore([{ ...kept, activeAt: 'x' } as never, { ...kept, firedAt: 1e300 }]);
  const rule = { name: 'A', for: 0 } as never;
  expect(remembered.earlier(rule, LabelSet.of({}), 2000)).toBeUndefined();
  remembered.restore([kept]);
  expect(remembered.earlier(rule, LabelSet.of({}), 2000)).toEqual({ activeAt: 1000 });
});
