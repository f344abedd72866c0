import { textHash } from '../../bytes/text-hash.ts';
import { nextTurn } from '../../platform/timers.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { Blobs } from '../../storage/blobs.ts';
import { StorageWork } from '../storage-work.ts';
import { readDetectors, writeDetectors } from './detectors-blob.ts';
import type { KeptDetector, KnownSeries } from './known-state.ts';

/** Everything is written this often at most. Seconds. */
const SHORTEST_INTERVAL = 60;
/** And so rarely that no more than this is written on the average. Bytes per second. */
const LARGEST_RATE = 64_000;
/** A value in storage holds about so many series at most. */
const MOST_OF_VALUE = 256;
/** Other work of the thread goes on after so many series. */
const GATHERED_AT_ONCE = 500;

/**
 * Keeps what detectors know in storage. Series are spread over several values by their keys, so that a value can be
 * written without the others, and no series moves unless their number changes.
 */
export class KeptDetectors {
  readonly #host: Pick<PartHost, 'clock' | 'fail'>;
  readonly #all: () => Iterable<KeptDetector>;
  readonly #take: (states: readonly KnownSeries[]) => void;
  /** Absent until storage is open, and if there is none. */
  #blobs: Blobs | undefined;
  #isClosed = false;
  /** How many values there are in storage at most: a write may have failed in the middle. */
  #values = 0;
  /** The number of the last write that has begun. It makes an earlier one needless that still goes on. */
  #write = 0;
  /** Whether what was claimed is still in storage. */
  #isClaimed = false;
  /** Whether a run has asked for a write that has not ended yet. */
  #isDue = false;
  /** When everything was written last, and how many bytes that were. */
  #writtenAt: number;
  #bytes = 0;
  readonly #work: StorageWork;

  /**
   * @param all returns the series of which something is known
   * @param take is given what earlier owners have left
   */
  constructor(
    host: Pick<PartHost, 'clock' | 'fail' | 'blobs'>,
    all: () => Iterable<KeptDetector>,
    take: (states: readonly KnownSeries[]) => void,
  ) {
    this.#host = host;
    this.#all = all;
    this.#take = take;
    this.#writtenAt = host.clock.elapsed();
    this.#work = new StorageWork(host, 'what detectors know cannot be kept');
    void this.#work.atOnce(async () => {
      this.#blobs = await host.blobs('detectors');
      await this.#claim([]);
    });
  }

  /** Whether detectors are kept here. Otherwise they have no storage. */
  get isOpen(): boolean {
    return this.#blobs !== undefined;
  }

  /** The ids of what this owner has in storage. */
  get owners(): readonly string[] {
    return this.#blobs?.owners ?? [];
  }

  /** Takes over what owners have left that are known to be gone. */
  takeOver(owners: readonly string[]): void {
    this.#work.afterwards(() => this.#claim(owners));
  }

  /** Called after each run. */
  sampled(): void {
    const interval = Math.max(SHORTEST_INTERVAL, this.#bytes / LARGEST_RATE);
    const now = this.#host.clock.elapsed();
    if (!this.#blobs || this.#isDue || now - this.#writtenAt < interval) return;
    this.#writtenAt = now;
    this.#isDue = true;
    this.#work.afterwards(() => this.#writeAll(nextTurn).finally(() => (this.#isDue = false)));
  }

  /** Writes everything. Never rejects. */
  async flush(): Promise<void> {
    this.#work.afterwards(() => this.#writeAll(nextTurn));
    await this.#work.over;
  }

  /** Does the same at once: the page may be about to end. */
  async save(): Promise<void> {
    // There is nothing to write to before storage is open.
    if (!this.#blobs) return this.flush();
    await this.#work.atOnce(() => this.#writeAll());
  }

  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    await this.#blobs?.close();
  }

  /** Takes over what owners that are gone have left. */
  async #claim(gone: readonly string[]): Promise<void> {
    const blobs = this.#blobs;
    if (!blobs) return;
    // One value after the other: all that many owners have left would be more than there is room for.
    const damaged = await blobs.claim((value) => {
      this.#take(readDetectors(value));
      this.#isClaimed = true;
    }, gone);
    for (const keptAs of damaged) {
      this.#work.failed(`what detectors had learned is damaged, and was set aside: ${keptAs}`);
    }
    // It is this owner's from now on.
    if (this.#isClaimed) await this.#writeAll(nextTurn);
  }

  /** @param rest lets other work go on in between */
  async #writeAll(rest?: () => Promise<void>): Promise<void> {
    const blobs = this.#blobs;
    if (!blobs || this.#isClosed) return;
    const write = ++this.#write;
    this.#writtenAt = this.#host.clock.elapsed();
    const values = await this.#spread(rest);
    if (write !== this.#write) return;
    this.#values = Math.max(this.#values, values.length);
    let bytes = 0;
    // A series can only move to a later value when there are more, and to an earlier one when there are fewer. In this
    // order it is in one of the two at any time.
    for (let i = values.length - 1; i >= 0; i--) {
      const pieces = writeDetectors(values[i]!);
      for (const { length } of pieces) bytes += length;
      await blobs.put(String(i), pieces);
      await rest?.();
      // RACE: `save()` does not wait for this. Values of two writes do not fit together if there are more in one of them.
      if (write !== this.#write) return;
    }
    while (this.#values > values.length) {
      await blobs.delete(String(this.#values - 1));
      if (write !== this.#write) return;
      this.#values--;
    }
    this.#bytes = bytes;
    // RACE: only what is done one after the other knows that no claim is under way.
    if (!rest || !this.#isClaimed) return;
    await blobs.settle();
    this.#isClaimed = false;
  }

  /** Returns the series of each value. There is a power of two of them. */
  async #spread(rest?: () => Promise<void>): Promise<KeptDetector[][]> {
    const all: { hash: number; one: KeptDetector }[] = [];
    for (const one of this.#all()) {
      all.push({ hash: textHash(one[0]), one });
      if (all.length % GATHERED_AT_ONCE === 0) await rest?.();
    }
    if (all.length === 0) return [];
    const power = Math.ceil(Math.log2(all.length / MOST_OF_VALUE));
    const values = Array.from({ length: 2 ** Math.max(0, power) }, (): KeptDetector[] => []);
    for (const { hash, one } of all) values[hash % values.length]!.push(one);
    return values;
  }
}
