/** How often a client may send. */
export interface RateOptions<C extends unknown[] = unknown[]> {
  /**
   * Tells clients apart, e.g. by the address that a proxy of yours has put into a header. It gets what the handler
   * gets. Requests without a key share one.
   */
  readonly key: (request: Request, ...context: C) => string | null | undefined;
  /** How many requests a client may make in a second, on average. It may be a fraction. */
  readonly perSecond: number;
  /**
   * How many a client may make at once after a pause.
   * @defaultValue 10
   */
  readonly burst?: number | undefined;
  /**
   * How many clients are remembered. The one that was silent longest is forgotten first.
   * @defaultValue 10,000
   */
  readonly clients?: number | undefined;
}

/** A key may come from a header, which a client writes. */
const LONGEST_KEY = 256;

interface Bucket {
  tokens: number;
  /** Seconds. */
  at: number;
}

/** A token bucket for each client. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #most: number;
  /** The client that was heard last is last. */
  readonly #clients = new Map<string, Bucket>();

  constructor({ perSecond, burst = 10, clients = 10_000 }: Omit<RateOptions, 'key'>) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#most = clients;
  }

  /**
   * Counts a request. Returns 0, or after how many seconds the client may ask again.
   * @param now seconds
   */
  take(client: string, now: number): number {
    const key = client.slice(0, LONGEST_KEY);
    const bucket = this.#clients.get(key) ?? { tokens: this.#burst, at: now };
    const earned = Math.max(0, now - bucket.at) * this.#perSecond;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + earned);
    bucket.at = now;
    this.#clients.delete(key);
    this.#clients.set(key, bucket);
    if (this.#clients.size > this.#most) {
      const [oldest] = this.#clients.keys();
      this.#clients.delete(oldest!);
    }
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#perSecond;
    bucket.tokens--;
    return 0;
  }
}
