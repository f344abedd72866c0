import {
  type BatchAnswer,
  MAX_LENGTH,
  type SpanBatch,
} from '../../../features/traces/span-batch.ts';
import { SpanWriter } from '../../../features/traces/span-writer.ts';
import { randomId } from '../../../platform/random-id.ts';
import { outsideZones } from '../../../platform/realm.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { writeSpan } from './written-span.ts';

/** So many spans, or so many bytes of them, are sent without waiting for the timer. */
const BATCH_SPANS = 1024;
const BATCH_SIZE = 262_144;
/**
 * So many characters are sent at once, too. A text that many spans have is there once, but the collector makes of it as
 * many as there are, and takes no batch with too many: see `MAX_LENGTH`.
 */
const BATCH_LENGTH = MAX_LENGTH / 4;
/** How long a span waits for others to fill a batch. Seconds. */
const BATCH_DELAY = 0.1;
/** After so many seconds it is tried again to send what could not be sent. */
const RETRY_DELAY = 1;
/** How long a flush waits until the collector has room for all that is held. Seconds. */
const ROOM_TIMEOUT = 10;
/** How many bytes are held until they are where they should be. */
const MOST_HELD = 16_777_216;
/** So many batches that only the collector has are told apart. Of more, the oldest are taken together. */
const MOST_PASSED = 1024;
/** How many bytes may be under way to a collector that has not answered. */
const MOST_UNDER_WAY = 4_194_304;

export interface SpanOutboxHost {
  /** Sends a batch to the part. Returns `undefined` while there is no collector. */
  give(batch: SpanBatch): Promise<unknown> | undefined;
  /** Makes the collector start, which then asks for what waits here. */
  open(): void;
  after(seconds: number, run: () => void): () => void;
}

interface Held {
  /** The rows are absent once only the collector has them. */
  batch: SpanBatch | undefined;
  number: number;
  count: number;
  lost: SpanBatch['lost'];
  isSent: boolean;
  /** The part that has answered it. */
  reader: unknown;
}

/** Sends spans to the collector in batches, and holds them until the collector has passed them on. */
export class SpanOutbox {
  readonly #host: SpanOutboxHost;
  readonly #writer = new SpanWriter();
  #id: string | undefined;
  #number = 0;
  /** What was sent and may be lost with the collector, and what waits. The oldest comes first. */
  #held: Held[] = [];
  /** How many of these only the collector has: they were too much to be held until they had arrived. */
  #passed = 0;
  #size = 0;
  #underWay = 0;
  #epoch: unknown;
  #cancelTimer: (() => void) | undefined;
  /** Called with the next answer, or when there will be none. */
  #awake: (() => void)[] = [];
  readonly #lost = new Map<string, number>();

  constructor(host: SpanOutboxHost) {
    this.#host = host;
  }

  add(span: RecordedSpan): void {
    const writer = this.#writer;
    try {
      writeSpan(span, writer);
    } catch (error) {
      writer.undo();
      throw error;
    }
    if (writer.count >= BATCH_SPANS || writer.size >= BATCH_SIZE || writer.length >= BATCH_LENGTH)
      this.#handOver(MOST_UNDER_WAY);
    // A function that makes closures takes memory with each call, so it is not called in vain.
    else if (!this.#cancelTimer) this.#startTimer(BATCH_DELAY);
    // A process that ends before the timer sends nothing unless there is a collector by then.
    if (this.#number === 0 && writer.count === 1) this.#host.open();
  }

  /** Counts spans that are lost. The collector is told of them with the next batch. */
  lose(reason: string, count = 1): void {
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count);
    this.#startTimer(BATCH_DELAY);
  }

  /** Hands over all that waits, unless the collector has as much already that it has not answered. */
  flush(): void {
    // Scrapes and flushes call it, however often. What the collector has not read yet must not grow without bound.
    this.#handOver(MOST_HELD);
    // Nothing else may be recorded from which it could learn that what it holds has arrived.
    if (this.#held[0]?.isSent) this.#give(this.#batch(0, new SpanWriter(), []));
  }

  /** Resolves once all that was recorded by now is handed over, or cannot be for now. */
  async handedOver(): Promise<void> {
    const last = this.#number;
    const waits = () => this.#held.some(({ number, isSent }) => !isSent && number <= last);
    let isLate = false;
    const cancel = this.#host.after(ROOM_TIMEOUT, () => {
      isLate = true;
      this.#wake();
    });
    // Each answer lets further batches go. Without one under way none would come.
    while (this.#underWay > 0 && waits() && !isLate)
      await new Promise<void>((resolve) => this.#awake.push(resolve));
    cancel();
  }

  /** Makes those that wait for an answer look again. */
  #wake(): void {
    const awake = this.#awake;
    this.#awake = [];
    for (const resolve of awake) resolve();
  }

  #startTimer(seconds: number): void {
    this.#cancelTimer ??= this.#host.after(seconds, () => this.#handOver(MOST_UNDER_WAY));
  }

