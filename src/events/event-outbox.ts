import { outsideZones } from '../platform/realm.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import { EventWriter } from './event-writer.ts';

/** So many events, or so many bytes of them, are sent without waiting for the timer. */
const BATCH_EVENTS = 1024;
const BATCH_SIZE = 262_144;
/** How many bytes may be under way to a collector that has not answered. */
const MAX_UNDERWAY = 4_194_304;
/** How many bytes may wait. */
const MAX_WAITING = 67_108_864;
/** How long an event waits for others to fill a batch. Seconds. */
const BATCH_DELAY = 0.1;

export interface OutboxHost {
  /** Resolves when the collector has the batch; `undefined` while there is no collector. */
  send(batch: EventBatch): Promise<unknown> | undefined;
  after(seconds: number, run: () => void): () => void;
  dropped(count: number): void;
}

/**
 * Sends events to the collector in batches. Holds about as many as the log would keep, and not too many
 * bytes.
 */
export class EventOutbox {
  readonly #host: OutboxHost;
  readonly #limit: number;
  readonly #batchEvents: number;
  /** The writer of the batch that is being filled; `undefined` while an event is being written. */
  #writer: EventWriter | undefined;
  /** The full batches, oldest first. */
  #waiting: EventBatch[] = [];
  /** How many events and bytes the waiting batches have. */
  #held = 0;
  #size = 0;
  #underway = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(limit: number, host: OutboxHost) {
    this.#host = host;
    this.#limit = limit;
    this.#batchEvents = Math.max(1, Math.min(BATCH_EVENTS, limit));
  }

  /** Adds an event. Throws only if the engine does, when there is no room on the stack. */
  add(name: string, timestamp: number, value: unknown, labels: unknown, metadata: unknown): void {
    const writer = this.#writer ?? new EventWriter();
    const waiting = this.#waiting;
    // A getter among the values may record an event, too. That one finds no writer here, and makes its own.
    this.#writer = undefined;
    try {
      writer.add(name, timestamp, value, labels, metadata);
    } finally {
      const inner = this.#writer as EventWriter | undefined;
      if (waiting !== this.#waiting) {
        // The getter has cleared the batch with all earlier events. This one cannot be saved from it, so it
        // is dropped.
        this.#host.dropped(1);
      } else {
        if (inner) {
          this.#seal(writer);
          this.#seal(inner);
        }
        this.#writer = writer;
      }
    }
    if (writer.count >= this.#batchEvents || writer.size >= BATCH_SIZE) {
      this.#handOver(MAX_UNDERWAY);
    } else this.#startTimer();
  }

  /** Hands over all that is waiting. */
  flush(): void {
    this.#handOver(Infinity);
  }

  clear(): void {
    this.#writer = undefined;
    this.#waiting = [];
    this.#held = 0;
    this.#size = 0;
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#host.after(BATCH_DELAY, () => this.#handOver(MAX_UNDERWAY));
  }

  /** Hands batches over, also the one that is being filled. */
  #handOver(mostUnderway: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#seal();
    // In Angular's zone, a promise that settles makes Angular check the whole page.
    outsideZones(() => this.#send(mostUnderway));
  }

  /** Ends a batch, and drops the oldest ones if too much waits. */
  #seal(writer = this.#writer): void {
    if (!writer?.count) return;
    this.#held += writer.count;
    this.#waiting.push(writer.take());
    this.#size += this.#waiting.at(-1)!.size;
    while (
      this.#waiting.length > 0 &&
      (this.#held - this.#waiting[0]!.count >= this.#limit || this.#size > MAX_WAITING)
    ) {
      this.#host.dropped(this.#shift().count);
    }
  }

  /** Sends the waiting batches as fast as the collector takes them. */
  #send(mostUnderway: number): void {
    while (this.#waiting.length > 0 && this.#underway <= mostUnderway) {
      const sent = this.#host.send(this.#waiting[0]!);
      if (!sent) return;
      const { size } = this.#shift();
      this.#underway += size;
      const arrived = () => {
        this.#underway -= size;
        this.#send(MAX_UNDERWAY);
      };
      // If the collector has failed without receiving the batch, the next one is sent it.
      sent.then(arrived, arrived);
    }
  }

  #shift(): EventBatch {
    const first = this.#waiting.shift()!;
    this.#held -= first.count;
    this.#size -= first.size;
    return first;
  }
}
