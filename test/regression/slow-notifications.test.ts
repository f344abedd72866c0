/** Tests that what happens to an alert while a notification is on its way is told afterwards. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpOutbox } from '../../src/delivery/outbox.ts';
import { webhook } from '../../src/features/alerting/feature.ts';
import type { NotifiedAlert } from '../../src/features/alerting/notify/notification.ts';
import { openNotifier } from '../../src/features/alerting/notify/notifier.ts';
import { ManualClock } from '../collector/manual-clock.ts';
import { receiver, status } from '../exporters/http-server.ts';

/** A webhook whose server answers when the test says. */
async function slowWebhook() {
  const answers: (() => void)[] = [];
  const { url, received } = await receiver((response, request) => {
    answers.push(() => void status(200)(response, request));
  });
  const clock = new ManualClock();
  const plan = webhook({ url, groupWait: 0, groupInterval: 10 });
  const notifier = openNotifier(plan, {
    clock,
    externalUrl: '',
    ask: async () => undefined,
    outbox: (options) => new HttpOutbox(options, clock),
    fail() {},
  });
  onTestFinished(() => notifier.close());
  const alert: NotifiedAlert = {
    labels: { alertname: 'A' },
    annotations: {},
    startsAt: 0,
    validFor: 240_000,
    generatorURL: '',
  };
  const told = () => received.map(({ body }) => JSON.parse(body.toString()).status);
  const sent = async (count: number) => {
    await clock.pass(20);
    await expect.poll(() => answers.length).toBe(count);
  };
  const answered = async () => {
    answers.at(-1)!();
    await expect.poll(() => notifier.counts.sent).toBe(answers.length);
  };
  const over = () => ({ ...alert, resolvedAt: clock.now() * 1000 });
  return { clock, notifier, alert, over, told, sent, answered };
}

describe('an alert that changes while a notification is on its way', () => {
  it.each([1, 30])('is told to be over, if the answer took %i seconds', async (seconds) => {
    const { clock, notifier, alert, over, told, sent, answered } = await slowWebhook();
    notifier.take([alert]);
    await sent(1);
    notifier.take([over()]);
    await clock.pass(seconds);
    await answered();
    await sent(2);
    expect(told()).toEqual(['firing', 'resolved']);
  });

  it('is told to fire again', async () => {
    const { clock, notifier, alert, over, told, sent, answered } = await slowWebhook();
    notifier.take([alert]);
    await sent(1);
    await answered();
    notifier.take([over()]);
    await sent(2);
    notifier.take([{ ...alert, startsAt: clock.now() * 1000 }]);
    await answered();
    await sent(3);
    expect(told()).toEqual(['firing', 'resolved', 'firing']);
  });
});
