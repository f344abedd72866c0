/** Tests what notifiers send, to servers that answer as a test says and to a real Alertmanager. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpOutbox } from '../../src/delivery/outbox.ts';
import {
  type AlertNotifier,
  alertmanager,
  pagerduty,
  slack,
  webhook,
} from '../../src/features/alerting/feature.ts';
import type { NotifiedAlert } from '../../src/features/alerting/notify/notification.ts';
import { openNotifier } from '../../src/features/alerting/notify/notifier.ts';
import { ManualClock } from '../collector/manual-clock.ts';
import { type Answer, receiver, status } from '../exporters/http-server.ts';
import { alertmanagerPath, requirePart } from '../parts.ts';
import { startAlertmanager } from './alertmanager-server.ts';

class Clock extends ManualClock {
  // The time is now, since a real Alertmanager has a clock of its own.
  readonly #start = Date.now() / 1000 - 1000;
  override now(): number {
    return this.#start + super.now();
  }
}

function open(plan: AlertNotifier) {
  const clock = new Clock();
  const failures: string[] = [];
  const notifier = openNotifier(plan, {
    clock,
    externalUrl: 'http://me',
    ask: async () => undefined,
    outbox: (options) => new HttpOutbox(options, clock),
    fail: (reason, message) => void failures.push(`${reason}: ${message}`),
  });
  onTestFinished(() => notifier.close());
  const alert = (labels: object, more: Partial<NotifiedAlert> = {}): NotifiedAlert => ({
    labels: { alertname: 'A', ...labels },
    annotations: { summary: 'too many' },
    startsAt: clock.now() * 1000,
    validFor: 240_000,
    generatorURL: 'http://me/graph?g0.expr=x&g0.tab=1',
    ...more,
  });
  const over = (one: NotifiedAlert): NotifiedAlert => ({ ...one, resolvedAt: clock.now() * 1000 });
  return { clock, failures, notifier, alert, over };
}

const json = ({ body }: { body: Buffer }) => JSON.parse(body.toString());
const drop: Answer = (response) => response.destroy();

describe('alertmanager()', () => {
  it('posts alerts as its API has them', async () => {
    const { url, received } = await receiver(status(200));
    const { notifier, alert, over, clock } = open(
      alertmanager({ url: `${url}/prefix/`, bearerToken: 'secret-token' }),
    );
    const [one, other] = [alert({ a: '1' }), over(alert({ a: '2' }))];
    notifier.take([one, other]);
    await expect.poll(() => notifier.counts.sent).toBe(2);
    const [{ method, path, headers }] = received as [(typeof received)[0]];
    expect([method, path]).toEqual(['POST', '/prefix/api/v2/alerts']);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer secret-token',
    });
    const now = clock.now() * 1000;
    const common = {
      annotations: { summary: 'too many' },
      startsAt: new Date(now).toISOString(),
      generatorURL: 'http://me/graph?g0.expr=x&g0.tab=1',
    };
    expect(json(received[0]!)).toEqual([
      {
        ...common,
        labels: { alertname: 'A', a: '1' },
        endsAt: new Date(now + 240_000).toISOString(),
      },
      { ...common, labels: { alertname: 'A', a: '2' }, endsAt: new Date(now).toISOString() },
    ]);
  });

  it('sends many in batches', async () => {
    const { url, received } = await receiver(status(200));
    const { notifier, alert } = open(alertmanager({ url }));
    notifier.take(Array.from({ length: 1000 }, (_, i) => alert({ i: String(i) })));
    await expect.poll(() => notifier.counts.sent).toBe(1000);
    expect(received.map((one) => json(one).length)).toEqual([256, 256, 256, 232]);
  });

  it('sends once what it could not send for a while, as it is then', async () => {
    const { url, received } = await receiver(drop, drop, drop, status(200));
    const { notifier, alert, over, clock } = open(alertmanager({ url }));
    const [one, other, third] = [alert({ a: '1' }), alert({ a: '2' }), alert({ a: '3' })];
    notifier.take([one, other]);
    await expect.poll(() => received.length).toBe(1);
    notifier.take([one, third]);
    notifier.take([over(one), other]);
    for (let tries = 1; tries < 4; tries++) {
      await expect.poll(() => notifier.counts.errors).toBe(tries);
      await clock.pass(120);
      await expect.poll(() => received.length).toBe(tries + 1);
    }
    await expect.poll(() => notifier.counts.sent).toBe(3);
    expect(notifier.counts).toEqual({ sent: 3, errors: 3, dropped: 0 });
    const last = json(received.at(-1)!) as { labels: { a: string }; endsAt: string }[];
    const now = clock.now() * 1000;
    expect(last.map(({ labels, endsAt }) => [labels.a, Date.parse(endsAt) > now])).toEqual([
      ['1', false],
      ['2', true],
      ['3', true],
    ]);
  });

  it.each([
    ['400', status(400, 'bad')],
    ['404 in HTML', status(404, '<html>none</html>')],
    ['a redirect', status(302, '', { location: 'http://127.0.0.1:1/' })],
  ])('gives up what is answered with %s, and goes on', async (_, answer) => {
    const isGood = (text: string) => text.includes('good');
    const { url } = await receiver((response, request) =>
      isGood(request.body.toString()) ? status(200)(response, request) : answer(response, request),
    );
    const { notifier, alert, failures } = open(alertmanager({ url }));
    notifier.take([alert({ a: 'bad' })]);
    await expect.poll(() => notifier.counts.dropped).toBe(1);
    expect(failures).toEqual([
      expect.stringMatching(/^notification: alertmanager: 1 alerts were not delivered: the /),
    ]);
    notifier.take([alert({ a: 'good' })]);
    await expect.poll(() => notifier.counts.sent).toBe(1);
  });

  it('leaves out only the one that is refused', async () => {
    const { url } = await receiver((response, request) =>
      status(request.body.includes('"bad"') ? 413 : 200)(response, request),
    );
    const { notifier, alert } = open(alertmanager({ url }));
    const alerts = Array.from({ length: 100 }, (_, i) =>
      alert({ i: i === 70 ? 'bad' : String(i) }),
    );
    notifier.take(alerts);
    await expect.poll(() => notifier.counts.sent).toBe(99);
    expect(notifier.counts.dropped).toBe(1);
  });

  it('does not ask for ever if everything is refused', async () => {
    const { url, received } = await receiver(status(413));
    const { notifier, alert } = open(alertmanager({ url }));
    notifier.take(Array.from({ length: 1000 }, (_, i) => alert({ i: String(i) })));
    await expect.poll(() => notifier.counts.dropped).toBe(1000);
    expect(received.length).toBeLessThan(30);
  });

  it.each([
    ['500', status(500, 'down')],
    ['nothing', drop],
  ])('tries again after %s, for an hour', async (_, answer) => {
    const { url, received } = await receiver(answer);
    const { notifier, alert, clock } = open(alertmanager({ url }));
    notifier.take([alert({})]);
    await expect.poll(() => notifier.counts.errors).toBe(1);
    await clock.pass(60);
    await expect.poll(() => notifier.counts.errors).toBe(2);
    await clock.pass(3600);
    await expect.poll(() => notifier.counts.errors).toBe(3);
    await clock.pass(60);
    await expect.poll(() => notifier.counts.dropped).toBe(1);
    expect(notifier).toMatchObject({ length: 0, counts: { sent: 0 } });
    expect(received.length).toBe(3);
  });

  it('bounds how many wait', async () => {
    const { url } = await receiver(drop);
    const { notifier, alert } = open(alertmanager({ url }));
    notifier.take(Array.from({ length: 10_300 }, (_, i) => alert({ i: String(i) })));
    await expect.poll(() => notifier.counts.errors).toBe(1);
    expect(notifier.length).toBe(10_000);
    expect(notifier.counts.dropped).toBe(300);
  });

  it('keeps what waits, without secrets', async () => {
    const { url } = await receiver(drop);
    const options = { url: `${url}/hidden-path`, headers: { 'x-key': 'hidden-key' } };
    const { notifier, alert } = open(alertmanager(options));
    notifier.take([alert({ a: '1' })]);
    await expect.poll(() => notifier.counts.errors).toBe(1);
    const kept = JSON.stringify(notifier.write!());
    expect(kept).not.toMatch(/hidden/);
    const { url: other, received } = await receiver(status(200));
    const next = open(alertmanager({ url: other }));
    next.notifier.restore!(JSON.parse(kept));
    await expect.poll(() => next.notifier.counts.sent).toBe(1);
    expect(json(received[0]!)).toMatchObject([{ labels: { alertname: 'A', a: '1' } }]);
  });

  it('tells no secrets', async () => {
    const { url } = await receiver((response, { headers }) =>
      response.writeHead(400).end(`you sent ${JSON.stringify(headers)} to /hidden-path`),
    );
    const { notifier, alert, failures } = open(
      alertmanager({ url: `${url}/hidden-path`, headers: { 'x-key': 'hidden-key' } }),
    );
    notifier.take([alert({})]);
    await expect.poll(() => failures.length).toBe(1);
    expect(failures[0]).toMatch(/the answer was 400: you sent/);
    expect(failures[0]).not.toMatch(/hidden/);
  });

  it.skipIf(!requirePart('alertmanager', alertmanagerPath()))(
    'reaches a real Alertmanager, which is gone for a while and has the right set in the end',
    async () => {
      const { url, received } = await receiver(status(200));
      const server = await startAlertmanager(url);
      const { notifier, alert, over, clock } = open(alertmanager({ url: server.url }));
      const alerts = Array.from({ length: 300 }, (_, i) => alert({ i: String(i), x: 'ä"\\\n' }));
      const names = async () => (await server.firing()).map(({ labels }) => labels.i).sort();
      notifier.take(alerts);
      await expect.poll(names).toHaveLength(300);
      const [first] = await server.firing();
      expect(first).toMatchObject({
        labels: { alertname: 'A', x: 'ä"\\\n' },
        annotations: { summary: 'too many' },
        generatorURL: 'http://me/graph?g0.expr=x&g0.tab=1',
      });
      await server.stop();
      notifier.take(alerts.slice(0, 150).map(over));
      notifier.take([alert({ i: 'new' }), alert({ i: 'short' })]);
      await expect.poll(() => notifier.counts.errors).toBeGreaterThan(0);
      notifier.take([over(alert({ i: 'short' })), ...alerts.slice(150)]);
      await server.start();
      await clock.pass(60);
      await expect.poll(() => notifier.length).toBe(0);
      const left = [...alerts.slice(150).map(({ labels }) => labels.i), 'new'].sort();
      await expect.poll(names).toEqual(left);
      await expect.poll(() => received.length).toBeGreaterThan(0);
    },
  );
});

describe('webhook()', () => {
  it('posts groups of alerts, and tells what has changed', async () => {
    const { url, received } = await receiver(status(200));
    const { notifier, alert, over, clock } = open(webhook({ url, groupWait: 5 }));
    const [one, other] = [alert({ a: '1' }), alert({ a: '2' })];
    const [third] = [alert({ alertname: 'B' })];
    notifier.take([one]);
    notifier.take([other, third]);
    await clock.pass(4);
    expect(received.length).toBe(0);
    await clock.pass(1);
    await expect.poll(() => notifier.counts.sent).toBe(2);
    const [first, second] = received.map(json);
    expect(first).toEqual({
      receiver: 'webhook',
      status: 'firing',
      alerts: [one, other].map((each) => ({
        status: 'firing',
        labels: each.labels,
        annotations: each.annotations,
        startsAt: new Date(each.startsAt).toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: each.generatorURL,
        fingerprint: expect.stringMatching(/^[\da-f]{16}$/),
      })),
      groupLabels: { alertname: 'A' },
      commonLabels: { alertname: 'A' },
      commonAnnotations: { summary: 'too many' },
      externalURL: 'http://me',
      version: '4',
      groupKey: '{}:{alertname="A"}',
      truncatedAlerts: 0,
    });
    expect(second).toMatchObject({ groupLabels: { alertname: 'B' }, alerts: [{}] });
    // The same again is no news.
    notifier.take([one, other, third]);
    await clock.pass(120);
    expect(notifier.counts.sent).toBe(2);
    notifier.take([over(one), other, third]);
    await clock.pass(60);
    await expect.poll(() => notifier.counts.sent).toBe(3);
    expect(json(received[2]!)).toMatchObject({
      status: 'firing',
      alerts: [
        { status: 'firing', labels: { a: '2' } },
        { status: 'resolved', labels: { a: '1' }, endsAt: expect.stringMatching(/^20/) },
      ],
    });
    notifier.take([over(other), third]);
    await clock.pass(60);
    await expect.poll(() => notifier.counts.sent).toBe(4);
    expect(json(received[3]!)).toMatchObject({
      status: 'resolved',
      alerts: [{ labels: { a: '2' } }],
    });
  });

  it('tells again after a while, and that alerts are over of which it hears no more', async () => {
    const { url, received } = await receiver(status(200));
    const { notifier, alert, clock } = open(webhook({ url, repeatInterval: 300 }));
    const one = alert({});
    for (let minutes = 0; minutes < 12; minutes++) {
      notifier.take([one]);
      await clock.pass(60);
      await expect.poll(() => notifier.length).toBe(0);
    }
    const states = () => received.map((each) => json(each).status);
    expect(states()).toEqual(['firing', 'firing', 'firing']);
    await clock.pass(300);
    await expect.poll(() => notifier.length).toBe(0);
    expect(states()).toEqual(['firing', 'firing', 'firing', 'resolved']);
    await clock.pass(3600);
    expect(received.length).toBe(4);
  });

  it('tells nothing of what was over before it could be told, and once what is left', async () => {
    const { url, received } = await receiver(drop, drop, status(200));
    const { notifier, alert, over, clock } = open(webhook({ url, groupWait: 0 }));
    const [one, other] = [alert({ a: '1' }), alert({ a: '2' })];
    notifier.take([one, other]);
    await clock.pass(0);
    await expect.poll(() => notifier.counts.errors).toBe(1);
    notifier.take([over(one)]);
    await clock.pass(30);
    await expect.poll(() => notifier.counts.errors).toBe(2);
    await clock.pass(30);
    await expect.poll(() => notifier.counts.sent).toBe(1);
    expect(json(received[2]!).alerts).toMatchObject([{ labels: { a: '2' } }]);
  });

  it('tells nothing twice over a restart', async () => {
    const { url, received } = await receiver(status(200));
    const first = open(webhook({ url, groupWait: 0 }));
    const one = first.alert({});
    first.notifier.take([one]);
    await first.clock.pass(0);
    await expect.poll(() => first.notifier.counts.sent).toBe(1);
    const next = open(webhook({ url, groupWait: 0 }));
    next.notifier.restore!(JSON.parse(JSON.stringify(first.notifier.write!())));
    next.notifier.take([one]);
    await next.clock.pass(120);
    expect(received.length).toBe(1);
    next.notifier.take([next.over(one)]);
    await next.clock.pass(120);
    await expect.poll(() => received.length).toBe(2);
    expect(json(received[1]!).status).toBe('resolved');
  });

  it.skipIf(!requirePart('alertmanager', alertmanagerPath()))(
    'posts what a real Alertmanager posts',
    async () => {
      const theirs = await receiver(status(200));
      const ours = await receiver(status(200));
      const server = await startAlertmanager(theirs.url);
      const direct = open(alertmanager({ url: server.url }));
      const own = open(webhook({ url: ours.url, name: 'all', groupWait: 0 }));
      const startsAt = Math.floor(Date.now() / 1000) * 1000;
      const alerts = [direct.alert({ x: 'ä"\\\n€😀' }, { startsAt })];
      direct.notifier.take(alerts);
      own.notifier.take(alerts);
      await own.clock.pass(0);
      await expect.poll(() => [theirs.received.length, ours.received.length]).toEqual([1, 1]);
      const plain = (text: string) => text.replaceAll('.000Z', 'Z');
      const expected = json(theirs.received[0]!);
      expect({ ...json(ours.received[0]!), externalURL: expected.externalURL }).toEqual({
        ...expected,
        alerts: expected.alerts.map((each: { startsAt: string }) => ({
          ...each,
          startsAt: new Date(plain(each.startsAt)).toISOString(),
        })),
      });
    },
  );
});

describe('slack()', () => {
  it('posts a message that nobody can put links into', async () => {
    const { url, received } = await receiver(status(200));
    const { notifier, alert, clock } = open(slack({ url, groupWait: 0 }));
    notifier.take([alert({ a: '<!channel> & co' })]);
    await clock.pass(0);
    await expect.poll(() => received.length).toBe(1);
    expect(json(received[0]!)).toEqual({
      text: '[FIRING:1] A',
      attachments: [
        {
          color: 'danger',
          fallback: '[FIRING:1] A',
          text: 'too many (a=&lt;!channel&gt; &amp; co)',
          title: 'Alerts',
          title_link: 'http://me',
        },
      ],
    });
  });
});

describe('pagerduty()', () => {
  it('opens an incident for a group, and ends it', async () => {
    const { url, received } = await receiver(status(202));
    const options = { url, routingKey: 'hidden-key', groupWait: 0, groupInterval: 1 };
    const { notifier, alert, over, clock } = open(pagerduty(options));
    const one = alert({ severity: 'critical', instance: 'i:1' });
    notifier.take([one]);
    await clock.pass(0);
    await expect.poll(() => notifier.counts.sent).toBe(1);
    notifier.take([over(one)]);
    await clock.pass(1);
    await expect.poll(() => notifier.counts.sent).toBe(2);
    expect(received.map(json)).toMatchObject([
      {
        routing_key: 'hidden-key',
        event_action: 'trigger',
        dedup_key: '{}:{alertname="A"}',
        payload: {
          summary: '[FIRING:1] A too many (severity=critical, instance=i:1)',
          source: 'i:1',
          severity: 'critical',
        },
      },
      { event_action: 'resolve', dedup_key: '{}:{alertname="A"}' },
    ]);
    expect(JSON.stringify(notifier.write!())).not.toMatch(/hidden/);
  });

  it('does not tell its key', async () => {
    const { url } = await receiver((response, { body }) => response.writeHead(400).end(body));
    const { notifier, alert, clock, failures } = open(
      pagerduty({ url, routingKey: 'hidden-key', groupWait: 0 }),
    );
    notifier.take([alert({})]);
    await clock.pass(0);
    await expect.poll(() => failures.length).toBe(1);
    expect(failures[0]).toMatch(/the answer was 400/);
    expect(failures[0]).not.toMatch(/hidden/);
    expect(() => pagerduty({ routingKey: 5 as never })).toThrow('got number');
  });
});
