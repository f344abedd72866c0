import { randomId } from '../../platform/random-id.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { Blobs } from '../../storage/blobs.ts';
import { StorageWork } from '../storage-work.ts';
import { Restorer, RUNS } from './restorer.ts';
import type { Sampler } from './sampler.ts';
import { readSegment, type Segment } from './segment-reader.ts';
import { writeSegment } from './segment-writer.ts';
import type { Slab } from './slab.ts';
import type { Store } from './store.ts';
import type { Block, Timeline } from './timeline.ts';

/** The key of what has come since the last segment. */
const TAIL = 'tail';
/** It is written this often, so that no more is lost if a process is killed. Milliseconds. */
const TAIL_INTERVAL = 300_000;
/** A clock that was further ahead than that was wrong. Milliseconds. */
const LARGEST_LEAD = 300_000;

interface Limits {
  /** Milliseconds. */
  readonly retention: number;
  readonly maxBytes: number;
}

/** A segment in storage. */
interface Kept {
  readonly key: string;
  readonly last: number;
  readonly bytes: number;
}

/**
 * Keeps a history in storage. Blocks that are full are written once, as a segment, and deleted when they are too
 * old. What has come since is written when the application flushes or ends, and now and then.
 */
export class KeptHistory {
  readonly #host: Pick<PartHost, 'clock' | 'fail' | 'blobs'>;
  readonly #store: Store;
  readonly #sampler: Sampler;
  readonly #limits: Limits;
  readonly #writer = randomId();
  /** Absent until storage is open, and if there is none. */
  #blobs: Blobs | undefined;
  /** The number of the next segment. */
  #next = 0;
  /** The segments in storage, the oldest first. */
  #kept: Kept[] = [];
  /** Blocks that are closed and are not those of collection runs. They are written with these. */
  #waiting: Block<Slab>[] = [];
  readonly #numbers = new WeakMap<Timeline<Slab>, number>();
  #lastNumber = RUNS;
  #tailWritten: number;
  readonly #work: StorageWork;

