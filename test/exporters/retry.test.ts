import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY, withRetry } from '../../src/delivery/retry.ts';

/** Waits nothing and remembers how long it should have. */
function host(random: () => number = () => 1) {
  const waits: number[] = [];
  const after = async (seconds: number) => void waits.push(seconds);
  return { waits, after, random };
}

/** Fails so many times, and then succeeds. */
function failing(times: number) {
  let calls = 0;
  const attempt = async () => {
    if (++calls <= times) throw new Error(`failure ${calls}`);
    return `success ${calls}`;
  };
  return { attempt, calls: () => calls };
}

describe('an attempt that is repeated', () => {
  it('is made once if it succeeds', async () => {
    const { waits, ...rest } = host();
    expect(await withRetry(failing(0).attempt, rest)).toBe('success 1');
    expect(waits).toEqual([]);
  });

  it('waits twice as long each time, up to the longest', async () => {
    const { waits, ...rest } = host();
    const policy = { attempts: 8, first: 0.5, longest: 5 };
    expect(await withRetry(failing(7).attempt, rest, policy)).toBe('success 8');
    expect(waits).toEqual([0.5, 1, 2, 4, 5, 5, 5]);
  });

  it('gives up with the last error, and does not wait for nothing', async () => {
    const { waits, ...rest } = host();
    const { attempt, calls } = failing(100);
    await expect(withRetry(attempt, rest)).rejects.toThrow(`failure ${DEFAULT_RETRY.attempts}`);
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
    await expect(withRetry(attempt, rest)).rejects.toThrow('at once');
    expect(waits).toHaveLength(DEFAULT_RETRY.attempts - 1);
  });
});
