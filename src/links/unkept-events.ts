import type { EventBatch } from '../protocol/event-batch.ts';
import type { CollectorService, ThreadHello } from '../protocol/service.ts';

/** Bytes of events that are held, by the thread that sent them and by the owner: as many as may wait. */
export const MAX_HELD_EVENTS = 67_108_864;

interface Sent {
  readonly batch: EventBatch;
  /** How many events of this thread came before. */
  readonly first: number;
}

/**
 * Events that a collector has and may take along when it ends, as far as this thread knows: the next one is
 * sent them again. They have numbers, by which that one knows those that it has.
 */
export class UnkeptEvents {
  readonly #limit: number;
  /** The oldest first. */
  #batches: Sent[] = [];
  #size = 0;
  #sent = 0;
  #cleared = 0;

  /** @param limit more the log does not keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** As the collector is told that this thread joins. */
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

  /** To a collector that replaces another. */
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

  /** Those before that number, and what would be too large. */
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
