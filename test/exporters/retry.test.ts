import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/delivery/destination.ts';
import { DEFAULT_RETRY, withRetry } from '../../src/delivery/retry.ts';

/** Does not wait, and remembers how long it should have waited. */
function host(random: () => number = () => 1, left = () => Infinity) {
  const waits: number[] = [];
  const after = async (seconds: number) => void waits.push(seconds);
  return { waits, after, random, left };
}

/** Fails so many times, and then succeeds. */
function failing(times: number, how: Partial<Receipt> = {}) {
  let calls = 0;
  const attempt = async (): Promise<Receipt> => {
    if (++calls > times) return { ok: true };
    if (how.ok !== false) throw new Error(`failure ${calls}`);
    return { reason: `failure ${calls}`, ...how } as Receipt;
  };
  return { attempt, calls: () => calls };
}

describe('an attempt that is repeated', () => {
  it('is made once if it succeeds', async () => {
    const { waits, ...rest } = host();
    const { attempt, calls } = failing(0);
    expect(await withRetry(attempt, rest)).toEqual({ ok: true });
    expect(calls()).toBe(1);
    expect(waits).toEqual([]);
  });

  it('waits twice as long each time, up to the longest', async () => {
    const { waits, ...rest } = host();
    const policy = { attempts: 8, first: 0.5, longest: 5 };
    const { attempt, calls } = failing(7);
    expect(await withRetry(attempt, rest, policy)).toEqual({ ok: true });
    expect(calls()).toBe(8);
    expect(waits).toEqual([0.5, 1, 2, 4, 5, 5, 5]);
  });

  it('gives up with the last error, and does not wait for nothing', async () => {
    const { waits, ...rest } = host();
    const { attempt, calls } = failing(100);
    const reason = `Error: failure ${DEFAULT_RETRY.attempts}`;
    expect(await withRetry(attempt, rest)).toEqual({ ok: false, reason });
    expect(calls()).toBe(DEFAULT_RETRY.attempts);
    expect(waits).toHaveLength(DEFAULT_RETRY.attempts - 1);
  });

  it('waits a random part of that, so that many do not return together', () => {
    return fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true })), async (parts) => {
        const left = [...parts];
        const { waits, ...rest } = host(() => left.shift() ?? 0);
        await withRetry(failing(3).attempt, rest, { attempts: 4, first: 1, longest: 3 });
        expect(waits).toEqual([1, 2, 3].map((longest, i) => longest * (parts[i] ?? 0)));
      }),
    );
  });

  it('may throw at once instead of rejecting', async () => {
    const { waits, ...rest } = host();
    const attempt = () => {
      throw new Error('at once');
    };
    const failed = await withRetry(attempt, rest);
    expect(failed).toEqual({ ok: false, reason: 'Error: at once' });
    expect(waits).toHaveLength(DEFAULT_RETRY.attempts - 1);
  });

  it('is told by a receipt that it has failed, too', async () => {
    const { waits, ...rest } = host();
    const { attempt, calls } = failing(2, { ok: false });
    expect(await withRetry(attempt, rest)).toEqual({ ok: true });
    expect([calls(), waits]).toEqual([3, [0.1, 0.2]]);
  });

  it('is not made again where no other can succeed', async () => {
    const { waits, ...rest } = host();
    const { attempt, calls } = failing(9, { ok: false, drop: true, retryAfter: 1 });
    expect(await withRetry(attempt, rest)).toMatchObject({ ok: false, reason: 'failure 1' });
    expect([calls(), waits]).toEqual([1, []]);
  });

  it('waits as long as it is asked to, and for its own time where that is longer', async () => {
    const { waits, ...rest } = host();
    const policy = { attempts: 5, first: 1, longest: 10 };
    const { attempt } = failing(4, { ok: false, retryAfter: 3 });
    expect(await withRetry(attempt, rest, policy)).toEqual({ ok: true });
    expect(waits).toEqual([3, 3, 4, 8]);
    const { waits: others, ...other } = host();
    const nonsense = failing(3, { ok: false, retryAfter: Number.NaN });
    expect(await withRetry(nonsense.attempt, other)).toEqual({ ok: true });
    expect(others).toEqual([0.1, 0.2, 0.4]);
  });

  it('is not made again after nobody waits for it', async () => {
    let left = 5;
    const { waits, ...rest } = host(
      () => 0,
      () => left--,
    );
    const { attempt, calls } = failing(9, { ok: false, retryAfter: 4 });
    expect(await withRetry(attempt, rest)).toMatchObject({ reason: 'failure 2' });
    expect([calls(), waits]).toEqual([2, [4]]);
    left = 0;
    const late = failing(9);
    expect(await withRetry(late.attempt, rest)).toMatchObject({ ok: false });
    expect(late.calls()).toBe(1);
  });
});
