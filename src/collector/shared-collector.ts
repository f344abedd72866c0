import { joined } from '../bytes/pieces.ts';
import type { EventBatch } from '../events/event-batch.ts';
import { type Erasure, type FamilyDefinition, OWN_METRICS, type TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';
import type { Durability } from '../storage/storage.ts';
import { Collector } from './collector.ts';
import { type Estate, type EstateTotals, estateEvents, LatestOnly } from './estate.ts';
import { eventTexts, newestEvents } from './event-texts.ts';
import { ExportSchedule } from './export-schedule.ts';
import { type JoinedThread, REFRESH_DEADLINE } from './joined-thread.ts';
import { JoinedThreads } from './joined-threads.ts';
import type { MergedFamily } from './merged-family.ts';
import { readOverThreads } from './over-threads.ts';
import type {
  CollectorConfig,
  CollectorStatus,
  ExportOutcome,
  ExportPlan,
  OwnerClient,
  Rendered,
  RenderRequest,
  Served,
  ServeOptions,
  ThreadClient,
  ThreadHello,
} from './protocol.ts';
import { RemoteThread } from './remote-thread.ts';
import { restore } from './restore.ts';
import type { CollectorServices, Exposition, Listener } from './services.ts';
import { decodeTotals, encodeTotals, retainedTotals } from './totals-record.ts';

/** How long threads may take to follow to a collector that replaces another. Seconds. */
const FOLLOW_DEADLINE = 10;
/** Until what was written into a catalogue is read, unless something else asks before. Seconds. */
const DRAIN_DELAY = 0.5;
/** Resets and removals to tell a thread of that follows late. */
const MAX_UNHEARD = 1000;

/** A collector that threads join and leave, that listens, and that may replace another. */
export class SharedCollector extends Collector {
  override readonly threads = new JoinedThreads(this.services.clock);
  declare protected readonly owner: OwnerClient;
  override readonly exports = new ExportSchedule(this.services.clock, (plan) =>
    this.runExport(plan),
  );
  /** How many events of each thread have arrived, kept or not. */
  readonly #received = new Map<number, number>();
  readonly #listeners = new Map<number, Listener>();
  readonly #estate = new LatestOnly(() => this.#sendEstate());
  /** Whether the owner has yet to be told of totals that no thread has. */
  #totalsChanged = true;
  /** Threads of the collector before this one that have yet to follow. */
  readonly #awaited = new Set<number>();
  /** What they must be told once they follow. */
  #unheard: readonly Erasure[] = [];
  #draining: Promise<void> | undefined;
  #durability: Durability | undefined;
  #nextListener = 1;
  #lastForeign = 0;

  constructor(config: CollectorConfig, services: CollectorServices, owner: OwnerClient) {
    super(config, services, owner);
    this.table.overThreads = readOverThreads;
    this.table.clashes = (definition) => writesSamplesOfAnother(this.table.families, definition);
  }

  override async open(): Promise<void> {
    const kept = this.config.estate;
    const estate = kept && decodeTotals<Estate>(kept.latest);
    if (estate) this.#succeed(estate, kept.totals && decodeTotals<EstateTotals>(kept.totals));
    await super.open(estate);
  }

  join(id: number, reader: MemoryReader, hello: ThreadHello, client: ThreadClient): RemoteThread {
    const thread = new RemoteThread(id, reader, hello, client, this);
    this.threads.all.add(thread);
    // From now on its clock and this one are compared.
    thread.silence(this.services.clock.elapsed());
    if (this.#awaited.delete(id)) for (const erasure of this.#unheard) thread.erase(erasure);
    // What reached the collector before this one after it had last told of its estate.
    this.#countLost(hello.eventsSent - (this.#received.get(id) ?? 0));
    this.#received.set(id, hello.eventsSent);
    void this.changed();
    return thread;
  }

  /** What a thread has reset or removed while it had no collector. */
  erase(erasures: readonly Erasure[]): void {
    this.threads.drain();
    for (const erasure of erasures) {
      const { what, family = '', labelValues } = erasure;
      if (what === 'reset') {
        this.table.reset(erasure.family);
        if (erasure.family === undefined) this.clearEvents();
      } else {
        const named = ({ definition }: MergedFamily) => definition.name === family;
        const known = this.table.families.get(family);
        if (labelValues) {
          for (const one of this.table.waiting.filter(named)) one.delete(labelValues);
          known?.delete(labelValues);
        } else {
          this.table.waiting = this.table.waiting.filter((one) => !named(one));
          if (what === 'clear') known?.clear();
          else if (known) this.table.delete(known);
        }
      }
      this.erased(erasure, undefined);
    }
  }

  addEvents(thread: number, batch: EventBatch): void {
    // First, since a batch that cannot be read has not been received.
    this.log.add(eventTexts(batch));
    this.#received.set(thread, (this.#received.get(thread) ?? 0) + batch.count);
  }

  /** A number for a thread that the owner has not numbered. */
  foreignThread(): number {
    return --this.#lastForeign;
  }

  /** @param thread `undefined` if it has never joined, or has left before */
  leave(id: number, thread: RemoteThread | undefined): void {
    if (thread && this.threads.all.has(thread)) {
      thread.drain();
      const recorded = thread.count('telemetry_events_total');
      const dropped = thread.count('telemetry_events_dropped_total');
      // What it had not sent yet when it was ended from outside.
      this.#countLost(recorded - dropped - (this.#received.get(id) ?? 0));
      this.threads.all.delete(thread);
      thread.leave();
      this.#received.delete(id);
      void this.changed(true);
    }
    this.owner.threadLeft(id).catch(() => {});
  }

  addPage(thread: RemoteThread, page: number, buffer: PageBuffer): void {
    thread.reader.setPage(page, new Float64Array(buffer));
  }

  addSegment(thread: RemoteThread, buffer: PageBuffer): void {
    thread.reader.addSegment(buffer);
    // In the only thread, piece by piece.
    if (!this.config.mortal) {
      thread.drain();
      return;
    }
    // Else not now: who makes many series would share the core, or the memory, with their reader. And
    // not never: until it is read the segment is kept, and no cell that it gives back is used again.
    this.#draining ??= this.services.clock.after(DRAIN_DELAY).then(() => {
      this.#draining = undefined;
      this.threads.drain();
    });
  }

  async expose(request: RenderRequest): Promise<Exposition> {
    return this.services.render(await this.readFor(request), request);
  }

  /** In one piece, for those who are somewhere else. */
  async render(request: RenderRequest): Promise<Rendered> {
    const { pieces, contentType, done } = await this.expose(request);
    const body = joined(pieces);
    done?.();
    return { body, contentType };
  }

  /** @throws Error when nothing can listen here, or the port is taken */
  async serve(options: ServeOptions): Promise<Served> {
    if (!this.services.serve) throw new Error('this runtime cannot listen; use handler() instead');
    const listener = await this.services.serve(options, (request) => this.expose(request));
    const id = this.#nextListener++;
    this.#listeners.set(id, listener);
    return { id, url: listener.url };
  }

  async unserve(id: number): Promise<void> {
    const listener = this.#listeners.get(id);
    this.#listeners.delete(id);
    await listener?.close();
  }

  override async runExport(plan: ExportPlan): Promise<ExportOutcome> {
    const outcome = await super.runExport(plan);
    this.stored(outcome.durability);
    return outcome;
  }

  /** That it may be lost in a power cut is said once, and is no failure. */
  override stored(durability: Durability | undefined): void {
    if (!durability || this.#durability?.whyNotDurable) return;
    this.#durability = { ...durability };
    const { whyNotDurable } = durability;
    if (whyNotDurable) {
      this.owner
        .inform(`what is written may not survive a power cut: ${whyNotDurable}`)
        .catch(() => {});
    }
  }

  override async status(): Promise<CollectorStatus> {
    return { ...(await super.status()), ...this.#durability };
  }

  /** Stores what is here, without asking the threads for more: the page may be about to end. */
  async save(): Promise<void> {
    this.threads.drain();
    await this.persistence?.save(true);
  }

  async getEvents(limit: number): Promise<TelemetryEvent[]> {
    await this.threads.gatherEvents();
    return newestEvents(this.log, limit);
  }

  override async shutdown(): Promise<void> {
    await super.shutdown();
    await Promise.all([...this.#listeners.keys()].map((id) => this.unserve(id)));
  }

  override erased(erasure: Erasure, origin: JoinedThread | undefined): void {
    this.persistence?.erased(erasure);
    if (this.#awaited.size > 0) this.#unheard = [...this.#unheard, erasure].slice(-MAX_UNHEARD);
    void this.changed(true);
    for (const thread of this.threads.all) if (thread !== origin) thread.erase(erasure);
  }

  override conflict({ name }: FamilyDefinition): void {
    this.fail(
      'definition_conflict',
      `${name} is registered with different definitions in two threads; the second is not collected`,
    );
  }

  protected override clearEvents(): void {
    super.clearEvents();
    this.#received.clear();
  }

  protected override stall(): number {
    return this.threads.stall();
  }

  /** An owner that is stuck is not waited for. */
  override async handOver(totals?: boolean): Promise<void> {
    await this.services.clock.within(REFRESH_DEADLINE, this.changed(totals));
  }

  override async changed(totals = false): Promise<void> {
    this.#totalsChanged ||= totals;
    if (this.config.mortal) await this.#estate.changed();
  }

  /** Of so many events no more than the log would have kept. */
  #countLost(events: number): void {
    const lost = Math.min(events, this.config.eventLimit);
    if (lost > 0) this.own.eventsDropped(lost);
  }

  /** Goes on where the collector before this one has ended. */
  #succeed(estate: Estate, totals: EstateTotals | undefined): void {
    for (const definition of totals?.definitions ?? []) this.table.define(definition);
    const families = [...estate.families, ...(totals?.families ?? [])];
    restore({ ...estate, families }, this.table, this.log, this.now());
    this.#countLost(estate.withheld);
    for (const [thread, events] of estate.received) this.#received.set(thread, events);
    for (const thread of estate.threads) this.#awaited.add(thread);
    void this.services.clock.after(FOLLOW_DEADLINE).then(() => {
      for (const thread of this.#awaited) {
        this.fail(
          'thread_lost',
          `thread ${thread} has not followed to the collector that replaced a failed one; what it recorded is not counted unless it still does`,
        );
      }
      // Once, and not by the next collector, too.
      this.#awaited.clear();
      this.#unheard = [];
    });
  }

  /** Those that joined over a port: all but the owner. */
  #joinedIds(): number[] {
    return [...this.threads.all].filter(({ main }) => !main).map(({ id }) => id);
  }

  async #sendEstate(): Promise<void> {
    const latest = encodeTotals(this.#estateNow());
    if (!this.#totalsChanged) return this.owner.keep({ latest });
    this.#totalsChanged = false;
    const totals = encodeTotals(this.#totalsNow());
    const estate = { latest, totals };
    try {
      await this.owner.keep(this.services.transfer?.(estate, totals.buffer) ?? estate);
    } catch (error) {
      this.#totalsChanged = true;
      throw error;
    }
  }

  #totalsNow(): EstateTotals {
    const families = this.table.names().map((name) => this.table.families.get(name)!);
    return {
      families: retainedTotals([...this.table.waiting, ...families]),
      events: [],
      definitions: families.filter(({ retains }) => retains).map(({ definition }) => definition),
    };
  }

  #estateNow(): Estate {
    const own = OWN_METRICS.flatMap((name) => this.table.families.get(name) ?? []);
    return {
      families: retainedTotals(own),
      ...estateEvents(this.log.entries()),
      received: [...this.#received],
      threads: [...this.#joinedIds(), ...this.#awaited],
      store: undefined,
      absorbed: [],
      ...this.persistence?.place,
    };
  }
}

/** A histogram `x` writes `x_bucket`, `x_sum` and `x_count`: no other family may. */
function writesSamplesOfAnother(
  families: ReadonlyMap<string, MergedFamily>,
  { name, type }: FamilyDefinition,
): boolean {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  if (base !== name && families.get(base)?.definition.type === 'histogram') return true;
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [];
  return suffixes.some((suffix) => families.has(name + suffix));
}
