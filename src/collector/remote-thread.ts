import { NO_ADDRESS } from '../kinds/kind.ts';
import { type Erasure, type FamilyDefinition, shown } from '../model.ts';
import { indexOf, pageOf } from '../pages/layout.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import { MemoryMirror, type MemoryPart } from '../pages/memory-mirror.ts';
import type { CatalogueVisitor, MemoryReader } from '../pages/thread-reader.ts';
import type { ThreadClient } from '../protocol/client.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';
import type { ThreadHello } from '../protocol/service.ts';
import type { AbsentThread } from './absent-thread.ts';
import { EarlyExemplars } from './early-exemplars.ts';
import { isOfBucket, soundExemplar } from './exemplar-claims.ts';
import type { ExemplarLimit } from './exemplar-limit.ts';
import { HearingThread } from './hearing-thread.ts';
import { Heartbeat } from './heartbeat.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { CatalogueHost } from './recording-thread.ts';
import { areLabelValues, soundDefinition } from './thread-claims.ts';

/** How many families of a thread are collected, if that may be anybody's code. */
const MAX_FAMILIES = 4096;
/** Series of such a thread stay for so many seconds at least. */
const LEAST_EXPIRY = 1;

/** What a collector that a thread joins does for it. */
export interface ThreadHost extends CatalogueHost {
  readonly exemplarLimit: ExemplarLimit;
  fail(reason: string, message: string): void;
  refused(reason: string, message: string): void;
  /** Called when all is there that the thread had when it joined. */
  hasArrived(thread: RemoteThread): void;
  /** Sets aside families of others that cannot stand beside this one, which is the owner's. */
  makeRoom(definition: FamilyDefinition, owner: RemoteThread): void;
}

/** What a thread is given where a collector may replace another. */
export interface Succession {
  /** Whether there may be a successor that needs to know what was read of the thread. */
  readonly mirrored?: boolean;
  /** The one that stands in for the thread until all that it has is there. */
  readonly absent?: AbsentThread | undefined;
  /** What others had erased, and the thread has yet to do. */
  readonly unheard?: readonly Erasure[] | undefined;
}

/** A thread that joins over a link: its memory may arrive as copies, and it may leave. */
export class RemoteThread extends HearingThread {
  declare readonly reader: MemoryReader;
  declare readonly client: ThreadClient;
  declare protected readonly host: ThreadHost;
  readonly id: number;
  /** Whether it is the one whose stalls are measured. */
  readonly main: boolean;
  /** The Web Lock that it holds while it lives. */
  lock: string | undefined;
  readonly #direct: boolean;
  /**
   * Mirrors the thread for the collector that may replace this one. Absent if there will be none, or it needs
   * none.
   */
  readonly #mirror: MemoryMirror | undefined;
  #absent: AbsentThread | undefined;
  #arrived = false;
  readonly #segments: ArrayBuffer[] = [];
  /** Whether parts of a copy have come, but not the last. */
  #copying = false;
  /** Erasures that the thread has done, and that the next copy which it begins will show. */
  readonly #done: Erasure[] = [];
  /** Erasures that it is to be told of when it has arrived. */
  readonly #unasked: Erasure[] = [];
  /** Erasures that the copy which is arriving shows. */
  #seen: Erasure[] = [];
  #left = false;
  #unreadable = false;
  #endRefresh: ((pending: boolean) => void) | undefined;
  readonly #early = new EarlyExemplars();
  readonly #heartbeat = new Heartbeat();
  readonly #handOvers: OneAtATime<void>;

