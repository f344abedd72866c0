import type { Clock } from '../platform/clock.ts';
import type { Receipt } from './destination.ts';
import { receiptOf } from './retry.ts';

/** Something that is to be sent, after all that came before it. */
export interface QueuedBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many series it tells of. */
  readonly series: number;
  /**
   * Resolves to the same in two halves, for a server that refuses a whole body because of one series. Absent, or
   * resolves to `undefined`, if it cannot be divided.
   */
  split?(): Promise<readonly [QueuedBody, QueuedBody] | undefined>;
}

export interface QueueLimits {
  /** How many bytes may wait. */
  readonly maxBytes: number;
  /** For how many seconds something may wait. */
  readonly maxAge: number;
}

/** Why something was not delivered. */
export type DropReason =
  /** The server has refused it, and would again. */
  | 'refused'
  /** The queue had no room. */
  | 'full'
  /** It had waited for too long. */
  | 'expired'
  /** Nobody was left to send it. */
  | 'ended';

export interface QueueHost {
  readonly clock: Pick<Clock, 'elapsed' | 'after' | 'within'>;
  /** A random number from 0 up to 1. */
  random(): number;
  /** How long `send` may take before it gives up. Seconds. */
  readonly timeout?: number | undefined;
  send(body: QueuedBody): Promise<Receipt>;
  /** @param why what the server has said, if it has refused it */
  dropped(body: QueuedBody, reason: DropReason, why: string): void;
  /** @param seconds how long it took from its arrival in the queue */
  delivered(body: QueuedBody, seconds: number): void;
  /** Called when something waits for another attempt, or nothing does any more. */
  changed?(): void;
}

/** What has become of bodies that were added together. */
export interface Delivery {
  /** Whether all have arrived. */
  readonly arrived: boolean;
  /** Why not, or why not yet. */
  readonly reason?: string | undefined;
}

/** Seconds. After failures waits grow from the first to the longest; each is a random part of that. */
const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 30;
/** A server can ask for so long a wait. A mistaken one asks for more. Seconds. */
const LONGEST_ASKED = 600;
/** How long a request may take unless that is said. Seconds. */
const LONGEST_REQUEST = 590;
/** One that takes so much longer never ends: at the edge, one that has begun in another request does not. Seconds. */
const GRACE = 10;

interface Entry {
  readonly body: QueuedBody;
  readonly since: number;
  readonly batch: Batch;
  /** The answer, if it was sent before its turn. */
  early?: Promise<Receipt> | undefined;
  /** Whether it is on its way while nobody may be there to hear the answer. */
  isLast?: boolean;
}

/** A body that waits. */
export interface Waiting {
  readonly body: QueuedBody;
  /** For how many seconds it has waited. */
  readonly age: number;
}

/** So many refusals of single series of one batch are followed up. If everything is bad, it must not be asked for one by one. */
const MAX_REFUSALS = 64;

/** Bodies that were added together. */
class Batch {
  left: number;
  refusals = 0;
  /** Why some were dropped, or why the last attempt has failed. */
  reason: string | undefined;
  #isLost = false;
  #settle!: () => void;
  readonly settled: Promise<void>;

  constructor(count: number) {
    this.left = count;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    if (count === 0) this.#settle();
  }

  ended(lost?: string): void {
    if (lost !== undefined) {
      this.#isLost = true;
      this.reason = lost;
    }
    if (--this.left === 0) this.#settle();
  }

  get outcome(): Delivery {
    const arrived = this.left === 0 && !this.#isLost;
    return arrived ? { arrived } : { arrived, reason: this.reason ?? 'it has yet to be sent' };
  }
}

/**
 * Sends bodies one after the other, in order, and never two at a time. What cannot be sent now waits, within
 * limits: the oldest goes first. There is one chain of attempts, whoever adds meanwhile.
 */
