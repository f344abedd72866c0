/** Tests alerts through the public interface: from a metric to those who are told. */
import type { AlertReport, TelemetryCollector } from 'utilityfog-telemetry';
import {
  type AlertingOptions,
  alerting,
  alertmanager,
  browserNotifications,
  consoleNotifier,
  webhook,
} from 'utilityfog-telemetry/alerting';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errors, LINKS, logOf, makeCollector, samplesOf } from '../collectors.ts';
import { receiver, status } from '../exporters/http-server.ts';
import { makeFolder } from '../folder.ts';
import { alertmanagerPath, requirePart } from '../parts.ts';
import { startAlertmanager } from './alertmanager-server.ts';

const RULES = `groups:
  - name: queue
    interval: 100ms
    rules:
      - record: queue:max
        expr: max by (zone) (queue_size)
      - alert: QueueFull
        expr: queue:max > 5
        for: 100ms
        labels: {severity: page}
        annotations: {summary: 'there are {{ $value }} in {{ $labels.zone }}'}
`;

/** Makes a collector that evaluates rules, and a list of what the hook was told. */
function watched(options: AlertingOptions, more: object = {}) {
  const feature = alerting({ interval: 0.1, ...options });
  const collector = makeCollector({
    use: [history(), promql(), feature],
    collectionInterval: 0.05,
    ...more,
  });
  const told: AlertReport[] = [];
  collector.addHook('alert', (alert) => void told.push(alert));
  const size = collector.registerGauge('queue_size', '', { labelNames: ['zone'] });
  const states = () => told.map(({ labels, state }) => `${labels.zone} ${state}`);
  return { collector, told, states, size, api: collector.feature(feature) };
}

describe.each(LINKS)('an alert, %s link', (link) => {
  it('is pending, fires and is over', async () => {
    const { collector, told, states, size, api } = watched(
      { rules: RULES },
      { link, labels: { app: 'shop' } },
    );
    await collector.startCollection();
    size.set(1, { zone: 'b' });
    size.set(9, { zone: 'a' });
    await expect.poll(states).toEqual(['a pending', 'a firing']);
    expect(told[1]).toEqual({
      name: 'QueueFull',
      state: 'firing',
      labels: { alertname: 'QueueFull', severity: 'page', zone: 'a' },
      annotations: { summary: 'there are 9 in a' },
      value: 9,
      activeAt: told[0]!.activeAt,
    });
    expect(await api.alerts()).toMatchObject([
      { labels: { zone: 'a' }, state: 'firing', value: '9e+00' },
    ]);
    const recorded = await samplesOf(collector, 'queue:max');
    const byZone = recorded.map(({ labels, value }) => [labels.zone, labels.app, value]).sort();
    expect(byZone).toEqual([
      ['a', 'shop', 9],
      ['b', 'shop', 1],
    ]);
    const alerts = await samplesOf(collector, 'ALERTS');
    expect(alerts).toMatchObject([{ labels: { alertstate: 'firing', zone: 'a', app: 'shop' } }]);
    size.set(2, { zone: 'a' });
    await expect.poll(states).toEqual(['a pending', 'a firing', 'a resolved']);
    expect(await api.alerts()).toEqual([]);
    const [group] = await api.rules();
    expect(group).toMatchObject({
      ...{ name: 'queue', file: 'rules', interval: 0.1, limit: 0 },
      rules: [
        { type: 'recording', name: 'queue:max', health: 'ok', query: 'max by (zone) (queue_size)' },
        { type: 'alerting', name: 'QueueFull', state: 'inactive', duration: 0.1, alerts: [] },
      ],
    });
    const evaluations = await samplesOf(collector, 'telemetry_rule_evaluations_total');
    expect(evaluations).toMatchObject([{ labels: { rule_group: 'rules;queue' } }]);
    expect(evaluations[0]!.value).toBeGreaterThan(4);
    expect(await errors(collector, 'feature')).toBe(0);
    expect(logOf(collector)).toEqual([]);
  });
});

it.each(LINKS)('headers that change are asked of the application, %s link', async (link) => {
  const { url, received } = await receiver(status(200));
  let asked = 0;
  const headers = async () => {
    if (++asked === 1) throw new Error('no token yet');
    return { Authorization: `Bearer secret-${asked}` };
  };
  const notify = [alertmanager({ url, headers }), webhook({ url, groupWait: 0, headers })];
  const { collector, states, size } = watched({ rules: RULES, notify }, { link });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  // Those that could not be sent without a token are tried again.
  await expect.poll(() => received.length).toBe(2);
  const tokens = received.map(({ headers }) => headers.authorization);
  expect(tokens.sort()).toEqual(['Bearer secret-2', 'Bearer secret-3']);
  const failed = await samplesOf(collector, 'telemetry_notifications_errors_total');
  expect(failed.reduce((sum, { value }) => sum + value, 0)).toBe(1);
  expect(logOf(collector)).toEqual([]);
});

