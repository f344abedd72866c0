import { textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { Outbox, OutboxCounts, OutboxOptions } from '../protocol/outbox.ts';
import type { HttpPlan } from '../protocol/requests.ts';
import type { Receipt } from './destination.ts';
import { sendByHttp } from './http-destination.ts';
import { withHeadersNow } from './plan-headers.ts';
import { DeliveryQueue, type QueuedBody } from './queue.ts';
import { withoutSecrets } from './secrets.ts';

/** So many alerts or groups may wait. */
const MOST_WAITING = 10_000;
/** After so many refusals in a row of what was sent alone, all that waits is dropped. */
const MOST_REFUSALS = 10;
/** How long a flush waits for what is on its way. Seconds. */
const PATIENCE = 5;

/** Nothing is in the queue but that there is something to send: what it is, is seen when it is sent. */
const TOKEN: QueuedBody = { bytes: new Uint8Array(0), series: 1 };

/** The outbox that the collector lends to parts. */
export class HttpOutbox implements Outbox {
  readonly counts: OutboxCounts = { sent: 0, errors: 0, dropped: 0 };
  readonly #host: OutboxOptions;
  readonly #clock: Clock;
  readonly #queue: DeliveryQueue;
  readonly #waiting = new Set<string>();
  readonly #end = new AbortController();
  #isQueued = false;
  /** So many keys a request may have: fewer after a refusal. */
  #most: number;
  #refusals = 0;

  constructor(host: OutboxOptions, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
    this.#most = host.most ?? Infinity;
    const queued = () => {
      this.#isQueued = false;
      this.#go();
    };
    this.#queue = new DeliveryQueue(
      { maxBytes: Infinity, maxAge: Infinity },
      {
        clock,
        random: Math.random,
        timeout: host.http.timeout,
        send: () => this.#send(),
        ...{ dropped: queued, delivered: queued },
      },
    );
  }

  get length(): number {
    return this.#waiting.size;
  }

  put(keys: readonly string[]): void {
    for (const key of keys) this.#waiting.add(key);
    this.#makeRoom();
    this.#go();
  }

  drop(keys: readonly string[], why: string): void {
    if (keys.length === 0) return;
    for (const key of keys) this.#waiting.delete(key);
    this.counts.dropped += keys.length;
    this.#host.dropped(keys, why);
  }

  async flush(): Promise<string | undefined> {
    const clock = this.#clock;
    const end = clock.elapsed() + PATIENCE;
    let reason: string | undefined;
    while (this.#waiting.size > 0 && clock.elapsed() < end) {
      const outcome = await this.#queue.flush(end - clock.elapsed());
      reason = outcome.reason;
      if (!outcome.arrived) break;
    }
    if (this.#waiting.size === 0) return undefined;
    return `${this.#waiting.size} wait: ${reason ?? 'there was no time'}`;
  }

  close(): void {
    this.#queue.close();
    this.#end.abort();
  }

  #go(): void {
    if (this.#isQueued || this.#waiting.size === 0 || this.#end.signal.aborted) return;
    this.#isQueued = true;
    void this.#queue.add([TOKEN], 0, async () => {});
  }

  async #send(): Promise<Receipt> {
    const { headers, secrets } = this.#host;
    let http: HttpPlan;
    try {
      // Nobody waits for it, so it does not hold the process.
      const within = (seconds: number, asked: Promise<unknown>) =>
        Promise.race([asked.then(() => {}), this.#clock.after(seconds)]);
      // This comes first: what is said is as of the moment of sending.
      http = await withHeadersNow(this.#host.http, headers, { within });
    } catch (error) {
      this.counts.errors++;
      return { ok: false, reason: `headers(): ${withoutSecrets(textOf(error), secrets)}` };
    }
    return this.#sendBy(http);
  }

  async #sendBy(http: HttpPlan): Promise<Receipt> {
    const keys = [...this.#waiting].slice(0, this.#most);
    const request = this.#host.request(keys);
    if (!request) {
      for (const key of keys) this.#waiting.delete(key);
      return { ok: true };
    }
    // What is put meanwhile is sent again.
    for (const key of request.keys) this.#waiting.delete(key);
    const bytes = new TextEncoder().encode(request.body);
    const { secrets } = this.#host;
    const receipt = await sendByHttp(http, this.#end.signal, bytes, 'application/json');
    const { length } = request.keys;
    if (receipt.ok) {
      this.counts.sent += length;
      this.#refusals = 0;
      this.#most = Math.min(this.#most * 2, this.#host.most ?? Infinity);
      request.arrived();
      return receipt;
    }
    this.counts.errors++;
    const reason = withoutSecrets(receipt.reason, secrets);
    if (!receipt.drop) this.#putBack(request.keys);
    else if (receipt.divide && length > 1) {
      this.#putBack(request.keys);
      this.#most = Math.ceil(length / 2);
    } else this.#refused(request.keys, reason);
    return { ...receipt, reason };
  }

  /** Puts first what was taken out. */
  #putBack(keys: readonly string[]): void {
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const key of [...keys, ...later]) this.#waiting.add(key);
    this.#makeRoom();
  }

  #makeRoom(): void {
    const excess = this.#waiting.size - MOST_WAITING;
    if (excess > 0)
      this.drop([...this.#waiting].slice(0, excess), `more than ${MOST_WAITING} wait`);
  }

  #refused(keys: readonly string[], why: string): void {
    this.drop(keys, why);
    if (keys.length > 1 || ++this.#refusals < MOST_REFUSALS) return;
    this.#refusals = 0;
    this.drop([...this.#waiting], why);
  }
}
