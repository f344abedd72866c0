import type { Erasure, FamilyDefinition } from '../model.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import { type CatalogueVisitor, type MemoryReader, readCell } from '../pages/thread-reader.ts';
import { type MergedFamily, NO_PLACE, ThreadBlocks } from './merged-family.ts';
import type { ThreadClient, ThreadHello } from './protocol.ts';
import type { SeriesTable } from './series-table.ts';

/** A request at the edge that has ended takes what it waited for along; so may a stuck thread. Seconds. */
const ABANDONED_AFTER = 30;

/** What the thread has of a family. */
interface Share {
  readonly family: MergedFamily;
  readonly blocks: ThreadBlocks;
}

/** What the collector tells of while it reads a thread's catalogue. */
export interface CatalogueEvents {
  /** Seconds since 1970. */
  now(): number;
  conflict(definition: FamilyDefinition): void;
  overflowed(metric: string): void;
  /** The application removed something in this thread; the others must follow. */
  erased(erasure: Erasure, origin: JoinedThread): void;
}

/** A recording thread as the collector knows it: its memory, its series, and how to ask it. */
export class JoinedThread implements CatalogueVisitor {
  /** Its number among those of the owner, which is 0 itself. */
  readonly id: number;
  readonly reader: MemoryReader;
  readonly client: ThreadClient;
  readonly main: boolean;
  readonly #direct: boolean;
  readonly #table: SeriesTable;
  readonly #events: CatalogueEvents;
  readonly #shares = new Map<number, Share>();
  readonly #collecting = new Set<number>();
  readonly #segments: ArrayBuffer[] = [];
  /** Of which the thread has yet to say that it has done the same. */
  #erasures = 0;
  #left = false;
  #refreshing: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #refreshingSince = 0;
  #endRefresh: (() => void) | undefined;

  constructor(
    id: number,
    reader: MemoryReader,
    hello: Omit<ThreadHello, 'control'>,
    client: ThreadClient,
    table: SeriesTable,
    events: CatalogueEvents,
  ) {
    this.id = id;
    this.reader = reader;
    this.client = client;
    this.main = hello.main;
    this.#direct = hello.direct;
    this.#table = table;
    this.#events = events;
  }

  drain(): void {
    this.reader.drain(this);
  }

  /** What a catalogue names may be in a later part of the copy. */
  accept({ segments, pages, last }: MemoryCopy): void {
    this.#segments.push(...segments);
    for (const [page, cells] of pages) this.reader.setPage(page, cells);
    if (!last) return;
    for (const segment of this.#segments.splice(0)) this.reader.addSegment(segment);
    this.drain();
  }

  /** Whether the thread must be asked before its cells are read. */
  get needsRefresh(): boolean {
    return !this.#direct || this.#collecting.size > 0 || this.#erasures > 0;
  }

  /** What another thread has done. A refresh that is asked for afterwards comes after it. */
  erase(erasure: Erasure): void {
    this.#erasures++;
    const done = () => {
      this.#erasures--;
    };
    this.client.erase(erasure).then(done, done);
  }

  /** What the thread has counted in a counter without labels. */
  count(name: string): number {
    for (const { family, blocks } of this.#shares.values()) {
      const [place] = blocks.places;
      if (family.definition.name === name && place >= 0) return readCell(this.reader, place, 0);
    }
    return 0;
  }

  /**
   * Asks the thread to bring itself up to date. One request is under way at a time; a call
   * meanwhile waits for one more, since the first may have read before what the caller recorded.
   */
  refresh(): Promise<void> {
    if (this.#left) return Promise.resolve();
    const now = this.#events.now();
    if (this.#refreshing && now - this.#refreshingSince < ABANDONED_AFTER) {
      this.#again ??= this.#refreshing.then(() => {
        this.#again = undefined;
        return this.refresh();
      });
      return this.#again;
    }
    this.#refreshingSince = now;
    this.#again = undefined;
    const refreshing = new Promise<void>((resolve) => {
      this.#endRefresh = resolve;
      this.client.refresh().then(resolve, () => resolve());
    }).finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined;
    });
    this.#refreshing = refreshing;
    return refreshing;
  }

  /** Leaves counters and histograms behind, takes gauges along. */
  leave(): void {
    this.drain();
    for (const { family, blocks } of this.#shares.values()) {
      family.leave(blocks, true);
      this.#table.tidy(family);
    }
    this.#shares.clear();
    // It may never answer, and has handed over everything.
    this.#left = true;
    this.#endRefresh?.();
  }

  family(id: number, definition: FamilyDefinition, collects: boolean): void {
    const family = this.#table.define(definition);
    if (!family) {
      this.#events.conflict(definition);
      return;
    }
    // Again when the family gets a callback that it did not have.
    if (!this.#shares.has(id)) {
      const blocks = new ThreadBlocks(this.reader);
      family.threads.add(blocks);
      this.#shares.set(id, { family, blocks });
    }
    if (collects) this.#collecting.add(id);
  }

  series(familyId: number, place: number, labelValues: readonly string[], overflow: boolean): void {
    const share = this.#shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    const series = this.#table.series(family, labelValues, overflow);
    if (!overflow && family.isOverflow(series)) {
      this.#events.overflowed(family.definition.name);
      blocks.folded.push(place);
    } else {
      blocks.set(series, place);
    }
  }

  seriesErased(familyId: number, labelValues: readonly string[]): void {
    const family = this.#shares.get(familyId)?.family;
    // The only series of a family without label names stays as long as the family does.
    if (!family || labelValues.length === 0) return;
    const { name } = family.definition;
    if (this.#table.families.get(name) !== family) return;
    family.delete(labelValues);
    this.#events.erased({ what: 'remove', family: name, labelValues: [...labelValues] }, this);
  }

  seriesRemoved(
    familyId: number,
    place: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    const share = this.#shares.get(familyId);
    if (!share) return;
    const { family, blocks } = share;
    const series = family.find(labelValues, overflow);
    if (series !== undefined && blocks.places[series] === place) {
      blocks.set(series, NO_PLACE);
      // It was made again when this thread, not told yet, recorded what another had erased.
      family.tidy(series);
    } else {
      // Part of the overflow series; or another thread has removed it before.
      blocks.folded = blocks.folded.filter((other) => other !== place);
    }
  }

  familyRemoved(id: number, erased: boolean): void {
    const share = this.#shares.get(id);
    this.#shares.delete(id);
    this.#collecting.delete(id);
    if (!share) return;
    const { family, blocks } = share;
    family.leave(blocks, false);
    if (!erased) {
      this.#table.tidy(family);
    } else if (this.#table.delete(family)) {
      this.#events.erased({ what: 'remove', family: family.definition.name }, this);
    }
  }
}
