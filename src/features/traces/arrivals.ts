import { type NumberRange, NumberRanges } from './number-ranges.ts';

/** So many threads are remembered. */
const MOST_OUTBOXES = 1000;
/** So many of them are told to the part that comes after this one: those that sent last. */
const MOST_KEPT = 64;

/** A batch of which spans are still here. */
export interface Arrival {
  readonly number: number;
  readonly from: Outbox;
  /** Whether the part before this one has counted its spans, and has ended before they had gone on. */
  readonly isCounted: boolean;
  /** How many of its spans have not gone on. */
  left: number;
}

interface Outbox {
  /** Batches of which spans are still here. */
  readonly open: Map<number, Arrival>;
  /** The numbers of those that have come here, so that none is taken twice. */
  readonly taken: NumberRanges;
  /** The numbers of these, and of those that have come to the parts before this one. */
  readonly counted: NumberRanges;
  latest: number;
}

/** The numbers of the batches of an outbox that were counted. */
export type CountedBatches = readonly [outbox: string, ranges: readonly Readonly<NumberRange>[]];

/** Tells threads which of their batches they need not hold any more. */
export class Arrivals {
  readonly #outboxes = new Map<string, Outbox>();

  /** @returns the batch; `undefined` if it has come before */
  begin(outbox: string, number: number, count: number): Arrival | undefined {
    const from = this.#outbox(outbox);
    if (number === 0 || from.taken.has(number)) return undefined;
    const isCounted = from.counted.has(number);
    from.taken.add(number);
    from.counted.add(number);
    from.latest = Math.max(from.latest, number);
    const arrival = { number, from, isCounted, left: count };
    if (count > 0) from.open.set(number, arrival);
    return arrival;
  }

  /** Says that a span of a batch has gone on, or was given up. */
  done(arrival: Arrival): void {
    arrival.left--;
    if (arrival.left <= 0) arrival.from.open.delete(arrival.number);
  }

  /** Returns the number up to which all batches of an outbox have gone on. */
  settled(outbox: string): number {
    const { open, latest } = this.#outbox(outbox);
    let first = latest + 1;
    for (const number of open.keys()) first = Math.min(first, number);
    return first - 1;
  }

  /** Returns the number up to which all batches of an outbox were counted, here or by the parts before this one. */
  counted(outbox: string): number {
    return this.#outbox(outbox).counted.all[0]?.[1] ?? 0;
  }

  /** What was counted. The part that comes after this one must not count it again. */
  get kept(): CountedBatches[] {
    return [...this.#outboxes].slice(-MOST_KEPT).map(([name, { counted }]) => [name, counted.all]);
  }

  restore(kept: readonly CountedBatches[]): void {
    for (const [name, ranges] of kept) this.#outbox(name, new NumberRanges(ranges));
  }

  #outbox(name: string, counted = new NumberRanges()): Outbox {
    const known = this.#outboxes.get(name) ?? {
      open: new Map(),
      taken: new NumberRanges(),
      counted,
      latest: 0,
    };
    // The one that was used longest ago comes first.
    this.#outboxes.delete(name);
    this.#outboxes.set(name, known);
    if (this.#outboxes.size > MOST_OUTBOXES) {
      for (const oldest of this.#outboxes.keys()) {
        this.#outboxes.delete(oldest);
        break;
      }
    }
    return known;
  }
}
