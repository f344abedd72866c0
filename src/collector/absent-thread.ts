import type { Erasure } from '../model.ts';
import { CONTROL_BYTES, CONTROL_VERSION, LAYOUT_VERSION } from '../pages/journal-layout.ts';
import type { MemoryPart } from '../pages/memory-mirror.ts';
import { ThreadReader } from '../pages/thread-reader.ts';
import type { RecordingClient } from '../protocol/client.ts';
import type { HandoverThread } from './handover.ts';
import { HearingThread } from './hearing-thread.ts';
import type { CatalogueHost } from './recording-thread.ts';

/** An absent thread cannot be asked for anything. */
const NOBODY: RecordingClient = {
  refresh: async () => false,
  collected: async () => {},
  expire: async () => {},
  collectionRan: async () => {},
  exportDue: async () => false,
  exportHeaders: async () => ({}),
  exported: async () => {},
};

/**
 * A thread of the collector before this one that has yet to follow: it may be busy, or have ended. This
 * collector goes on reading where that one stopped, from the memory that the owner has kept.
 */
export class AbsentThread extends HearingThread {
  readonly id: number;
  readonly lock: string | undefined;

  constructor(
    { id, lock, unheard }: HandoverThread,
    memory: readonly MemoryPart[],
    host: CatalogueHost,
  ) {
    const reader = new ThreadReader(newControl());
    super(reader, NOBODY, quiet(host));
    this.id = id;
    this.lock = lock;
    for (const { pages, segments } of memory) {
      for (const [page, cells] of pages) reader.setPage(page, cells);
      for (const segment of segments) reader.addSegment(segment);
    }
    reader.drain(this);
    for (const erasure of unheard) this.hide(erasure, undefined);
  }

  /** Hides what others have erased since. The thread itself is told once it has followed. */
  erase(erasure: Erasure): void {
    const isRemoval = erasure.what === 'remove';
    const before = isRemoval ? [] : this.reader.pages.map((cells) => cells.slice());
    this.hide(erasure, before);
  }

  /** A family may have several overflow blocks: one for each series of the thread that found no room. */
  override series(
    ...[familyId, address, labelValues, overflow]: Parameters<HearingThread['series']>
  ): void {
    const share = this.shares.get(familyId);
    if (overflow && share) {
      const series = this.host.table.series(share.family, labelValues, true);
      share.family.began(series, this.began);
      share.family.fold(share.blocks, address);
    } else {
      super.series(familyId, address, labelValues, overflow);
    }
  }

  /** Ends the readings of its families that are under way. */
  settle(): void {
    for (const { family } of this.shares.values()) family.settle();
  }

  /** Called when the thread has followed, and has all of this itself. */
  quit(): void {
    for (const { family, blocks } of this.shares.values()) {
      family.leave(blocks, this.host.now());
      this.host.table.tidy(family);
    }
    this.shares.clear();
  }
}

/** Makes a control block for the reader. Nothing is acknowledged in it: the thread itself has another one. */
function newControl(): ArrayBuffer {
  const control = new ArrayBuffer(CONTROL_BYTES);
  new Int32Array(control)[CONTROL_VERSION] = LAYOUT_VERSION;
  return control;
}

/** Returns a host that ignores what the thread tells: that has been told and counted before. */
function quiet(host: CatalogueHost): CatalogueHost {
  const now = () => host.now();
  return {
    table: host.table,
    now,
    conflict() {},
    overflowed() {},
    expired() {},
    isDone: () => false,
    erased() {},
  };
}
