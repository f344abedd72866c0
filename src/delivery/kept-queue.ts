import { joinPieces } from '../bytes/pieces.ts';
import { textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { Storage, Store } from '../storage/storage.ts';
import type { DeliveryQueue, QueuedBody } from './queue.ts';

/** How many seconds pass between writes while something waits. */
const WRITE_INTERVAL = 1;
/** A record has so many bodies at most, whoever has written it. */
const MAX_BODIES = 100_000;

/** What is kept of a body besides its bytes. It must fit JSON. */
export interface KeptBody {
  /** How many bytes it has. */
  readonly length: number;
  /** When it was queued: seconds since 1970. */
  readonly since: number;
  readonly about: unknown;
}

export interface KeptQueueHost {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Makes a body of what was kept of it. @throws Error if that is none */
  restored(bytes: Uint8Array<ArrayBuffer>, about: unknown): QueuedBody;
  /** Returns what is to be kept of a body besides its bytes. */
  about(body: QueuedBody): unknown;
  /**
   * Whether nothing is kept that was sent when the page ended, and was not answered: if it has arrived, sending it
   * again would count it twice. It is lost if it has not.
   */
  readonly sendsOnce: boolean;
  failed(message: string): void;
}

/**
 * Keeps what waits in a queue, so that it outlives the process or page, and takes over what earlier ones have left.
 * While everything is delivered at once, nothing is written.
 */
export class KeptQueue {
  readonly #queue: DeliveryQueue;
  readonly #host: KeptQueueHost;
  #store: Store | undefined;
  /** Whether the record has anything in it. */
  #isWritten = false;
  #writing: Promise<void> = Promise.resolve();
  #isDue = false;

  constructor(queue: DeliveryQueue, host: KeptQueueHost) {
    this.#queue = queue;
    this.#host = host;
  }

  /** Takes over what owners that are gone have left. Never rejects. */
  async open(storage: Storage, name: string): Promise<void> {
    try {
      const store = await storage.open(name);
      const take = (payload: Uint8Array) => {
        const bodies = bodiesIn(payload, this.#host);
        this.#queue.restore(bodies);
        // Else the record of the other one would be deleted with the next write, or stay for ever.
        this.#isWritten = true;
      };
      const damaged = await store.claim(({ payload }) => take(payload));
      for (const keptAs of damaged) this.#host.failed(`a damaged queue was set aside: ${keptAs}`);
      this.#store = store;
      if (this.#isWritten) await this.save();
    } catch (error) {
      this.#host.failed(`what waits to be delivered cannot be kept: ${textOf(error)}`);
    }
  }

  /** Called when the queue holds something else than before. */
  changed(): void {
    if (!this.#store || this.#isDue || (this.#queue.length === 0 && !this.#isWritten)) return;
    this.#isDue = true;
    void this.#host.clock.after(WRITE_INTERVAL).then(() => {
      this.#isDue = false;
      return this.save();
    });
  }

  /** Writes what waits now. Never rejects. */
  save(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes what waits, and lets others have it. Never rejects. */
  async close(): Promise<void> {
    await this.save();
    const store = this.#store;
    this.#store = undefined;
    await store?.close().catch(() => {});
  }

  async #write(): Promise<void> {
    const { sendsOnce } = this.#host;
    const waiting = this.#queue.waiting.filter(({ isSent }) => !(isSent && sendsOnce));
    if (!this.#store || (waiting.length === 0 && !this.#isWritten)) return;
    const now = this.#host.clock.now();
    const kept = waiting.map(
      ({ body, age }): KeptBody => ({
        length: body.bytes.length,
        since: now - age,
        about: this.#host.about(body),
      }),
    );
    try {
      const head = new TextEncoder().encode(`${JSON.stringify(kept)}\n`);
      await this.#store.write([head, ...waiting.map(({ body }) => body.bytes)]);
      this.#isWritten = waiting.length > 0;
    } catch (error) {
      this.#host.failed(`what waits to be delivered cannot be kept: ${textOf(error)}`);
    }
  }
}

/** @throws Error if it is no record of a queue */
function bodiesIn(
  payload: Uint8Array,
  { restored, clock }: KeptQueueHost,
): { body: QueuedBody; age: number }[] {
  let at = payload.indexOf(NEW_LINE) + 1;
  const kept = JSON.parse(new TextDecoder().decode(payload.subarray(0, at))) as KeptBody[];
  if (!Array.isArray(kept) || kept.length > MAX_BODIES) throw new Error('no list of bodies');
  return kept.map(({ length, since, about }) => {
    const bytes = joinPieces([payload.subarray(at, at + length)]);
    at += length;
    if (bytes.length !== length || !Number.isFinite(since)) throw new Error('a body is not whole');
    return { body: restored(bytes, about), age: Math.max(0, clock.now() - since) };
  });
}

const NEW_LINE = 10;
