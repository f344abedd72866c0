/** What waits to be delivered outlives the process, as far as it was written. */
import { RemoteWriteExporter, type RemoteWriteOptions } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { fromSnappy } from '../../src/bytes/snappy.ts';
import { KeptQueue } from '../../src/delivery/kept-queue.ts';
import { DeliveryQueue, type QueueHost } from '../../src/delivery/queue.ts';
import { Memory, memoryStorage } from '../../src/storage/memory.ts';
import { ManualClock } from '../collector/manual-clock.ts';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { receiver, status } from '../exporters/http-server.ts';
import { makeFolder } from '../folder.ts';

const DOWN = status(503);

/** Starts a process, as storage sees it. */
function life(options: Partial<RemoteWriteOptions> & { url: string }, jobs: number) {
  const collector = makeCollector();
  collector.registerCounter('jobs_total').increment(jobs);
  const exporter = new RemoteWriteExporter({ labels: { job: 'x', instance: 'y' }, ...options });
  return { collector, exporter, exported: () => exporter.exportMetrics(collector) };
}

const textOf = async (body: Buffer) => Buffer.from(await fromSnappy(body)).toString('latin1');

it('what the last process has left is sent at the next start, in order', async () => {
  const directory = await makeFolder();
  const queue = { persist: 'engine', directory };
  const down = await receiver(DOWN);
  const first = life({ url: down.url, queue }, 1);
  void first.exported();
  await expect.poll(() => down.received.length).toBeGreaterThan(1);
  await first.collector.shutdown();
  // It is kept, and not lost.
  expect(logOf(first.collector).join()).not.toContain('has ended');
  const { url, received } = await receiver();
  const second = life({ url, queue }, 2);
  expect(await second.exported()).toBe(true);
  await expect.poll(() => received.length).toBeGreaterThan(2);
  const values = received.map(({ body }) => textOf(body));
  // The totals of the first process, the end of its series, and then those of the second.
  expect((await Promise.all(values)).every((text) => text.includes('jobs_total'))).toBe(true);
  expect(received[0]!.body).toEqual(down.received[0]!.body);
  await second.collector.shutdown();
  // Nothing is sent again.
  const { length } = received;
  const third = life({ url, queue }, 3);
  expect(await third.exported()).toBe(true);
  expect(received.length).toBe(length + 1);
});

it('what is not kept is counted when the collector ends', async () => {
  const down = await receiver(DOWN);
  const { collector, exported } = life({ url: down.url }, 1);
  void exported();
  await expect.poll(() => down.received.length).toBeGreaterThan(0);
  await collector.shutdown();
  expect(logOf(collector).join()).toMatch(/series were not delivered \(ended\)/);
});

it('a queue that cannot be kept is told of, and delivers all the same', async () => {
  const { url, received } = await receiver();
  const queue = { persist: 'engine', directory: '/dev/null/not/a/directory' };
  const { collector, exported } = life({ url, queue }, 1);
  expect(await exported()).toBe(true);
  expect(received).toHaveLength(1);
  expect(logOf(collector).join()).toContain('cannot be kept');
  expect(await sampleOf(collector, 'telemetry_errors_total', { reason: 'storage' })).toBe(1);
});

it('two exporters over one queue send each thing once', async () => {
  const directory = await makeFolder();
  const queue = { persist: 'engine', directory };
  const down = await receiver(DOWN);
  const first = life({ url: down.url, queue }, 1);
  void first.exported();
  await expect.poll(() => down.received.length).toBeGreaterThan(1);
  await first.collector.shutdown();
  const { url, received } = await receiver();
  const lives = [life({ url, queue }, 2), life({ url, queue }, 3)];
  await Promise.all(lives.map(({ exported }) => exported()));
  const first503 = down.received[0]!.body;
  await expect.poll(() => received.filter(({ body }) => body.equals(first503)).length).toBe(1);
});

it.each([
  [true, [3]],
  [false, [1, 2, 3]],
])(
  'keeps what was sent as the page ended, unless it must be sent once: %s',
  async (sendsOnce, kept) => {
    const memory = new Memory();
    const clock = new ManualClock();
    const sent: number[] = [];
    const open = async (send: QueueHost['send']) => {
      const host = { clock, random: () => 1, dropped: () => {}, delivered: () => {}, send };
      const queue = new DeliveryQueue({ maxBytes: 100, maxAge: 1000 }, host);
      const restored = (bytes: Uint8Array<ArrayBuffer>) => ({ bytes, series: 1 });
      const keeping = { clock, restored, about: () => 0, sendsOnce, failed: () => {} };
      const keeper = new KeptQueue(queue, keeping);
      await keeper.open(memoryStorage(memory), 'queue x');
      return { queue, keeper };
    };
    const page = await open(() => new Promise(() => {}));
    const bodies = [1, 2, 3].map((number) => ({ bytes: Uint8Array.of(number), series: 1 }));
    void page.queue.add(bodies, 0);
    page.queue.sendEarly(2);
    await page.keeper.close();
    const next = await open(async ({ bytes }) => {
      sent.push(...bytes);
      return { ok: true };
    });
    await next.queue.flush(1);
    expect(sent).toEqual(kept);
  },
);
