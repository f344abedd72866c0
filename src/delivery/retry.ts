import { textOf } from '../model.ts';
import type { Receipt } from './destination.ts';

/** How an attempt is repeated. Times in seconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly first: number;
  readonly longest: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, first: 0.1, longest: 5 };

export interface RetryHost {
  after(seconds: number): Promise<unknown>;
  /** From 0 up to 1. */
  random(): number;
  /** Seconds after which nobody wants another attempt. */
  left(): number;
}

/**
 * Repeats `attempt` until it succeeds, or no other can. Waits between attempts grow exponentially with
 * full jitter: a random part of `first * 2^n`, so that many clients that failed together do not return
 * together (Exponential Backoff And Jitter, AWS Architecture Blog, 2015). A destination that wants to be
 * left alone for longer is; one that wants it for longer than there is time gets no other attempt.
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
    // `NaN` is what a header comes to that is no number.
    const pause = Math.max(ceiling * host.random(), receipt.retryAfter || 0);
    if (pause >= host.left()) return receipt;
    await host.after(pause);
  }
}

async function receiptOf(attempt: () => Promise<Receipt>): Promise<Receipt> {
  try {
    return await attempt();
  } catch (error) {
    return { ok: false, reason: textOf(error) };
  }
}