  constructor(
    host: Pick<PartHost, 'clock' | 'fail' | 'blobs'>,
    store: Store,
    sampler: Sampler,
    limits: Limits,
  ) {
    this.#host = host;
    this.#store = store;
    this.#sampler = sampler;
    this.#limits = limits;
    this.#tailWritten = this.#now;
    store.onClosed = (block) => this.#closed(block);
    store.onDropped = (block) => {
      this.#waiting = this.#waiting.filter((one) => one !== block);
    };
    this.#work = new StorageWork(host, 'the history cannot be kept');
    void this.#work.atOnce(async () => {
      this.#blobs = await host.blobs('blocks');
      if (!this.#blobs) {
        store.onClosed = undefined;
        this.#waiting = [];
      }
      // Its owner is there from now on, since a page that ends has no time for that.
      // RACE: `save()` does not wait for this. It may write while owners are claimed, so this comes before.
      await this.#blobs?.put(TAIL, []);
      await this.#claim([]);
    });
  }

  /** The ids of what this history has in storage. */
  get owners(): readonly string[] {
    return this.#blobs?.owners ?? [];
  }

  /** Takes over what owners have left that are known to be gone. */
  takeOver(owners: readonly string[]): void {
    this.#work.afterwards(() => this.#claim(owners));
  }

  /** Called after each run. */
  sampled(): void {
    if (this.#now - this.#tailWritten >= TAIL_INTERVAL)
      this.#work.afterwards(() => this.#writeTail());
  }

  /** Writes all that is not in storage. Never rejects. */
  async flush(): Promise<void> {
    this.#work.afterwards(() => this.#writeTail());
    await this.#work.over;
  }

  /** Does the same at once: the page may be about to end. */
  async save(): Promise<void> {
    // There is nothing to write to before storage is open.
    if (!this.#blobs) return this.flush();
    await this.#work.atOnce(() => this.#writeTail());
  }

  async close(): Promise<void> {
    await this.flush();
    const blobs = this.#blobs;
    this.#blobs = undefined;
    await blobs?.close();
  }

  get #now(): number {
    return this.#host.clock.now() * 1000;
  }

  /** Called with each block that is full. */
  #closed(block: Block<Slab>): void {
    this.#waiting.push(block);
    if (block.timeline !== this.#sampler.timeline) return;
    // A segment has all until now, so that the tail begins anew.
    this.#store.closeAll();
    const blocks = this.#waiting;
    this.#waiting = [];
    const number = this.#next++;
    this.#work.afterwards(() => this.#writeSegment(number, blocks));
  }

  async #writeSegment(number: number, blocks: readonly Block<Slab>[]): Promise<void> {
    if (!this.#blobs) return;
    const value = writeSegment(this.#writer, number, blocks, (block) => this.#numberOf(block));
    const last = blocks.reduce((latest, block) => Math.max(latest, block.last), -Infinity);
    await this.#put(this.#blobs, String(number), value, last);
    await this.#forgetOld();
  }

  async #put(blobs: Blobs, key: string, value: Parameters<Blobs['put']>[1], last: number) {
    await blobs.put(key, value);
    const bytes = value.reduce((sum, { length }) => sum + length, 0);
    this.#kept.push({ key, last, bytes });
  }

  /** Writes what has come since the last segment. */
  async #writeTail(): Promise<void> {
    const blobs = this.#blobs;
    this.#tailWritten = this.#now;
    const open = this.#store.blocks.filter(({ isClosed }) => !isClosed);
    const blocks = [...this.#waiting, ...open];
    if (!blobs || blocks.length === 0) return;
    await blobs.put(
      TAIL,
      writeSegment(this.#writer, this.#next, blocks, (block) => this.#numberOf(block)),
    );
  }

  /** Deletes what is too old, or too much. */
  async #forgetOld(): Promise<void> {
    const { retention, maxBytes } = this.#limits;
    let bytes = this.#kept.reduce((sum, one) => sum + one.bytes, 0);
    for (const one of [...this.#kept]) {
      if (one.last > this.#now - retention && bytes <= maxBytes) continue;
      await this.#blobs?.delete(one.key);
      bytes -= one.bytes;
      this.#kept.splice(this.#kept.indexOf(one), 1);
    }
  }

  /** Takes over what owners that are gone have left. */
  async #claim(owners: readonly string[]): Promise<void> {
    const blobs = this.#blobs;
    if (!blobs) return;
    const found = new Map<string, { segment: Segment; value: Uint8Array }>();
    const damaged = await blobs.claim((value) => {
      const segment = readSegment(value);
      const { writer, number } = segment.head;
      const known = found.get(`${writer} ${number}`);
      // A segment has all that the tail had before it.
      if (!known || known.segment.last < segment.last)
        found.set(`${writer} ${number}`, { segment, value });
    }, owners);
    for (const keptAs of damaged)
      this.#work.failed(`a damaged part of the history was set aside: ${keptAs}`);
    const isSound = ({ segment: { last } }: { segment: Segment }) =>
      last > this.#now - this.#limits.retention && last <= this.#now + LARGEST_LEAD;
    const all = [...found.values()].filter(isSound);
    all.sort((one, other) => one.segment.first - other.segment.first);
    const restorer = new Restorer(this.#store, this.#sampler);
    for (const { segment } of all) restorer.restore(segment);
    restorer.finish(this.#now);
    this.#store.trim(this.#now);
    // They are this owner's from now on, each for itself, so that each can be deleted.
    for (const { segment, value } of all) {
      const { writer, number } = segment.head;
      await this.#put(
        blobs,
        `${writer} ${number}`,
        [value as Uint8Array<ArrayBuffer>],
        segment.last,
      );
    }
    await blobs.settle();
    await this.#forgetOld();
  }

  #numberOf({ timeline }: Block<Slab>): number {
    if (timeline === this.#sampler.timeline) return RUNS;
    let number = this.#numbers.get(timeline);
    if (number === undefined) {
      number = ++this.#lastNumber;
      this.#numbers.set(timeline, number);
    }
    return number;
  }
}