  constructor(
    id: number,
    reader: MemoryReader,
    { direct, main }: ThreadHello,
    client: ThreadClient,
    host: ThreadHost,
    { mirrored = false, absent, unheard = [] }: Succession = {},
  ) {
    super(reader, client, host);
    this.id = id;
    this.main = main;
    this.#direct = direct;
    this.#handOvers = new OneAtATime(
      () => client.sendEvents().catch(() => {}),
      () => host.now(),
    );
    if (mirrored) this.#mirror = new MemoryMirror(direct);
    this.#absent = absent;
    for (const erasure of unheard) this.erase(erasure);
    // Copies come only when somebody asks.
    if (absent && !direct) void this.refresh();
  }

  /**
   * Reads the catalogue. If another stands in for the thread, reads nothing before all that the thread had is
   * there. Never throws: one thread whose catalogue cannot be read keeps nobody from reading the others.
   */
  drain(): void {
    if (this.#unreadable || (this.#absent && !this.#arrived)) return;
    try {
      this.reader.drain(this);
    } catch (error) {
      this.#unreadable = true;
      this.host.fail(
        'thread_unreadable',
        `what thread ${this.id} says of its series cannot be read; nothing new of it is collected: ${error}`,
      );
      return;
    }
    this.#early.retry(this.host.now(), (sent) => this.#place(sent));
    // RACE: the thread uses these blocks again once this is acknowledged. A collector that replaces this one
    // reads them as those of the old series unless it knows better.
    if (!this.#mirror || this.#mirror.isKept) this.reader.acknowledge();
  }

  override exemplars(batch: readonly SentExemplar[]): void {
    const now = this.host.now();
    for (const claimed of batch) {
      const sent = soundExemplar(claimed, now, this.host.table.nameRule);
      if (!sent) this.#refuseExemplar();
      else if (!this.#place(sent)) this.#early.add(sent, now);
    }
  }

  /** Keeps an exemplar. Returns whether its series is known by now, or nobody wants to know of it. */
  #place([id, labelValues, overflow, bucket, exemplar]: SentExemplar): boolean {
    const family = this.shares.get(id)?.family;
    if (!family) return false;
    const { definition, kind, exemplars } = family;
    if (!overflow && labelValues.length !== definition.labelNames.length) {
      this.#refuseExemplar();
      return true;
    }
    const series = family.find(labelValues, overflow);
    if (series === undefined) return false;
    // It may be older than a reset which the thread has yet to hear of.
    if (this.waiting.some((one) => [undefined, definition.name].includes(one.family))) return true;
    if (!isOfBucket(exemplar.value, bucket, definition, kind)) this.#refuseExemplar();
    else {
      const labels = family.labelsOf(series);
      exemplars.add(labels, bucket, exemplar, this.host.now());
      this.host.exemplarLimit.kept(exemplars, labels);
    }
    return true;
  }

  #refuseExemplar(): void {
    const what = `thread ${this.id} has exemplars that are none; they are left out`;
    this.host.refused('unsound_exemplars', what);
  }

  /** The one that stands in for the thread until all that the thread has is there. */
  get absent(): AbsentThread | undefined {
    return this.#absent;
  }

  /** Called when all is there that a thread which shares its memory had when it joined. */
  arrive(): void {
    if (!this.#direct) return;
    this.#arrive();
    this.host.hasArrived(this);
  }

  /** @throws RangeError for a page that is there already: series were checked against that one */
  addPage(page: number, cells: Float64Array): void {
    if (this.reader.pages[page]) throw new RangeError('a page that has come before');
    this.reader.setPage(page, cells);
    this.#mirror?.page(page, cells);
  }

  /** Takes a part of a copy. What its catalogue names may be in a later part. */
  accept({ segments, pages, last }: MemoryCopy): void {
    for (const [page, cells] of pages) {
      if (cells.length < (this.reader.pages[page]?.length ?? 0)) {
        throw new RangeError('a page that is shorter than before');
      }
    }
    // What the thread does while it copies may be in one part and not in another. Only what it had done
    // before counts.
    if (!this.#copying) this.#seen = this.#done.splice(0);
    this.#copying = !last;
    this.#segments.push(...segments);
    for (const [page, cells] of pages) this.reader.setPage(page, cells);
    if (!last) return;
    for (const segment of this.#segments.splice(0)) this.reader.addSegment(segment);
    if (this.#arrived) this.drain();
    else this.#arrive();
    for (const erasure of this.#seen.splice(0)) this.heard(erasure);
    // The pages are mirrored together with the journal that says what is in them.
    this.#mirrorPages();
    this.host.hasArrived(this);
  }

  override get needsRefresh(): boolean {
    return !this.#direct || this.waiting.length > 0 || super.needsRefresh;
  }

  /** Tells the thread what another has erased. A refresh that is asked for afterwards comes after it. */
  erase(erasure: Erasure): void {
    this.hide(erasure, this.#cellsNow(erasure));
    // RACE: a thread that had done the erasure before says again what it has. If it said so before it has
    // arrived, that would be hidden together with what it had.
    if (this.#absent) this.#unasked.push(erasure);
    else this.#askToErase(erasure);
  }

  #askToErase(erasure: Erasure): void {
    const done = () => this.#hasDone(erasure);
    this.client.erase(erasure).then(done, done);
  }

  /** Called when this thread has reset something. A copy that it has yet to make will show it. */
  hasReset(erasure: Erasure): void {
    if (this.#direct) return;
    this.hide(erasure, this.#cellsNow(erasure));
    this.#hasDone(erasure);
  }

  /** Returns what the owner has yet to keep of the thread's memory. `kept` or `notKept` must follow. */
  unkept(): MemoryPart | undefined {
    // Until all is there, the owner has the memory of the one that stands in for the thread.
    if (this.#absent) return undefined;
    if (this.#mirror?.isLong) this.#mirrorAll();
    return this.#mirror?.take();
  }

  get isKept(): boolean {
    return !!this.#absent || !this.#mirror || this.#mirror.isKept;
  }

  kept(): void {
    this.#mirror?.handedOver();
    if (this.isKept) this.reader.acknowledge();
  }

  notKept(): void {
    this.#mirror?.handedOver();
    this.#mirrorAll();
  }

  /** Returns for how many seconds the thread's event loop has been silent; 0 while nobody can tell. */
  silence(now: number): number {
    return this.#heartbeat.silence(this.reader.heartbeat, now);
  }

  /**
   * Asks the thread to bring itself up to date, and then waits for `collect` callbacks that take long.
   * @param seconds how long to wait for those; 0 for not at all
   */
  async update(seconds: number, answered: () => void): Promise<void> {
    const pending = await this.refresh();
    answered();
    if (pending && seconds > 0) await this.client.collected(seconds).catch(() => {});
  }

  /** Asks for a copy of its memory, if that is private. No callback is called for it. */
  async copy(): Promise<void> {
    if (!this.#direct) await this.client.collected(0);
  }

  /** Asks for the events that the thread still holds, and for nothing else. */
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

  override leave(): void {
    this.drain();
    super.leave();
    // The thread may never answer, and it has handed over everything.
    this.#left = true;
    this.#endRefresh?.(false);
  }

  override time(seconds?: number): void {
    super.time(seconds);
    // A collector that replaces this one takes the same time for it, whatever the thread says.
    this.#mirror?.catalogue.time(this.began);
  }

  /** @throws RangeError for what no thread of ours writes */
  override family(...[id, claimed, collects]: Parameters<HearingThread['family']>): void {
    const { kinds, nameRule } = this.host.table;
    const { type } = (claimed ?? {}) as { readonly type?: unknown };
    if (typeof type === 'string' && !kinds.has(type)) {
      const what = `thread ${this.id} has metrics of a kind that is not known here (${shown(type)})`;
      const remedy = 'load one version of utilityfog-telemetry in all threads';
      this.host.refused('unknown_kind', `${what}; they are not collected; ${remedy}`);
      return;
    }
    const definition = soundDefinition(claimed, kinds, nameRule);
    if (!definition) {
      const otherwise = soundDefinition(claimed, kinds, 'utf8');
      if (!otherwise) throw new RangeError('a family that is none');
      const what = `thread ${this.id} has metrics with names that this collector does not take (${shown(otherwise.name)})`;
      const remedy = "give names: 'utf8' to the thread that has made the collector, too";
      this.host.refused('invalid_name', `${what}; they are not collected; ${remedy}`);
      return;
    }
    if (!this.main && !this.shares.has(id) && this.shares.size >= MAX_FAMILIES) {
      const why = `a thread has ${MAX_FAMILIES} families at most; the others are not collected`;
      this.host.refused('too_many_families', why);
      return;
    }
    if (this.main) this.host.makeRoom(definition, this);
    super.family(id, this.main ? definition : patient(definition), collects);
    if (this.shares.has(id)) this.#mirror?.catalogue.family(id, definition, false);
  }

  /** @throws RangeError for what no thread of ours writes */
  override series(...record: Parameters<HearingThread['series']>): void {
    const [familyId, address, labelValues, overflow] = record;
    this.#checkSeries(familyId, address, labelValues, overflow);
    // A thread names such a block again when it is told of a removal that it had done before.
    if (this.waiting.length > 0 && this.shares.get(familyId)?.blocks.folded.includes(address))
      return;
    super.series(...record);
    this.#mirror?.catalogue.series(...record);
  }

  /** @throws RangeError for what no thread of ours writes: the erasure is kept, and others are told of it */
  override seriesErased(...record: Parameters<HearingThread['seriesErased']>): void {
    const [, labelValues] = record;
    if (!areLabelValues(labelValues)) throw new RangeError('label values that are none');
    this.#early.forget(record[0], labelValues);
    super.seriesErased(...record);
  }

  /** @throws RangeError for what no thread of ours writes */
  override seriesMoved(...record: Parameters<HearingThread['seriesMoved']>): void {
    const [familyId, , to, labelValues, overflow] = record;
    this.#checkSeries(familyId, to, labelValues, overflow);
    super.seriesMoved(...record);
    this.#mirror?.catalogue.seriesMoved(...record);
  }

  override seriesRemoved(...record: Parameters<HearingThread['seriesRemoved']>): void {
    this.#early.forget(record[0], record[2]);
    super.seriesRemoved(...record);
    this.#mirror?.catalogue.seriesRemoved(...record);
  }

  override seriesExpired(...record: Parameters<HearingThread['seriesExpired']>): void {
    this.#early.forget(record[0], record[2]);
    super.seriesExpired(...record);
    // What the thread had counted is handed over with the totals.
    const [familyId, address, labelValues] = record;
    this.#mirror?.catalogue.seriesRemoved(familyId, address, labelValues, false);
  }

  override familyRemoved(id: number, erased: boolean, erasure: number): void {
    super.familyRemoved(id, erased, erasure);
    this.#mirror?.catalogue.familyRemoved(id, false, 0);
  }

  #checkSeries(
    familyId: number,
    address: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    const family = this.shares.get(familyId)?.family;
    if (!family) return;
    const { definition, kind } = family;
    const isWhole = overflow || labelValues.length === definition.labelNames.length;
    const end = indexOf(address) + kind.cells(definition.shape);
    const isInPage = end <= this.reader.pages[pageOf(address)]!.length;
    if (!isWhole || !areLabelValues(labelValues) || !isInPage) {
      throw new RangeError('a series that is none');
    }
  }

  protected override foundUnsound(): void {
    this.host.refused(
      'unsound_cells',
      `thread ${this.id} has counts that are none; they are read as 0`,
    );
  }

  /**
   * Reads the thread itself from now on, not the one that stands in for it. This happens in one go: whoever
   * reads gets everything from one of the two, never from both and never from none.
   */
  #arrive(): void {
    const absent = this.#absent;
    this.#arrived = true;
    absent?.settle();
    // It is not known what the cells held when they were reset.
    this.beforeNew = undefined;
    this.drain();
    this.beforeNew = [];
    this.hideAgain();
    absent?.quit();
    this.#absent = undefined;
    for (const erasure of this.#unasked.splice(0)) this.#askToErase(erasure);
  }

  #hasDone(erasure: Erasure): void {
    if (!this.#direct) {
      this.#done.push(erasure);
      return;
    }
    // Otherwise the thread would be taken for one that does not know of the removal.
    this.drain();
    this.heard(erasure);
  }

  #cellsNow({ what }: Erasure): readonly Float64Array[] {
    if (what === 'remove') return [];
    const { pages } = this.reader;
    // Copies are replaced, not written to, so they can be kept as they are.
    return this.#direct ? pages.map((cells) => cells.slice()) : [...pages];
  }

  #mirrorPages(): void {
    this.reader.pages.forEach((cells, page) => {
      this.#mirror?.page(page, cells);
    });
  }

  #mirrorAll(): void {
    this.#mirror?.restart((catalogue) => this.#describe(catalogue));
    this.#mirrorPages();
  }

  /** Writes everything that there is of the thread by now into the catalogue. */
  #describe(catalogue: CatalogueVisitor): void {
    for (const [id, { family, blocks }] of this.shares) {
      catalogue.family(id, family.definition, false);
      blocks.addresses.forEach((address, i) => {
        if (address === NO_ADDRESS) return;
        const { labelValues } = family.labelSets[i]!;
        catalogue.time(family.created[i]);
        catalogue.series(id, address, labelValues, family.isOverflow(i));
      });
      catalogue.time(family.created[family.overflow]);
      for (const address of blocks.folded) catalogue.series(id, address, [], true);
    }
    // The thread says nothing again that it has said.
    catalogue.time(this.began);
  }
}

/** A thread that joined may be anybody's code, and must not make this collector look without a pause. */
function patient(definition: FamilyDefinition): FamilyDefinition {
  const { expireAfter } = definition;
  return expireAfter === undefined
    ? definition
    : { ...definition, expireAfter: Math.max(expireAfter, LEAST_EXPIRY) };
}
