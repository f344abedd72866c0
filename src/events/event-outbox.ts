import type { EventBatch } from './event-batch.ts';
import { EventWriter } from './event-writer.ts';

/** Sends so many events, or this many bytes of them, without waiting for the timer. */
const BATCH_EVENTS = 1024;
const BATCH_SIZE = 262_144;
/** Bytes that may be under way to a collector that has not answered. */
const MAX_UNDERWAY = 4_194_304;
/** Longest wait of an event for company. Seconds. */
const BATCH_DELAY = 0.1;

export interface OutboxHost {
  /** Resolves when the collector has the batch; `undefined` while there is no collector. */
  send(batch: EventBatch): Promise<void> | undefined;
  after(seconds: number, run: () => void): () => void;
  dropped(count: number): void;
}

/** Events on their way to the collector, in batches. Holds about as many as the log would keep. */
export class EventOutbox {
  readonly #host: OutboxHost;
  readonly #limit: number;
  readonly #batchEvents: number;
  /** Of the batch that is being filled, unless an event is being written. */
  #writer: EventWriter | undefined;
  /** Full batches, the oldest first. */
  #waiting: EventBatch[] = [];
  /** Events in them. */
  #held = 0;
  /** Events handed over so far, since the last `clear`. What a collector has not received is lost. */
  sent = 0;
  #underway = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(limit: number, host: OutboxHost) {
    this.#host = host;
    this.#limit = limit;
    this.#batchEvents = Math.max(1, Math.min(BATCH_EVENTS, limit));
  }

  /** Never throws. */
  add(name: string, timestamp: number, value: unknown, labels: unknown, metadata: unknown): void {
    const writer = this.#writer ?? new EventWriter();
    // A getter among the values may record an event: that one finds no writer, and makes its own.
    this.#writer = undefined;
    writer.add(name, timestamp, value, labels, metadata);
    this.#seal();
    this.#writer = writer;
    if (writer.count >= this.#batchEvents || writer.size >= BATCH_SIZE)
      this.#handOver(MAX_UNDERWAY);
    else this.#startTimer();
  }

  /** Hands over all that is waiting. */
  flush(): void {
    this.#handOver(Infinity);
  }

  clear(): void {
    this.sent = 0;
    this.#writer = undefined;
    this.#waiting = [];
    this.#held = 0;
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#host.after(BATCH_DELAY, () => this.#handOver(MAX_UNDERWAY));
  }

  /** Also of the batch that is being filled. */
  #handOver(mostUnderway: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#seal();
    this.#send(mostUnderway);
  }

  /** Ends the batch that is being filled. */
  #seal(): void {
    const writer = this.#writer;
    if (!writer?.count) return;
    this.#held += writer.count;
    this.#waiting.push(writer.take());
    while (this.#waiting.length > 0 && this.#held - this.#waiting[0].count >= this.#limit) {
      this.#host.dropped(this.#shift().count);
    }
  }

  /** As far as the collector keeps up. */
  #send(mostUnderway: number): void {
    while (this.#waiting.length > 0 && this.#underway <= mostUnderway) {
      const sent = this.#host.send(this.#waiting[0]);
      if (!sent) return;
      const { count, size } = this.#shift();
      this.sent += count;
      this.#underway += size;
      const arrived = () => {
        this.#underway -= size;
        this.#send(MAX_UNDERWAY);
      };
      // The collector that comes after one that failed finds out what was lost: see `sent`.
      sent.then(arrived, arrived);
    }
  }

  #shift(): EventBatch {
    const first = this.#waiting.shift()!;
    this.#held -= first.count;
    return first;
  }
}
