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
}

/**
 * Repeats `attempt` until it resolves. Waits between attempts grow exponentially with full jitter:
 * a random part of `first * 2^n`, so that many clients that failed together do not return together
 * (Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
 *
 * @throws the error of the last attempt
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  host: RetryHost,
  policy: RetryPolicy = DEFAULT_RETRY,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= policy.attempts) throw error;
      const ceiling = Math.min(policy.longest, policy.first * 2 ** (tried - 1));
      await host.after(ceiling * host.random());
    }
  }
}
