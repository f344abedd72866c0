/** Tests that a queue goes on at the edge, where a request that ends takes along what it has begun. */
import { expect, it } from 'vitest';
import type { Receipt } from '../../src/delivery/destination.ts';
import { DeliveryQueue } from '../../src/delivery/queue.ts';
import { ManualClock, settled } from '../collector/manual-clock.ts';

const never = new Promise<never>(() => {});
const body = { bytes: new Uint8Array(1), series: 1 };

function open(answer: () => Receipt | Promise<Receipt>) {
  const clock = new ManualClock();
  let sent = 0;
  const queue = new DeliveryQueue(
    { maxBytes: 100, maxAge: 1000 },
    {
      clock,
      random: () => 1,
      timeout: 10,
      async send() {
        sent++;
        return answer();
      },
      dropped: () => expect.unreachable(),
      delivered() {},
    },
  );
  return { clock, queue, sent: () => sent };
}

it('a flush sends again what a request that has ended was sending, once that cannot be under way', async () => {
  let isFirst = true;
  const { clock, queue, sent } = open(() => {
    if (!isFirst) return { ok: true };
    isFirst = false;
    return never;
  });
  void queue.add([body], 0);
  await settled();
  await clock.pass(15);
  void queue.flush(0);
  await settled();
  expect(sent()).toBe(1);
  await clock.pass(6);
  const flushed = queue.flush(5);
  await settled();
  expect(sent()).toBe(2);
  expect(await flushed).toEqual({ arrived: true });
});
