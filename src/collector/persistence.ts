import type { EventLog } from '../events/event-log.ts';
import type { Kinds } from '../kinds/kind.ts';
import { type Erasure, isOfAll, textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { PartStates } from '../protocol/handover.ts';
import type { StorageFailure, StorageStatus } from '../protocol/status.ts';
import type { ClaimedRecord, Durability, Storage, Store } from '../storage/storage.ts';
import type { Handover } from './handover.ts';
import { RetryUntilStored } from './retry-until-stored.ts';
import { runToEnd } from './run-to-end.ts';
import type { SeriesTable } from './series-table.ts';
import type { CollectorServices } from './services.ts';
import { type SoundTotals, soundTotals } from './sound-totals.ts';
import { type TotalsRecord, withoutErased } from './totals-record.ts';
import { TotalsWriter } from './totals-writer.ts';

/**
 * A write that has not ended after so many seconds never will: at the edge, a request that has ended takes
 * its I/O along.
 */
const ABANDONED_AFTER = 30;
/** How many seconds a flush waits for storage that does not open. */
export const OPEN_DEADLINE = 3;
/** How many seconds runs and flushes wait for a write, and a shutdown for storage to close. */
const DEADLINE = 10;
const SILENT = `a write has not ended for ${DEADLINE} seconds`;
/** How many resets and removals are remembered while storage is opening. */
const MAX_ERASURES = 1000;

export interface PersistenceHost {
  readonly kinds: Kinds;
  /** Seconds since 1970. */
  now(): number;
  readonly clock: Pick<Clock, 'after' | 'within'>;
  failed(message: string): void;
  stored?(durability: Durability | undefined): void;
  restored(record: TotalsRecord): void;
  /** Called when the record is somewhere else now. Resolves when the owner knows, or does not answer. */
  moved(): Promise<void>;
  /**
   * Whether everything has arrived that is in the record of the collector before this one. Until then nothing
   * takes the place of that record.
   */
  isComplete?(): boolean;
  /** Resolves when the owner has everything that a collector which replaces this one would need. */
  kept?(): Promise<void>;
  /** Erasures of what must not come back. There may be more by the time that storage opens. */
  readonly erased: Iterable<Erasure>;
  readonly table: SeriesTable;
  readonly events: EventLog;
  /** What the parts of features keep. */
  states?(): PartStates | undefined;
  inSlices: CollectorServices['inSlices'];
}

const CLOSED = 'storage is closed: the collector was shut down';
const INCOMPLETE = 'what the collector before this one had has yet to arrive';

/** Keeps the totals and events of this owner in storage, and takes over those of earlier ones. */
export class Persistence {
  readonly #storage: Storage;
  readonly #host: PersistenceHost;
  readonly #writer = new TotalsWriter();
  #store: Store | undefined;
  /** Erasures that apply to what is yet to be claimed. `undefined` once all is claimed. */
  #erased: Erasure[] | undefined = [];
  /** The id of the store that has what is to be claimed, or that has claimed it. */
  #id: string | undefined;
  #closed = false;
  /** Ids of the records that were claimed, and are part of the totals. */
  #absorbed: readonly string[] = [];
  /** Where damaged records are kept that the host was told of. One that cannot be moved is found again. */
  readonly #setAside = new Set<string>();
  #saving: Promise<string | undefined> | undefined;
  #again: Promise<string | undefined> | undefined;
  #savingSince = 0;
  /** After so many seconds the write under way is abandoned. */
  #patience = ABANDONED_AFTER;
  /** The write that was begun last, and how many were begun. */
  #latest: Promise<string | undefined> | undefined;
  #begun = 0;
  #open: ((attempt: number) => Promise<void>) | undefined;
  #attempt = 0;
  #opening: Promise<void> | undefined;
  #openingSince = 0;
  /** The failure of what was last tried; none once that has succeeded. */
  #failure: StorageFailure | undefined;
  #failureKind = '';
  readonly #retry: RetryUntilStored;

  constructor(storage: Storage, host: PersistenceHost) {
    this.#storage = storage;
    this.#host = host;
    this.#retry = new RetryUntilStored(host.clock, () => void this.save(false, true));
  }

  get status(): StorageStatus {
    const isStored = this.#store && !this.#failure;
    return {
      storage: isStored ? this.#storage.kind : 'memory',
      ...(this.#failure && { storageFailure: this.#failure }),
    };
  }

  /** Where this owner's record is, for the handover. */
  get location(): Pick<Handover, 'store' | 'absorbed'> {
    return { store: this.#id, absorbed: this.#absorbed };
  }

  /**
   * Opens storage. Never rejects: without storage, collection goes on in memory, and opening is tried again.
   * @param handover what the collector that this one replaces has left: it includes the record of that one
   */
  open(name: string, handover: Handover | undefined): Promise<void> {
    this.#id = handover?.store;
    this.#absorbed = handover?.absorbed ?? [];
    this.#open = (attempt) => this.#openStore(name, attempt);
    return this.#openAgain();
  }

  #openAgain(): Promise<void> {
    const since = this.#host.now() - this.#openingSince;
    // A blocked database opens in the end, if nobody gives up. A request that has ended never goes on.
    const isLost = this.#storage.kind === 'key-value' && since > ABANDONED_AFTER;
    if (!this.#opening || isLost) {
      this.#openingSince = this.#host.now();
      const opening = this.#open!(++this.#attempt).finally(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
      this.#opening = opening;
    }
    return this.#opening;
  }

  async #openStore(name: string, attempt: number): Promise<void> {
    let store: Store | undefined;
    try {
      store = await this.#storage.open(name);
      const included = this.#included;
      // The owner hears of the store before anything is claimed, and of what was claimed before that is
      // written. If the worker dies in between, only the next collector can tell whose it is.
      if (this.#id) this.#absorbed = [...this.#absorbed, store.id];
      else this.#id = store.id;
      await this.#host.moved();
      await this.#claim(store, included, attempt);
      // If this was frozen meanwhile, another attempt may have begun: that takes over what this one has
      // claimed. Or storage was closed: nothing is written any more, since that might not be the last write,
      // and the next owner claims the same again.
      if (attempt !== this.#attempt || this.#closed) return await this.#giveUp(store);
      this.#erased = undefined;
      // Until this store writes, storage holds what the other one has left, in the name of this one.
      this.#absorbed = this.#included.filter((id) => id !== store!.id);
      this.#id = store.id;
      await this.#host.moved();
      if (attempt !== this.#attempt || this.#closed) return await this.#giveUp(store);
      this.#store = store;
      await this.save();
    } catch (error) {
      const isNews = !this.#isKnown(error);
      this.#failed(error);
      if (isNews)
        this.#host.failed(`storage cannot be used, totals will not survive: ${textOf(error)}`);
      // Otherwise others could not claim what the store holds until this process ends.
      if (store) await this.#giveUp(store).catch(() => {});
    }
  }

  /** Closes the store without a write: others, and the next attempt, can tell that it is gone. */
  async #giveUp(store: Store): Promise<void> {
    await store.close();
    this.#absorbed = this.#absorbed.filter((id) => id !== store.id);
  }

  /** Adds what owners that are gone have left. */
  async #claim(store: Store, included: readonly string[], attempt: number): Promise<void> {
    const take = ({ id, payload }: ClaimedRecord) => {
      if (attempt !== this.#attempt || this.#closed) return;
      const totals = soundTotals(payload, this.#host.kinds, this.#host.table.nameRule);
      if (this.#included.includes(id)) return;
      this.#restore(id, totals);
      this.#absorbed = [...this.#absorbed, id];
    };
    for (const keptAs of await store.claim(take, included)) {
      if (this.#setAside.has(keptAs)) continue;
      this.#setAside.add(keptAs);
      this.#host.failed(`a damaged record was set aside: it is kept as ${keptAs}`);
    }
  }

  /** Ids of the records in storage that the totals include. */
  get #included(): readonly string[] {
    return this.#id ? [this.#id, ...this.#absorbed] : this.#absorbed;
  }

  /**
   * Writes what was recorded before the call. Never rejects. Resolves to why it is not stored, if it is not.
   * @param hurried whether the thread may end in this turn of its event loop, or the next
   * @param unasked whether nobody has asked for it: then it is not told of when it fails as before
   */
  save(hurried = false, unasked = false): Promise<string | undefined> {
    if (!this.#store) return this.#closed ? Promise.resolve(CLOSED) : this.#saveOnceOpen();
    if (this.#host.isComplete?.() === false) return Promise.resolve(INCOMPLETE);
    if (this.#saving && this.#host.now() - this.#savingSince > this.#patience) {
      this.#host.failed(`a write has not ended for ${this.#patience} seconds, writing anew`);
      // Each abandoned write holds a copy of the totals. So there are few, however long storage is silent.
      this.#patience *= 2;
      this.#saving = undefined;
      this.#again = undefined;
    }
    // Stores write in the order of the calls. A hurried write does not wait for the one before it, nor for
    // what that one waits for: a page that is left does not live to see that.
    if (!this.#saving || hurried) {
      this.#savingSince = this.#host.now();
      const saving = this.#save(this.#store, hurried, unasked).finally(() => {
        if (this.#saving === saving) this.#saving = undefined;
      });
      this.#saving = saving;
      this.#latest = saving;
      return saving;
    }
    // The write under way may have begun before the latest recordings: one more covers them all.
    this.#again ??= this.#saving.then(() => {
      this.#again = undefined;
      return this.save();
    });
    return this.#again;
  }

  /** Does the same as `save`, for a caller that waits. It does not wait without end. */
  async saved(): Promise<string | undefined> {
    let failure: string | undefined = SILENT;
    const saved = this.save().then((outcome) => {
      failure = outcome;
    });
    await this.#host.clock.within(this.#left, saved);
    return failure;
  }

  /** Called when the application has reset or removed something. */
  erased(erasure: Erasure): void {
    if (!this.#erased) return;
    if (isOfAll(erasure)) this.#erased = [];
    this.#erased.push(erasure);
    if (this.#erased.length <= MAX_ERASURES) return;
    // An erasure of everything stays.
    this.#erased.splice(isOfAll(this.#erased[0]!) ? 1 : 0, 1);
  }

  /**
   * For how many seconds somebody waits. A write that was waited for in vain is not waited for again: then this
   * is not above 0.
   */
  get #left(): number {
    return DEADLINE - (this.#saving ? this.#host.now() - this.#savingSince : 0);
  }

  /** Closes storage after the last write. Does not wait without end for either. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.reset();
    const store = this.#store;
    const close = async () => {
      await (this.#again ?? this.#saving);
      await store?.close().catch((error) => this.#host.failed(`closing storage: ${error}`));
    };
    await this.#host.clock.within(this.#left, close());
    this.#store = undefined;
  }

  #restore(id: string, { record, refused }: SoundTotals): void {
    const erased = [...this.#host.erased, ...(this.#erased ?? [])];
    this.#host.restored(withoutErased(record, erased));
    if (refused.length > 0) {
      this.#host.failed(`of the record ${id} was refused: ${refused.join('; ')}`);
    }
  }

  /** Waits a while for storage to open. That includes a write. */
  async #saveOnceOpen(): Promise<string | undefined> {
    const opened = this.#openAgain();
    const { now, clock } = this.#host;
    const left = this.#openingSince + OPEN_DEADLINE - now();
    await Promise.race([opened, clock.after(Math.max(left, 0))]);
    if (this.#failure) return this.#failure.reason;
    return this.#store ? undefined : 'storage has not opened yet';
  }

  async #save(store: Store, hurried: boolean, unasked: boolean): Promise<string | undefined> {
    const { table, events, inSlices } = this.#host;
    const number = ++this.#begun;
    try {
      const work = this.#writer.write(
        table,
        events.entries(),
        this.#host.now(),
        this.#host.states?.(),
      );
      const { pieces, done } = hurried ? runToEnd(work) : await inSlices(work);
      try {
        // A successor assumes that what it is given includes this record, so the owner must have it first.
        if (!hurried) await this.#host.kept?.();
        // RACE: a hurried write has written newer totals meanwhile.
        if (number !== this.#begun) return await this.#latest;
        await store.write(pieces);
        this.#host.stored?.(this.#storage.durability);
        this.#failure = undefined;
        this.#patience = ABANDONED_AFTER;
        this.#retry.reset();
        return undefined;
      } finally {
        done();
      }
    } catch (error) {
      const isNews = !unasked || !this.#isKnown(error);
      this.#failed(error);
      if (isNews)
        this.#host.failed(`writing to storage failed, will be tried again: ${textOf(error)}`);
      return textOf(error);
    }
  }

  #failed(error: unknown): void {
    this.#failure = { at: this.#host.now(), reason: textOf(error) };
    this.#failureKind = kindOf(error);
    if (!this.#closed) this.#retry.failed();
  }

  #isKnown(error: unknown): boolean {
    return this.#failure !== undefined && this.#failureKind === kindOf(error);
  }
}

/**
 * Returns what a failure has in common with others of its kind. Messages name files, which are others at each
 * attempt.
 */
function kindOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return code === undefined && name === undefined ? textOf(error) : `${name} ${code}`;
}
