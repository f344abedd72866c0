import { beforeEach, expect, it, vi } from 'vitest';
import type { Link } from '../../src/links/link.ts';
import { PING_INTERVAL, Watchdog } from '../../src/links/watchdog.ts';

let now = 0;
vi.mock('../../src/platform/timers.ts', async (actual) => ({
  ...(await actual<typeof import('../../src/platform/timers.ts')>()),
  monotonic: () => now,
}));

let answers = false;
let failures: string[] = [];
const link = {
  fail: (reason: string) => failures.push(reason),
  service: { ping: () => (answers ? Promise.resolve() : new Promise(() => {})) },
} as unknown as Link;

/** Lets so many seconds pass. */
async function pass(watchdog: Watchdog, seconds: number): Promise<void> {
  for (const end = now + seconds; now < end; ) {
    now += PING_INTERVAL;
    watchdog.ping(link);
    await Promise.resolve();
  }
}

beforeEach(() => {
  now = 0;
  answers = false;
  failures = [];
});

it('fails a collector that has not answered for 30 seconds', async () => {
  const watchdog = new Watchdog();
  watchdog.start();
  await pass(watchdog, 30);
  expect(failures).toEqual([]);
  await pass(watchdog, 10);
  expect(failures).toEqual(['the collector has not answered for 30 seconds']);
});

it('waits longer for the first answer of one that a port may be on the way to', async () => {
  const watchdog = new Watchdog();
  watchdog.start(600);
  await pass(watchdog, 580);
  expect(failures).toEqual([]);
  answers = true;
  await pass(watchdog, 10);
  answers = false;
  await pass(watchdog, 30);
  expect(failures).toEqual([]);
  await pass(watchdog, 10);
  expect(failures).toEqual(['the collector has not answered for 30 seconds']);
});