it('a flush says why there are no headers', async () => {
  const { url, received } = await receiver(status(200));
  const notify = alertmanager({ url, headers: () => 'secret' as never });
  const { collector, states, size } = watched({ rules: RULES, notify });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  const { failures } = await collector.flush();
  expect(failures).toEqual([expect.stringContaining('alertmanager: 1 wait: headers(): ')]);
  expect(failures.join()).toContain('alertmanager headers() must return headers as texts');
  expect(failures.join()).not.toContain('secret');
  expect(received).toEqual([]);
});

it('what rules have made can be asked for, and ends when it is over', async () => {
  const { collector, states, size } = watched({ rules: RULES });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  const ask = async (expr: string) => {
    const { result } = await collector.query(expr);
    return (result as { metric: object; value: [number, string] }[]).map(({ metric, value }) => [
      metric,
      value[1],
    ]);
  };
  expect(await ask('queue:max')).toEqual([[{ __name__: 'queue:max', zone: 'a' }, '9']]);
  expect(await ask('count by (alertstate) (ALERTS)')).toEqual([[{ alertstate: 'firing' }, '1']]);
  // A metric that is shown, too, is not taken twice.
  expect(await ask('count(queue:max)')).toEqual([[{}, '1']]);
  size.clear();
  await expect.poll(states).toEqual(['a pending', 'a firing', 'a resolved']);
  await expect.poll(() => ask('{__name__=~"queue:max|ALERTS|ALERTS_FOR_STATE"}')).toEqual([]);
});

it('an alert goes on over a restart', async () => {
  const persist = { name: 'app', directory: await makeFolder() };
  const { url, received } = await receiver(status(200));
  const rules = RULES.replace('for: 100ms', 'for: 1h');
  const first = watched({ rules }, { persist });
  await first.collector.startCollection();
  first.size.set(9, { zone: 'a' });
  await expect.poll(first.states).toEqual(['a pending']);
  await first.collector.shutdown();

  const shorter = RULES.replace('for: 100ms', 'for: 10ms');
  const next = watched({ rules: shorter, notify: webhook({ url, groupWait: 0 }) }, { persist });
  // An evaluation that finds no value would end the alert.
  next.size.set(9, { zone: 'a' });
  await next.collector.startCollection();
  await expect.poll(next.states).toEqual(['a firing']);
  expect(next.told[0]!.activeAt).toBe(first.told[0]!.activeAt);
  await expect.poll(() => received.length).toBe(1);
  await next.collector.shutdown();

  // It was told of, so it is not told of again.
  const last = watched({ rules: shorter, notify: webhook({ url, groupWait: 0 }) }, { persist });
  last.size.set(9, { zone: 'a' });
  await last.collector.startCollection();
  await expect.poll(() => last.api.alerts()).toMatchObject([{ state: 'firing' }]);
  expect(last.states()).toEqual([]);
  last.size.set(1, { zone: 'a' });
  await expect.poll(last.states).toEqual(['a resolved']);
  await last.collector.flush();
  expect(received.length).toBeLessThanOrEqual(2);
});

it('a mistake in a group is told, and the others run', async () => {
  const rules = [RULES, { file: 'bad.yml', text: 'groups:\n- name: bad\n  rules: [{expr: up}]\n' }];
  const { collector, states, size, api } = watched({ rules });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  expect(await api.errors()).toEqual([
    {
      ...{ file: 'bad.yml', group: 'bad', rule: 1, name: '', line: 3, column: 11 },
      message: "one of 'record' or 'alert' must be set",
    },
  ]);
  expect(await errors(collector, 'rules')).toBe(1);
  expect(logOf(collector).join()).toContain(
    `a group of rules is left out: bad.yml:3:11: group "bad", rule 1, "": one of 'record'`,
  );
});

it('needs the history and the queries', async () => {
  const feature = alerting({ rules: RULES });
  const collector = makeCollector({ use: [history(), feature] });
  await expect(collector.feature(feature).alerts()).rejects.toThrow('is not running');
  expect(logOf(collector).join()).toContain('alerting() needs history() and promql() before it');
});

it('runs at the edge', async () => {
  const feature = alerting({ rules: RULES });
  const collector = new EdgeCollector({ use: [history(), promql(), feature] });
  onTestFinished(() => collector.shutdown());
  expect(await collector.feature(feature).rules()).toMatchObject([{ name: 'queue' }]);
});

it('a hook that throws harms nothing', async () => {
  const { collector, states, size } = watched({ rules: RULES });
  collector.addHook('alert', () => {
    throw new Error('broken');
  });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  expect(await errors(collector, 'hook')).toBeGreaterThan(0);
});

