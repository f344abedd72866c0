import type { EventLog } from '../events/event-log.ts';
import { OWN_METRICS } from '../model.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { PartStates } from '../protocol/handover.ts';
import type { AbsentThread } from './absent-thread.ts';
import { type Handover, type HandoverThread, type HandoverTotals, newEvents } from './handover.ts';
import { LatestOnly } from './latest-only.ts';
import type { MergedFamily } from './merged-family.ts';
import type { Parts } from './parts.ts';
import type { Persistence } from './persistence.ts';
import type { RemoteThread } from './remote-thread.ts';
import type { SeriesTable } from './series-table.ts';
import type { CollectorServices } from './services.ts';
import type { ThreadGroup } from './thread-group.ts';
import { encodeTotals, retainedTotals } from './totals-record.ts';

/** What the handover is made from. */
interface Testator {
  readonly threads: ThreadGroup;
  readonly table: SeriesTable;
  readonly log: EventLog;
  readonly owner: OwnerClient;
  readonly services: CollectorServices;
  readonly persistence: Persistence | undefined;
  readonly parts: Parts | undefined;
  fail(reason: string, message: string): void;
}

/** What the collector remembers of threads and erasures for those that it may have to tell again. */
type Remembered = Pick<Handover, 'received' | 'left' | 'erased'>;

/** Gives the owner what a collector that replaces this one would need, whenever that has changed. */
export class HandoverSender {
  readonly #of: Testator;
  readonly #remembered: () => Remembered;
  readonly #latest = new LatestOnly(() => this.#send());
  /** Whether the owner has yet to be told of totals that no thread has. */
  #totalsChanged = true;
  /** The records that had been claimed when the owner was last told: it has their totals. */
  #absorbedTold: readonly string[] | undefined;
  /** What the collector's own counters were when the owner was last told. */
  #ownTold = Number.NaN;
  /** What the parts of features kept when the owner was last told. */
  #statesTold: PartStates = [];
  /** How many events had come into the log when the owner was last told, and how many were in it. */
  #eventsTold = -Infinity;
  #loggedTold = -1;
  /** By the number of the thread: how many of its events the owner has, or need not have. */
  #eventsKept = new Map<number, number>();

  constructor(of: Testator, remembered: () => Remembered) {
    this.#of = of;
    this.#remembered = remembered;
  }

  /** Whether the owner has all that is shown. */
  get isKept(): boolean {
    const isTold = !this.#hasNewTotals && this.#ownCounts() === this.#ownTold;
    return (
      isTold && !this.#newStates() && [...this.#of.threads.all].every((thread) => thread.isKept)
    );
  }

  /** Returns how many events of the thread a collector that replaces this one will know of. */
  eventsKept(thread: number): number {
    return this.#eventsKept.get(thread) ?? 0;
  }

  /**
   * Sends the owner what has changed. Resolves to whether the owner has it.
   * @param totals whether what ended threads and earlier processes have counted has changed, too
   */
  changed(totals: boolean): Promise<boolean> {
    this.#totalsChanged ||= totals;
    return this.#latest.changed();
  }

  /** Sends everything as of one moment, so that what has left a thread's cells is among the totals. */
  async #send(): Promise<void> {
    const { threads, owner, services, log } = this.#of;
    const own = this.#ownCounts();
    const { now, latest, totals, events } = this.#encoded();
    const { count } = log;
    const parts = [...threads.all].flatMap((thread) => {
      const part = thread.unkept();
      return part ? [{ thread, part }] : [];
    });
    const memory = parts.map(({ thread, part }) => [thread.id, part] as const);
    const states = this.#newStates();
    const handover = {
      latest,
      ...(totals && { totals }),
      ...(memory[0] && { memory }),
      ...(events && { events }),
      ...(states && { states }),
    };
    this.#totalsChanged = false;
    this.#absorbedTold = this.#absorbed;
    try {
      const { transfer } = services;
      await owner.keep(totals && transfer ? transfer(handover, totals.buffer) : handover);
      this.#ownTold = own;
      this.#eventsTold = count;
      this.#loggedTold = now.logged;
      if (states) this.#statesTold = states;
      this.#eventsKept = new Map(now.received.map(([thread, number]) => [thread, number]));
      for (const { thread } of parts) thread.kept();
    } catch (error) {
      this.#totalsChanged ||= totals !== undefined;
      this.#eventsTold = -Infinity;
      for (const { thread } of parts) thread.notKept();
      throw error;
    }
  }

  /**
   * Whether the owner has yet to be told of new totals. A claim adds one record after the other, and the
   * owner must not hear of a record without what that had counted.
   */
  get #hasNewTotals(): boolean {
    return this.#totalsChanged || this.#absorbed !== this.#absorbedTold;
  }

  get #absorbed(): readonly string[] | undefined {
    return this.#of.persistence?.location.absorbed;
  }

  #encoded() {
    const { log } = this.#of;
    const now = this.#handoverNow();
    try {
      const isSame = log.count === this.#eventsTold && now.logged === this.#loggedTold;
      return {
        now,
        latest: encodeTotals(now),
        totals: this.#hasNewTotals ? encodeTotals(this.#totalsNow()) : undefined,
        events: isSame ? undefined : newEvents(log, this.#eventsTold),
      };
    } catch (error) {
      this.#of.fail(
        'collector',
        `what a collector after this one would need is too much: ${error}`,
      );
      throw error;
    }
  }

  /** Returns what the parts of features keep, if the owner has something else. */
  #newStates(): PartStates | undefined {
    const states = this.#of.parts?.states;
    const told = this.#statesTold;
    if (!states) return undefined;
    const isTold = ([name, state]: PartStates[number], i: number) =>
      told[i]?.[0] === name && told[i][1] === state;
    return states.length === told.length && states.every(isTold) ? undefined : states;
  }

  /** Returns a number that changes whenever the collector itself has counted. */
  #ownCounts(): number {
    let sum = 0;
    for (const { series } of retainedTotals(this.#ownFamilies())) {
      for (const [, , totals] of series) for (const value of totals) sum += value;
    }
    return sum;
  }

  #ownFamilies(): MergedFamily[] {
    return OWN_METRICS.flatMap((name) => this.#of.table.families.get(name) ?? []);
  }

  #handoverThreads(): HandoverThread[] {
    const { all, absent } = this.#of.threads;
    // Threads that have followed take the place of those that stand in for them: they were told of all that
    // those had not heard of.
    const known = new Map<number, RemoteThread | AbsentThread>(absent);
    for (const thread of all) known.set(thread.id, thread);
    return [...known.values()].map(({ id, lock, unheard }) => ({ id, lock, unheard }));
  }

  #totalsNow(): HandoverTotals {
    const { table } = this.#of;
    const families = table.names().map((name) => table.families.get(name)!);
    return {
      families: retainedTotals([...table.waiting, ...families]),
      events: [],
      definitions: families.filter(({ retains }) => retains).map(({ definition }) => definition),
    };
  }

  #handoverNow(): Handover {
    return {
      families: retainedTotals(this.#ownFamilies()),
      events: [],
      logged: this.#of.log.size,
      ...this.#remembered(),
      threads: this.#handoverThreads(),
      store: undefined,
      absorbed: [],
      ...this.#of.persistence?.location,
    };
  }
}
