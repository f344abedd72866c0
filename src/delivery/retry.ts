import { textOf } from '../model.ts';
import type { Receipt } from './destination.ts';

/** How an attempt is repeated. All times are in seconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly first: number;
  readonly longest: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, first: 0.1, longest: 5 };

export interface RetryHost {
  after(seconds: number): Promise<unknown>;
  /** A random number from 0 up to 1. */
  random(): number;
  /** How many seconds are left for further attempts. */
  left(): number;
}

/**
 * Repeats `attempt` until it succeeds, or no further one can. Waits between attempts grow exponentially
 * with full jitter: each is a random part of `first * 2^n`, so that many clients that failed together do
 * not return together (Exponential Backoff And Jitter, AWS Architecture Blog, 2015). If a destination asks
 * for a longer wait it gets that; if it asks for more than the time that is left, there is no further
 * attempt.
 *
 * @returns the receipt of the last attempt. Never rejects.
 */
export async function withRetry(
  attempt: () => Promise<Receipt>,
  host: RetryHost,
  policy: RetryPolicy = DEFAULT_RETRY,
): Promise<Receipt> {
  for (let tried = 1; ; tried++) {
    const receipt = await receiptOf(attempt);
    if (receipt.ok || receipt.drop || tried >= policy.attempts) return receipt;
    const ceiling = Math.min(policy.longest, policy.first * 2 ** (tried - 1));
    // A header that is no number gives `NaN`.
    const pause = Math.max(ceiling * host.random(), receipt.retryAfter || 0);
    if (pause >= host.left()) return receipt;
    await host.after(pause);
  }
}

/** Makes an attempt. One that throws counts as a failure that may pass. */
export async function receiptOf(attempt: () => Promise<Receipt>): Promise<Receipt> {
  try {
    return await attempt();
  } catch (error) {
    return { ok: false, reason: textOf(error) };
  }
}