export class DeliveryQueue {
  readonly #host: QueueHost;
  readonly #limits: QueueLimits;
  #entries: Entry[] = [];
  #bytes = 0;
  #failures = 0;
  #running: Promise<void> | undefined;
  /** By then the chain of attempts has gone on, unless it was abandoned. */
  #awaitedUntil = 0;
  /** Which chain it is. One that was abandoned may go on after all, and must not. */
  #chain = 0;
  /** What is under way. It is not dropped meanwhile. */
  #sending: Entry | undefined;
  #closed = false;
  /** Ends the wait before the next attempt. */
  #hurry: (() => void) | undefined;

  constructor(limits: QueueLimits, host: QueueHost) {
    this.#limits = limits;
    this.#host = host;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many bodies wait. */
  get length(): number {
    return this.#entries.length;
  }

  /** What waits, in order, and whether `sendEarly` has sent it and it was not answered yet. */
  get waiting(): readonly (Waiting & { readonly isSent: boolean })[] {
    const now = this.#host.clock.elapsed();
    return this.#entries.map(({ body, since, isLast = false }) => ({
      body,
      age: now - since,
      isSent: isLast,
    }));
  }

  /** Puts first what has waited in another queue before. */
  restore(waited: readonly Waiting[]): void {
    const now = this.#host.clock.elapsed();
    const batch = new Batch(waited.length);
    const entries = waited.map(({ body, age }) => ({ body, since: now - age, batch }));
    // What is under way stays the first.
    this.#entries.splice(this.#sending ? 1 : 0, 0, ...entries);
    for (const { body } of entries) this.#bytes += body.bytes.length;
    this.#makeRoom();
    this.#start();
  }

  /** For how many seconds the oldest has waited; 0 if nothing waits. */
  get age(): number {
    const [oldest] = this.#entries;
    return oldest ? this.#host.clock.elapsed() - oldest.since : 0;
  }

  /**
   * Adds bodies, and resolves once all have arrived or were dropped, or after so many seconds. Those that have
   * not arrived by then still wait. Never rejects.
   * @param within waits; unless given, it holds the process
   */
  async add(
    bodies: readonly QueuedBody[],
    patience: number,
    within: Clock['within'] = (...what) => this.#host.clock.within(...what),
  ): Promise<Delivery> {
    const batch = new Batch(bodies.length);
    const since = this.#host.clock.elapsed();
    for (const body of bodies) {
      this.#entries.push({ body, since, batch });
      this.#bytes += body.bytes.length;
    }
    this.#makeRoom();
    if (this.#failures > 0) this.#host.changed?.();
    this.#start();
    await within(patience, batch.settled);
    return batch.outcome;
  }

  /** Tries at once what waits for its next attempt. Resolves when nothing waits, or after so many seconds. */
  async flush(patience: number): Promise<Delivery> {
    this.#goOnNow();
    const waiting = this.#entries.map(({ batch }) => batch);
    const settled = Promise.all(waiting.map((batch) => batch.settled));
    await this.#host.clock.within(patience, settled);
    return waiting.find(({ outcome }) => !outcome.arrived)?.outcome ?? { arrived: true };
  }

  /**
   * Sends what waits at once, and does not wait for the answers to those before: nobody may be there to send it
   * later. An answer counts when its turn comes.
   * @param most how many bytes may be on their way
   */
  sendEarly(most: number): void {
    let bytes = 0;
    for (const entry of this.#entries) {
      bytes += entry.body.bytes.length;
      if (bytes > most) break;
      entry.isLast = true;
      if (entry !== this.#sending) entry.early ??= receiptOf(() => this.#host.send(entry.body));
    }
    this.#goOnNow();
  }

  /** Sends nothing more. What waits is dropped without being counted: somebody else has it. */
  close(): void {
    this.#closed = true;
    this.#hurry?.();
  }

  /** Ends the wait before the next attempt. What waited may be gone with its request, so another chain goes on. */
  #goOnNow(): void {
    if (this.#hurry) {
      this.#hurry();
      this.#hurry = undefined;
      this.#awaitedUntil = -Infinity;
    }
    if (this.#entries.length > 0 && !this.#closed) this.#start();
  }

  /** When a chain is abandoned that begins a request so many seconds from now. */
  #abandonedAt(seconds: number): number {
    const { clock, timeout = LONGEST_REQUEST } = this.#host;
    return clock.elapsed() + seconds + timeout + GRACE;
  }

  #start(): void {
    if (this.#running) {
      if (this.#host.clock.elapsed() <= this.#awaitedUntil) return;
      this.#sending = undefined;
    }
    const chain = ++this.#chain;
    this.#running = this.#run(chain).finally(() => {
      if (chain !== this.#chain) return;
      this.#running = undefined;
      // RACE: something may have been added after the last look.
      if (this.#entries.length > 0 && !this.#closed) this.#start();
    });
  }

  async #run(chain: number): Promise<void> {
    while (chain === this.#chain) {
      this.#forgetOld();
      const [entry] = this.#entries;
      if (!entry) this.#host.changed?.();
      if (!entry || this.#closed) return;
      this.#sending = entry;
      this.#awaitedUntil = this.#abandonedAt(0);
      const receipt = await (entry.early ?? receiptOf(() => this.#host.send(entry.body)));
      entry.early = undefined;
      entry.isLast = false;
      if (chain !== this.#chain) return;
      this.#sending = undefined;
      if (this.#closed) return;
      if (receipt.ok) {
        this.#failures = 0;
        this.#remove(entry);
        this.#host.delivered(entry.body, this.#host.clock.elapsed() - entry.since);
        entry.batch.ended();
      } else if (receipt.drop) {
        this.#failures = 0;
        await this.#refused(entry, receipt);
      } else {
        for (const { batch } of this.#entries) batch.reason = receipt.reason;
        this.#makeRoom();
        this.#host.changed?.();
        await this.#wait(receipt.retryAfter);
      }
    }
  }

  async #refused(entry: Entry, { reason, divide }: Receipt & { ok: false }): Promise<void> {
    const { since, batch } = entry;
    this.#sending = entry;
    if (entry.body.series <= 1) batch.refusals++;
    // What an earlier process has left may not be what it says it is.
    const split = async () => entry.body.split?.();
    const halves =
      divide && batch.refusals < MAX_REFUSALS && (await split().catch(() => undefined));
    this.#sending = undefined;
    if (!halves) {
      this.#drop(entry, 'refused', reason);
      return;
    }
    batch.left++;
    this.#entries.splice(0, 1, ...halves.map((body) => ({ body, since, batch })));
    this.#bytes += halves[0].bytes.length + halves[1].bytes.length - entry.body.bytes.length;
  }

  /** Waits as long as the server asks, or longer after each failure. */
  async #wait(asked = 0): Promise<void> {
    const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    const seconds = Math.max(ceiling * this.#host.random(), Math.min(asked || 0, LONGEST_ASKED));
    this.#awaitedUntil = this.#abandonedAt(seconds);
    let hurry: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      hurry = resolve;
      this.#hurry = resolve;
      void this.#host.clock.after(seconds).then(resolve);
    });
    // RACE: another chain may wait by now.
    if (this.#hurry === hurry) this.#hurry = undefined;
  }

  #makeRoom(): void {
    while (this.#bytes > this.#limits.maxBytes) {
      const oldest = this.#entries.find((entry) => entry !== this.#sending && !entry.early);
      if (!oldest) return;
      this.#drop(oldest, 'full', 'the queue was full');
    }
  }

  #forgetOld(): void {
    while (this.#entries[0] && this.age > this.#limits.maxAge) {
      const [oldest] = this.#entries as [Entry];
      this.#drop(oldest, 'expired', 'it has waited for too long');
    }
  }

  #drop(entry: Entry, reason: DropReason, why: string): void {
    this.#remove(entry);
    this.#host.dropped(entry.body, reason, why);
    entry.batch.ended(why);
  }

  #remove(entry: Entry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#bytes -= entry.body.bytes.length;
  }
}
