import { cellsPerSeries, type Erasure } from '../model.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import { type MemoryReader, readCell } from '../pages/thread-reader.ts';
import { Heartbeat } from './heartbeat.ts';
import { type CatalogueHost, JoinedThread, type Share } from './joined-thread.ts';
import { keepWithinLimits } from './left-series.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { ThreadClient, ThreadHello } from './protocol.ts';

/** A thread that joins over a link: its memory may arrive as copies, and it may leave. */
export class RemoteThread extends JoinedThread {
  declare readonly reader: MemoryReader;
  declare readonly client: ThreadClient;
  /** Its number among those of the owner, which is 0 itself. */
  readonly id: number;
  /** Whether it is the one whose stalls are measured. */
  readonly main: boolean;
  readonly #direct: boolean;
  readonly #segments: ArrayBuffer[] = [];
  /** Of which the thread has yet to say that it has done the same. */
  #erasures = 0;
  #left = false;
  #endRefresh: ((pending: boolean) => void) | undefined;
  readonly #heartbeat = new Heartbeat();
  readonly #handOvers: OneAtATime<void>;

  constructor(
    id: number,
    reader: MemoryReader,
    { direct, main }: ThreadHello,
    client: ThreadClient,
    host: CatalogueHost,
  ) {
    super(reader, client, host);
    this.id = id;
    this.main = main;
    this.#direct = direct;
    this.#handOvers = new OneAtATime(
      () => client.sendEvents().catch(() => {}),
      () => host.now(),
    );
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

  override get needsRefresh(): boolean {
    return !this.#direct || this.#erasures > 0 || super.needsRefresh;
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
    for (const { family, blocks } of this.shares.values()) {
      const [place] = blocks.places;
      if (family.definition.name === name && place >= 0) return readCell(this.reader, place, 0);
    }
    return 0;
  }

  /** Seconds for which its event loop has been silent; 0 while nobody can tell. */
  silence(now: number): number {
    return this.#heartbeat.silence(this.reader.heartbeat, now);
  }

  /** Asks it to bring itself up to date, and then to wait for `collect` callbacks that take long. */
  async update(seconds: number, answered: () => void): Promise<void> {
    const pending = await this.refresh();
    answered();
    if (pending) await this.client.collected(seconds).catch(() => {});
  }

  /** Asks for the events that it still holds, and for nothing else. */
  gatherEvents(): Promise<void> {
    return this.#handOvers.run();
  }

  override async refresh(): Promise<boolean> {
    return !this.#left && super.refresh();
  }

  protected override ask(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#endRefresh = resolve;
      super.ask().then(resolve);
    });
  }

  /** Leaves counters and histograms behind, takes gauges along. */
  leave(): void {
    this.drain();
    for (const share of this.shares.values()) {
      const { family, blocks } = share;
      // Else what is read next would have it twice: in the cells, and as what is left of the thread.
      family.settle();
      if (family.definition.type !== 'gauge') keepTotals(share);
      family.leave(blocks, this.host.now());
      this.host.table.tidy(family);
      keepWithinLimits(this.host.table, family);
    }
    this.shares.clear();
    // It may never answer, and has handed over everything.
    this.#left = true;
    this.#endRefresh?.(false);
  }
}

function keepTotals({ family, blocks }: Share): void {
  const length = cellsPerSeries(family.definition);
  for (let series = 0; series < family.size; series++) {
    for (const place of blocks.of(series, family.isOverflow(series))) {
      const cells = Array.from({ length }, (_, i) => readCell(blocks.reader, place, i));
      family.retain(series, cells);
    }
  }
}
