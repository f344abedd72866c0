import { NO_ADDRESS } from '../kinds/kind.ts';
import { type Erasure, erasureId, type FamilyDefinition } from '../model.ts';
import type { CatalogueVisitor, CellReader } from '../pages/thread-reader.ts';
import type { RecordingClient } from '../protocol/client.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';
import type { MergedFamily } from './merged-family.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { isOwn, type SeriesTable } from './series-table.ts';
import { ThreadBlocks } from './thread-blocks.ts';

/** How many seconds a scrape waits for a thread that gives no sign of life. */
export const REFRESH_DEADLINE = 0.5;

/** What the thread has of a family. */
export interface Share {
  readonly family: MergedFamily;
  readonly blocks: ThreadBlocks;
}

/** What the collector does for a thread while it reads its catalogue. */
export interface CatalogueHost {
  readonly table: SeriesTable;
  /** Seconds since 1970. */
  now(): number;
  conflict(definition: FamilyDefinition): void;
  /** Called when the thread has a family that it did not have before. */
  defined?(definition: FamilyDefinition): void;
  overflowed(metric: string): void;
  /**
   * Called when the thread has let a series go, since nobody had recorded it for long.
   * @param metric the family, if nothing is left of the series
   */
  expired(metric?: string): void;
  /** Whether the collector before this one has done the erasure. If not, it counts as done from now on. */
  isDone(erasure: Erasure): boolean;
  /** Called when the application has removed something in this thread; the others must follow. */
  erased(erasure: Erasure, origin: RecordingThread): void;
}

/** A recording thread as the collector knows it: its memory, its series, and how to ask it. */
export class RecordingThread implements CatalogueVisitor {
  readonly reader: CellReader;
  readonly client: RecordingClient;
  protected readonly host: CatalogueHost;
  protected readonly shares = new Map<number, Share>();
  readonly #collecting = new Set<number>();
  /** When the series that it tells of next began to count; `undefined` for now. */
  #time: number | undefined;
  readonly #refreshes: OneAtATime<boolean>;