  #handOver(mostUnderWay: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#seal();
    // In Angular's zone, a promise that settles makes Angular check the whole page.
    outsideZones(() => this.#send(mostUnderWay));
  }

  #seal(): void {
    // Losses wait behind what cannot be sent: told alone again and again, they would push spans out.
    const isTold = this.#lost.size > 0 && this.#held.at(-1)?.isSent !== false;
    if (this.#writer.count === 0 && !isTold) return;
    const batch = this.#batch(++this.#number, this.#writer, [...this.#lost]);
    this.#lost.clear();
    const { number, count, lost } = batch;
    this.#held.push({ batch, number, count, lost, isSent: false, reader: undefined });
    this.#size += batch.size;
    while (this.#size > MOST_HELD && this.#held.length > this.#passed + 1) this.#letGo();
  }

  /** Lets go of the oldest batch. Only what the collector has not is lost. */
  #letGo(): void {
    const held = this.#held[this.#passed]!;
    if (!held.isSent) {
      this.#lostBatch(held, 'full');
      return;
    }
    this.#size -= held.batch!.size;
    held.batch = undefined;
    this.#passed++;
    if (this.#passed <= MOST_PASSED) return;
    const [oldest, next] = this.#held as [Held, Held];
    next.count += oldest.count;
    const lost = new Map(oldest.lost);
    for (const [reason, of] of next.lost) lost.set(reason, (lost.get(reason) ?? 0) + of);
    next.lost = [...lost];
    this.#forget(oldest);
  }

  #forget(held: Held): void {
    if (held.batch) this.#size -= held.batch.size;
    else this.#passed--;
    this.#held.splice(this.#held.indexOf(held), 1);
  }

  /** @param counted the collector knows what was lost before the batches up to this number */
  #lostBatch(held: Held, reason: string, counted = 0): void {
    this.#forget(held);
    if (held.count > 0) this.lose(reason, held.count);
    if (held.number > counted) for (const [reason, of] of held.lost) this.lose(reason, of);
  }

  #batch(number: number, writer: SpanWriter, lost: SpanBatch['lost']): SpanBatch {
    this.#id ??= randomId();
    return { ...writer.take(), outbox: this.#id, number, lost };
  }

  #send(mostUnderWay: number): void {
    for (const held of [...this.#held]) {
      if (held.isSent) continue;
      if (this.#underWay > mostUnderWay) return;
      if (!this.#give(held.batch!, held)) {
        this.#host.open();
        return;
      }
    }
    if (this.#lost.size > 0) this.#startTimer(BATCH_DELAY);
  }

  /** @returns whether there is a collector that it could be sent to */
  #give(batch: SpanBatch, held?: Held): boolean {
    const sent = this.#host.give(batch);
    if (!sent) return false;
    const { size } = batch;
    this.#underWay += size;
    if (held) held.isSent = true;
    const heard = (answer?: unknown) => {
      this.#underWay -= size;
      // A collector that has no such part yet gives no answer.
      if (isAnswer(answer)) {
        if (held) held.reader = answer.epoch;
        this.#settled(answer);
        this.#send(MOST_UNDER_WAY);
      } else if (held) {
        if (!held.batch && this.#held.includes(held)) this.#lostBatch(held, 'worker_failed');
        held.isSent = false;
        this.#startTimer(RETRY_DELAY);
      }
      this.#wake();
    };
    sent.then(heard, () => heard());
    return true;
  }

  #settled({ epoch, settled, counted }: BatchAnswer): void {
    // Another part has taken the place of the one that had these. What is under way to this one need not be sent again.
    if (this.#epoch !== epoch) {
      for (const held of [...this.#held]) {
        if (held.reader === undefined || held.reader === epoch) continue;
        held.isSent = false;
        held.reader = undefined;
        if (!held.batch) this.#lostBatch(held, 'worker_failed', counted);
      }
    }
    this.#epoch = epoch;
    // RACE: another part answers what came first. It may not have read yet what it gets again.
    while (this.#held[0]?.reader && this.#held[0].number <= settled) this.#forget(this.#held[0]);
  }
}

function isAnswer(answer: unknown): answer is BatchAnswer {
  const { epoch, settled } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  return typeof epoch === 'string' && typeof settled === 'number';
}
