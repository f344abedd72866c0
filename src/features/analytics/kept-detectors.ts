import { textOf } from '../../model.ts';
import { nextTurn } from '../../platform/timers.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { Blobs } from '../../storage/blobs.ts';
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
  /** How many values there are in storage. */
  #values = 0;
  /** When everything was written last, and how many bytes that were. */
  #writtenAt: number;
  #bytes = 0;
  /** What is under way, one thing after the other. */
  #work: Promise<void>;
  /** What has failed last, which is told once. */
  #failure = '';

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
    this.#work = this.#tried(async () => {
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
    this.#then(() => this.#claim(owners));
  }

  /** Called after each run. */
  sampled(): void {
    const interval = Math.max(SHORTEST_INTERVAL, this.#bytes / LARGEST_RATE);
    const now = this.#host.clock.elapsed();
    if (!this.#blobs || now - this.#writtenAt < interval) return;
    this.#writtenAt = now;
    this.#then(() => this.#write(nextTurn));
  }

  /** Writes everything. Never rejects. */
  async flush(): Promise<void> {
    this.#then(() => this.#write(nextTurn));
    await this.#work;
  }

  /** Does the same at once: the page may be about to end. */
  async save(): Promise<void> {
    await this.#tried(() => this.#write());
  }

  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    await this.#blobs?.close();
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => this.#tried(work));
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failure = '';
    } catch (error) {
      this.#failed(`what detectors know cannot be kept: ${textOf(error)}`);
    }
  }

  #failed(message: string): void {
    if (message !== this.#failure) this.#host.fail('storage', message);
    this.#failure = message;
  }

  /** Takes over what owners that are gone have left. */
  async #claim(gone: readonly string[]): Promise<void> {
    const blobs = this.#blobs;
    if (!blobs) return;
    const found: KnownSeries[] = [];
    const damaged = await blobs.claim((value) => {
      found.push(...readDetectors(value));
    }, gone);
    for (const keptAs of damaged) {
      this.#failed(`what detectors had learned is damaged, and was set aside: ${keptAs}`);
    }
    if (found.length === 0) return;
    this.#take(found);
    // It is this owner's from now on.
    await this.#write(nextTurn);
    await blobs.settle();
  }

  /** @param rest lets other work go on in between */
  async #write(rest?: () => Promise<void>): Promise<void> {
    const blobs = this.#blobs;
    if (!blobs || this.#isClosed) return;
    this.#writtenAt = this.#host.clock.elapsed();
    const values = await this.#spread(rest);
    let bytes = 0;
    // A series can only move to a later value when there are more, and to an earlier one when there are fewer. In this
    // order it is in one of the two at any time.
    for (let i = values.length - 1; i >= 0; i--) {
      const pieces = writeDetectors(values[i]!);
      for (const { length } of pieces) bytes += length;
      await blobs.put(String(i), pieces);
      await rest?.();
    }
    for (let i = values.length; i < this.#values; i++) await blobs.delete(String(i));
    this.#values = values.length;
    this.#bytes = bytes;
  }

  /** Returns the series of each value. There is a power of two of them. */
  async #spread(rest?: () => Promise<void>): Promise<KeptDetector[][]> {
    const all: { hash: number; one: KeptDetector }[] = [];
    for (const one of this.#all()) {
      all.push({ hash: hashOf(one[0]), one });
      if (all.length % GATHERED_AT_ONCE === 0) await rest?.();
    }
    if (all.length === 0) return [];
    const power = Math.ceil(Math.log2(all.length / MOST_OF_VALUE));
    const values = Array.from({ length: 2 ** Math.max(0, power) }, (): KeptDetector[] => []);
    for (const { hash, one } of all) values[hash % values.length]!.push(one);
    return values;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