  constructor(reader: CellReader, client: RecordingClient, host: CatalogueHost) {
    this.reader = reader;
    this.client = client;
    this.host = host;
    this.#refreshes = new OneAtATime(
      () => this.ask(),
      () => host.now(),
    );
  }

  /** Whether the thread must be asked before its cells are read. */
  get needsRefresh(): boolean {
    return this.#collecting.size > 0;
  }

  /** Asks the thread to bring itself up to date. Resolves to whether callbacks are still under way. */
  refresh(): Promise<boolean> {
    return this.#refreshes.run();
  }

  /** Whether the thread has yet to answer. */
  get isAsked(): boolean {
    return this.#refreshes.isUnderWay;
  }

  /** Asks the thread. Never rejects. */
  protected ask(): Promise<boolean> {
    return this.client.refresh().catch(() => false);
  }

  time(seconds?: number): void {
    // A thread may be anybody's code, and no series begins in the future.
    const now = this.host.now();
    this.#time = seconds !== undefined && seconds >= 0 ? Math.min(seconds, now) : undefined;
  }

  /** When the series that it tells of next began to count. Seconds since 1970. */
  protected get began(): number {
    return this.#time ?? this.host.now();
  }

  family(id: number, definition: FamilyDefinition, collects: boolean): void {
    const family = this.host.table.define(definition);
    if (!family) {
      this.host.conflict(definition);
      return;
    }
    // A family comes again when it gets a callback that it did not have, or loses it.
    if (!this.shares.has(id)) {
      const blocks = new ThreadBlocks(this.reader, this.client, definition.shape);
      family.threads.add(blocks);
      this.shares.set(id, { family, blocks });
      this.host.defined?.(definition);
    }
    if (collects) this.#collecting.add(id);
    else if (!this.#collecting.delete(id)) return;
    // A family of our own only says that the thread has callbacks.
    family.isCollected = collects && !isOwn(definition.name);
  }

  series(
    familyId: number,
    address: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    const share = this.shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    const series = this.host.table.series(family, labelValues, overflow);
    family.began(series, this.began);
    if (!overflow && family.isOverflow(series)) {
      this.host.overflowed(family.definition.name);
      family.fold(blocks, address);
    } else {
      family.hold(blocks, series, address);
    }
  }

  /** Takes exemplars of series that the catalogue has told of. Those of others are left out. */
  exemplars(batch: readonly SentExemplar[]): void {
    for (const [id, labelValues, overflow, bucket, exemplar] of batch) {
      const family = this.shares.get(id)?.family;
      const series = family?.find(labelValues, overflow);
      if (series === undefined) continue;
      family!.exemplars.add(family!.labelsOf(series), bucket, exemplar, this.host.now());
    }
  }

  seriesErased(familyId: number, labelValues: readonly string[], erasure: number): void {
    const family = this.shares.get(familyId)?.family;
    if (!family) return;
    const { name } = family.definition;
    if (this.host.table.families.get(name) !== family || isOwn(name)) return;
    const isOne = labelValues.length > 0;
    const erased: Erasure = {
      what: isOne ? 'remove' : 'clear',
      family: name,
      ...(isOne && { labelValues: [...labelValues] }),
      id: erasure || erasureId(),
    };
    if (this.host.isDone(erased)) return;
    if (isOne) family.delete(labelValues);
    else family.clear(this.host.now());
    this.host.erased(erased, this);
  }

  seriesRemoved(
    familyId: number,
    address: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    const share = this.shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    family.settle();
    const series = family.find(labelValues, overflow);
    if (series !== undefined && blocks.addresses[series] === address) {
      blocks.set(series, NO_ADDRESS);
      // The series was made again if this thread recorded it before it was told that another had erased it.
      family.tidy(series, this.host.now());
    } else {
      // The block is part of the overflow series, or another thread has removed the series before.
      blocks.folded = blocks.folded.filter((other) => other !== address);
    }
  }

  seriesExpired(familyId: number, address: number, labelValues: readonly string[]): void {
    const share = this.shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    family.settle();
    const series = family.find(labelValues, false);
    // A thread may be anybody's code, and must not take away what it could not have.
    const mayExpire = family.definition.expireAfter !== undefined;
    if (series === undefined || blocks.addresses[series] !== address || !mayExpire) {
      this.seriesRemoved(familyId, address, labelValues, false);
      return;
    }
    // RACE: another thread may have recorded the series meanwhile, and not have said so yet. So what this one has
    // counted is kept, and goes with the next look if nobody else has the series then.
    this.keepTotals(share, series);
    blocks.set(series, NO_ADDRESS);
    const isGone = !family.retainedBlocks[series] && !family.isHeld(series);
    family.tidy(series, this.host.now());
    this.host.expired(isGone ? family.definition.name : undefined);
  }

  /** Keeps what the thread has counted in a series that it has no more. Needed only if there are other threads. */
  protected keepTotals(_share: Share, _series: number): void {}

  seriesMoved(
    familyId: number,
    from: number,
    to: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    const share = this.shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    family.settle();
    const series = family.find(labelValues, overflow);
    // Otherwise the block is part of the overflow series, or another thread has removed the series before.
    if (series !== undefined && blocks.addresses[series] === from) blocks.relocate(series, to);
    else blocks.folded = blocks.folded.map((other) => (other === from ? to : other));
  }

  familyRemoved(id: number, erased: boolean, erasure: number): void {
    const share = this.shares.get(id);
    this.shares.delete(id);
    this.#collecting.delete(id);
    if (!share) return;
    const { family, blocks } = share;
    family.leave(blocks, this.host.now());
    const { name } = family.definition;
    const removal: Erasure = { what: 'remove', family: name, id: erasure || erasureId() };
    if (!erased || this.host.isDone(removal)) {
      this.host.table.tidy(family);
    } else if (this.host.table.delete(family)) {
      this.host.erased(removal, this);
    }
  }
}
