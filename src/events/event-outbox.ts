/** Sends so many events, or this many characters of them, without waiting for the timer. */
const BATCH_EVENTS = 256;
const BATCH_LENGTH = 65_536;
/** Characters that may be under way to a collector that has not answered. */
const MAX_UNDERWAY = 4_194_304;
/** Longest wait of an event for company. Seconds. */
const BATCH_DELAY = 0.1;

export interface OutboxHost {
  /** Resolves when the collector has the batch; `undefined` while there is no collector. */
  send(batch: readonly string[]): Promise<void> | undefined;
  after(seconds: number, run: () => void): () => void;
  dropped(count: number): void;
}

/** Events on their way to the collector, in batches. Holds as many as the log would keep. */
export class EventOutbox {
  readonly #host: OutboxHost;
  readonly #limit: number;
  #waiting: string[] = [];
  #length = 0;
  /** Events handed over so far, since the last `clear`. */
  #sent = 0;
  #underway = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(limit: number, host: OutboxHost) {
    this.#limit = limit;
    this.#host = host;
  }

  add(event: string): void {
    this.#waiting.push(event);
    this.#length += event.length;
    if (this.#waiting.length >= BATCH_EVENTS || this.#length >= BATCH_LENGTH) this.#keepUp();
    else this.#startTimer();
    if (this.#waiting.length > 2 * this.#limit) this.#shorten();
  }

  /** Hands over all that is waiting. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    const sent = this.#host.send(batch);
    if (!sent) return;
    const length = this.#length;
    this.#waiting = [];
    this.#length = 0;
    this.#sent += batch.length;
    this.#underway += length;
    const arrived = () => {
      this.#underway -= length;
      if (this.#waiting.length >= BATCH_EVENTS) this.#keepUp();
      else if (this.#waiting.length > 0) this.#startTimer();
    };
    // The collector that comes after one that failed finds out what was lost: see `sent`.
    sent.then(arrived, arrived);
  }

  /** What a collector has not received of it has been lost. */
  get sent(): number {
    return this.#sent;
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#host.after(BATCH_DELAY, () => {
      this.#cancelTimer = undefined;
      this.#keepUp();
    });
  }

  /** Hands over as far as the collector keeps up. */
  #keepUp(): void {
    if (this.#underway <= MAX_UNDERWAY) this.flush();
  }

  clear(): void {
    this.#sent = 0;
    this.#waiting = [];
    this.#length = 0;
  }

  /** Cut when twice full, so that an event costs one copy and not one shift. */
  #shorten(): void {
    const kept = this.#limit === 0 ? [] : this.#waiting.slice(-this.#limit);
    this.#host.dropped(this.#waiting.length - kept.length);
    this.#waiting = kept;
    this.#length = kept.reduce((length, event) => length + event.length, 0);
  }
}