it.each([
  ['answers with an error', status(500, '<html>')],
  ['refuses', status(400)],
  ['redirects', status(301, '', { location: '/' })],
  ['hangs up', (response: { destroy(): void }) => response.destroy()],
  ['never answers', () => {}],
])('a server that %s does not disturb the rules', async (_, answer) => {
  const { url } = await receiver(answer);
  const notify = [alertmanager({ url, timeout: 1 }), webhook({ url, groupWait: 0, timeout: 1 })];
  const { collector, states, size, api } = watched({ rules: RULES, notify });
  await collector.startCollection();
  size.set(9, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing']);
  const failed = async () => {
    const counts = await samplesOf(collector, 'telemetry_notifications_errors_total');
    return counts.map(({ labels, value }) => [labels.notifier, value > 0]);
  };
  await expect.poll(failed).toEqual([
    ['alertmanager', true],
    ['webhook', true],
  ]);
  size.set(1, { zone: 'a' });
  await expect.poll(states).toEqual(['a pending', 'a firing', 'a resolved']);
  const [group] = await api.rules();
  expect(group!.rules.map(({ health }) => health)).toEqual(['ok', 'ok']);
});

describe.skipIf(!requirePart('alertmanager', alertmanagerPath()))('a real Alertmanager', () => {
  it('has the right alerts in the end, although it was gone while they changed', async () => {
    const server = await startAlertmanager();
    // It forgets its alerts when it ends, and is told of them again.
    const options = { rules: RULES, notify: alertmanager({ url: server.url }), resendDelay: 1 };
    const { collector, states, size } = watched(
      {
        ...options,
        externalLabels: { cluster: 'c1', severity: 'none' },
        externalUrl: 'http://me/',
      },
      { link: 'shared' },
    );
    const zones = async () => (await server.firing()).map(({ labels }) => labels.zone).sort();
    await collector.startCollection();
    for (const zone of ['a', 'b', 'c']) size.set(9, { zone });
    await expect.poll(zones).toEqual(['a', 'b', 'c']);
    const [shown] = await server.firing();
    expect(shown).toMatchObject({
      labels: { alertname: 'QueueFull', severity: 'page', cluster: 'c1' },
      generatorURL: 'http://me/graph?g0.expr=queue%3Amax+%3E+5&g0.tab=1',
      status: { state: 'active' },
    });
    await server.stop();
    size.set(1, { zone: 'a' });
    size.set(9, { zone: 'd' });
    await expect.poll(states).toContain('d firing');
    await expect.poll(states).toContain('a resolved');
    await server.start();
    await expect.poll(zones).toEqual(['b', 'c', 'd']);
    await collector.shutdown();
  }, 300_000);
});

describe('the options', () => {
  it.each([
    [{}, 'alerting() rules must be the text of a rule file'],
    [{ rules: 5 }, 'alerting() rules must be the text of a rule file'],
    [{ rules: '', interval: 0 }, 'alerting() interval must be a positive number of seconds'],
    [{ rules: '', notify: 'http://x' }, 'alerting() notify must be what alertmanager()'],
    [
      { rules: '', externalLabels: { a: 1 } },
      'alerting() externalLabels must be an object of texts',
    ],
    [{ rules: { file: 'x', text: 1 } }, 'alerting() rules text must be a text; got number'],
  ])('%j are refused', (options, message) => {
    const make = () => alerting(options as never);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it('of notifiers are checked, and no secret is shown', () => {
    expect(() => alertmanager({ url: 'hidden' })).toThrow(/alertmanager\(\) url must be an http:/);
    expect(() => webhook({ url: 'http://x', groupWait: -1 })).toThrow(
      'webhook() groupWait must be a number of seconds, 0 at least',
    );
    const headers = { 'a\nb': 'hidden' };
    expect(() => alertmanager({ url: 'http://x', headers })).toThrow(
      /^alertmanager\(\) headers must be an object of headers, or a function that returns one; got object$/,
    );
    const twice = alerting({ rules: '', notify: [consoleNotifier(), consoleNotifier()] });
    expect(twice.config).toMatchObject({ notify: [{ name: 'console' }, { name: 'console-2' }] });
  });
});

describe('browserNotifications()', () => {
  it('shows alerts once the user has allowed it, and asks nobody by itself', async () => {
    const shown: unknown[][] = [];
    class Shown {
      static permission = 'default';
      static async requestPermission() {
        Shown.permission = 'granted';
        return 'granted';
      }
      constructor(...given: unknown[]) {
        shown.push(given);
      }
    }
    Object.assign(globalThis, { Notification: Shown });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'Notification'));
    const hooks: ((alert: AlertReport) => void)[] = [];
    const addHook = (_: string, hook: never) => {
      hooks.push(hook);
      return () => hooks.splice(0);
    };
    const page = browserNotifications({ addHook } as unknown as TelemetryCollector);
    const alert: AlertReport = {
      ...{ name: 'A', state: 'firing', labels: { alertname: 'A', x: '1' }, value: 1, activeAt: 0 },
      annotations: {},
    };
    hooks[0]!(alert);
    expect(shown).toEqual([]);
    expect(await page.request()).toBe('granted');
    hooks[0]!(alert);
    hooks[0]!({ ...alert, state: 'pending' });
    expect(shown).toEqual([['firing: A', { body: 'x=1', tag: expect.any(String) }]]);
    page.stop();
    expect(hooks).toEqual([]);
  });
});
