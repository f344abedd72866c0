import type { EventBatch } from '../protocol/event-batch.ts';
import type { CollectorService, ThreadHello } from '../protocol/service.ts';

/**
 * How many bytes of events are held at most, by the thread that sent them and by the owner. As many may
 * wait.
 */
export const MAX_HELD_EVENTS = 67_108_864;

interface Sent {
  readonly batch: EventBatch;
  /** How many events of this thread came before. */
  readonly first: number;
}

/**
 * Events that the collector has and that may be lost with it, as far as this thread knows. They are sent
 * again to the next collector, which knows by their numbers those that it has.
 */
export class UnconfirmedEvents {
  readonly #limit: number;
  /** The batches that were sent, oldest first. */
  #batches: Sent[] = [];
  #size = 0;
  #sent = 0;
  #cleared = 0;

  /** @param limit how many events the log keeps */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What the collector is told when this thread joins. */
  get told(): Pick<ThreadHello, 'eventsSent' | 'eventsCleared'> {
    const eventsSent = this.#batches[0]?.first ?? this.#sent;
    return { eventsSent, eventsCleared: this.#cleared };
  }

  send(batch: EventBatch, service: CollectorService): Promise<void> {
    const sent = { batch, first: this.#sent };
    this.#sent += batch.count;
    this.#batches.push(sent);
    this.#size += batch.size;
    this.#forget(this.#sent - this.#limit);
    return this.#send(sent, service);
  }

  /** Sends the held events again, to a collector that replaces another. */
  sendAgain(service: CollectorService): void {
    for (const sent of this.#batches) this.#send(sent, service).catch(() => {});
  }

  clear(): void {
    this.#cleared = this.#sent;
    this.#forget(this.#sent);
  }

  async #send({ batch, first }: Sent, service: CollectorService): Promise<void> {
    this.#forget((await service.events(batch, first, this.#cleared)) ?? Infinity);
  }

  /** Forgets the events before that number, and the oldest ones if they are too large together. */
  #forget(number: number): void {
    for (;;) {
      const [oldest] = this.#batches;
      if (!oldest) return;
      const { first, batch } = oldest;
      if (first + batch.count > number && this.#size <= MAX_HELD_EVENTS) return;
      this.#batches.shift();
      this.#size -= batch.size;
    }
  }
}
