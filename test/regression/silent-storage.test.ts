/** Tests that storage which never answers does not hold up collection runs and the application for long. */
import { keyValueStorage } from 'utilityfog-telemetry/edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';

const SILENT = expect.stringContaining('a write has not ended for 10 seconds');

/** Returns storage that opens and can be read. What is written into it later never ends. */
function silentStorage() {
  const place = mapPlace(false);
  const storage = keyValueStorage(place);
  const put = vi.spyOn(place, 'put');
  let answer = () => {};
  return {
    storage,
    put,
    fallsSilent() {
      put.mockImplementation(
        () =>
          new Promise((resolve) => {
            answer = () => resolve(undefined);
          }),
      );
    },
    answers() {
      put.mockRestore();
      answer();
    },
  };
}

it('runs go on, and flush() and shutdown() end, after 10 seconds', async () => {
  const { storage, put, fallsSilent, answers } = silentStorage();
  const collector = makeCollector({ collectionInterval: 0.05, persist: { name: 'app', storage } });
  let runs = 0;
  collector.addHook('collection', () => void runs++);
  const counter = collector.registerCounter('orders_total');
  await collector.flush();
  fallsSilent();
  put.mockClear();
  collector.startCollection();
  await expect.poll(() => put.mock.calls.length).toBe(1);
  counter.increment(3);
  const outcome = await collector.flush();
  expect(outcome).toMatchObject({ collected: true, stored: false, failures: [SILENT] });
  const before = runs;
  await expect.poll(() => runs).toBeGreaterThan(before + 2);
  expect(await sampleOf(collector, 'orders_total')).toBe(3);
  // What was waited for in vain is not waited for again.
  await collector.shutdown();
  expect(put).toHaveBeenCalledTimes(1);
  answers();
});

describe('a write that has not ended', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('is abandoned later and later, so that few hold copies of the totals', async () => {
    const { storage, put, fallsSilent, answers } = silentStorage();
    const collector = makeCollector({ persist: { name: 'app', storage } });
    await collector.flush();
    fallsSilent();
    put.mockClear();
    for (let passed = 0; passed < 3600; passed += 20) {
      void collector.flush();
      await expect.poll(() => put.mock.calls.length).toBeGreaterThan(0);
      vi.setSystemTime(Date.now() + 20_000);
      await collector.getSnapshot();
    }
    await expect.poll(() => put.mock.calls.length).toBeGreaterThan(3);
    expect(put.mock.calls.length).toBeLessThan(9);
    expect(logOf(collector).join()).toMatch(/a write has not ended for 30 seconds/);
    answers();
  });
});
