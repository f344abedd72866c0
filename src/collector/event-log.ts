import type { EventBatch } from '../events/event-batch.ts';

/** The newest events, oldest first. They are read when somebody asks: see event-texts.ts. */
export class EventLog {
  readonly #limit: number;
  /** Those that have been read, which are older than those in `batches`. */
  texts: readonly string[] = [];
  batches: EventBatch[] = [];
  /** Events in `batches`. */
  #unread = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return Math.min(this.texts.length + this.#unread, this.#limit);
  }

  add(batch: EventBatch): void {
    this.batches.push(batch);
    this.#unread += batch.count;
    while (this.batches.length > 1 && this.#unread - this.batches[0].count >= this.#limit) {
      this.#unread -= this.batches.shift()!.count;
    }
  }

  clear(): void {
    this.replace([]);
  }

  replace(texts: readonly string[]): void {
    this.texts = texts.slice(Math.max(0, texts.length - this.#limit));
    this.batches = [];
    this.#unread = 0;
  }
}
