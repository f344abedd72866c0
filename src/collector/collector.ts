import { OWN_METRICS, type Snapshot, type TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';
import { type Estate, estateEvents, LatestOnly } from './estate.ts';
import { EventLog } from './event-log.ts';
import { ExportSchedule } from './export-schedule.ts';
import { JoinedThread } from './joined-thread.ts';
import { JoinedThreads, REFRESH_DEADLINE } from './joined-threads.ts';
import { OwnMetrics } from './own-metrics.ts';
import type { Persistence } from './persistence.ts';
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
import { SeriesTable } from './series-table.ts';
import type { CollectorServices, Listener } from './services.ts';
import { decodeTotals, encodeTotals, type TotalsRecord, withoutErased } from './totals-record.ts';

/** How long storage may take to open before collection goes on without it for now. Seconds. */
const OPEN_DEADLINE = 3;
/** How long threads may take to follow to a collector that replaces another. Seconds. */
const FOLLOW_DEADLINE = 10;

/** Reads the pages of all threads and does everything slow. Knows nothing of how calls reach it. */
export class Collector {
  readonly config: CollectorConfig;
  readonly services: CollectorServices;
  readonly events: EventLog;
  readonly own: OwnMetrics;
  readonly schedule: ExportSchedule;
  readonly #table: SeriesTable;
  readonly #threads: JoinedThreads;
  readonly #listeners = new Map<number, Listener>();
  readonly #owner: OwnerClient;
  readonly #estate = new LatestOnly(() => this.#owner.keep(encodeTotals(this.#estateNow())));
  /** Threads of the collector before this one that have yet to follow. */
  readonly #awaited = new Set<number>();
  #persistence: Persistence | undefined;
  #stopRuns: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #nextListener = 1;
  #lastForeign = 0;

  constructor(config: CollectorConfig, services: CollectorServices, owner: OwnerClient) {
    this.config = config;
    this.services = services;
    this.#owner = owner;
    this.#threads = new JoinedThreads(services.clock);
    this.events = new EventLog(config.eventLimit);
    this.#table = new SeriesTable(config.seriesLimit);
    this.own = new OwnMetrics(this.#table);
    this.schedule = new ExportSchedule(services.clock, (plan) => this.export(plan));
  }

  /** Restores what the collector before this one and earlier owners have left. Never rejects. */
  async open(): Promise<void> {
    const { persist, estate: bytes } = this.config;
    const estate = bytes && decodeTotals<Estate>(bytes);
    if (estate) this.#succeed(estate);
    if (!persist) return;
    const { Persistence } = this.services;
    if (!Persistence)
      return this.fail(
        'storage',
        'there is no storage here, totals will not survive; give one as persist.storage',
      );
    this.#persistence = new Persistence(
      persist.storage ?? this.services.storage(persist.directory),
      {
        failed: (message) => this.fail('storage', message),
        restored: (record) => this.#restore(record),
        current: () => ({ families: this.#table.totals(), events: this.events.entries() }),
      },
    );
    // A database that is blocked may never say so. What it holds is added whenever it opens.
    let isOpen = false;
    const opened = this.#persistence.open(persist.name, estate).then(() => {
      isOpen = true;
      void this.#changeEstate();
    });
    await Promise.race([opened, this.services.clock.after(OPEN_DEADLINE)]);
    if (!isOpen) this.fail('storage', `storage has not opened for ${OPEN_DEADLINE} seconds`);
  }

  join(
    id: number,
    reader: MemoryReader,
    hello: Omit<ThreadHello, 'control'>,
    client: ThreadClient,
  ): JoinedThread {
    const thread: JoinedThread = new JoinedThread(id, reader, hello, client, this.#table, {
      conflict: ({ name }) =>
        this.fail(
          'definition_conflict',
          `${name} is registered with different definitions in two threads; the second is not collected`,
        ),
      overflowed: (metric) => this.own.overflow(metric),
      erased: (erasure, origin) => {
        void this.#changeEstate();
        this.#threads.tellOthers(origin, erasure);
      },
    });
    this.#threads.add(thread);
    this.#awaited.delete(id);
    // What reached the collector before this one after it had last told of its estate.
    this.#countLost(hello.eventsSent - (this.events.received.get(id) ?? 0));
    this.events.received.set(id, hello.eventsSent);
    void this.#changeEstate();
    return thread;
  }

  /** A number for a thread that the owner has not numbered. */
  foreignThread(): number {
    return --this.#lastForeign;
  }

  /** @param thread `undefined` if it has never joined, or has left before */
  leave(id: number, thread: JoinedThread | undefined): void {
    if (thread && this.#threads.has(thread)) {
      thread.drain();
      const recorded = thread.count('telemetry_events_total');
      const dropped = thread.count('telemetry_events_dropped_total');
      // What it had not sent yet when it was ended from outside.
      this.#countLost(recorded - dropped - (this.events.received.get(id) ?? 0));
      this.#threads.leave(thread);
      this.events.received.delete(id);
      void this.#changeEstate();
    }
    this.#owner.threadLeft(id).catch(() => {});
  }

  addPage(thread: JoinedThread, page: number, buffer: PageBuffer): void {
    thread.reader.setPage(page, new Float64Array(buffer));
  }

  addSegment(thread: JoinedThread, buffer: PageBuffer): void {
    thread.reader.addSegment(buffer);
    thread.drain();
  }

  reset(thread: JoinedThread, family: string | undefined): void {
    this.#threads.drain();
    this.#table.reset(family);
    if (family === undefined) this.events.clear();
    void this.#changeEstate();
    this.#threads.tellOthers(thread, { what: 'reset', family });
  }

  get running(): boolean {
    return this.#stopRuns !== undefined;
  }

  start(): void {
    if (this.#stopRuns) return;
    this.#stopRuns = this.services.clock.every(this.config.interval, () => void this.run());
    void this.run();
  }

  stop(): void {
    this.#stopRuns?.();
    this.#stopRuns = undefined;
  }

  /** One collection run; a second call while one is under way joins it. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async flush(): Promise<void> {
    await this.#threads.refresh(true);
    // An owner that is stuck is not waited for.
    const kept = Promise.race([this.#changeEstate(), this.services.clock.after(REFRESH_DEADLINE)]);
    await Promise.all([kept, this.schedule.runAll(), this.#persistence?.save()]);
  }

  /** Stores what is here, without asking the threads for more. */
  async save(): Promise<void> {
    this.#threads.drain();
    await this.#persistence?.save();
  }

  /** Everything, as of now, over all threads. */
  async snapshot(): Promise<Snapshot> {
    await this.#threads.refresh();
    this.own.metrics(this.#applicationFamilies());
    this.own.stall(this.#threads.stall());
    return {
      timestamp: this.services.clock.now(),
      families: this.#table.read(this.config.labels),
      eventsCount: this.events.size,
      running: this.running,
    };
  }

  async getEvents(limit: number): Promise<TelemetryEvent[]> {
    await this.#threads.gatherEvents();
    return this.events.newest(limit);
  }

  async render(request: RenderRequest): Promise<Rendered> {
    return this.services.render(await this.snapshot(), request);
  }

  async export(plan: ExportPlan): Promise<ExportOutcome> {
    const { persist } = this.config;
    const outcome = await this.services.export(plan, await this.snapshot(), persist?.storage);
    this.countExport(plan.exporter, outcome.succeeded);
    if (!outcome.succeeded) {
      this.fail(
        'export',
        `${plan.exporter} export to ${plan.destination} failed: ${outcome.error}`,
      );
    }
    return outcome;
  }

  countExport(exporter: string, succeeded: boolean): void {
    this.own.export(exporter, succeeded);
  }

  /** @throws Error when nothing can listen here, or the port is taken */
  async serve(options: ServeOptions): Promise<Served> {
    if (!this.services.serve) throw new Error('this runtime cannot listen; use handler() instead');
    const listener = await this.services.serve(options, (request) => this.render(request));
    const id = this.#nextListener++;
    this.#listeners.set(id, listener);
    return { id, url: listener.url };
  }

  async unserve(id: number): Promise<void> {
    const listener = this.#listeners.get(id);
    this.#listeners.delete(id);
    await listener?.close();
  }

  status(): CollectorStatus {
    let series = 0;
    for (const family of this.#table.families.values()) series += family.series.size;
    return {
      storage: this.#persistence?.kind ?? 'none',
      series,
      threads: this.#threads.size,
    };
  }

  async shutdown(): Promise<void> {
    this.stop();
    await this.#running;
    await this.flush();
    this.schedule.clear();
    await Promise.all([...this.#listeners.keys()].map((id) => this.unserve(id)));
    await this.#persistence?.close();
  }

  /** Counts a failure and tells the application's logger. */
  fail(reason: string, message: string): void {
    this.own.error(reason);
    this.#owner.warn(message).catch(() => {});
  }

  /** Of so many events no more than the log would have kept. */
  #countLost(events: number): void {
    const lost = Math.min(events, this.config.eventLimit);
    if (lost > 0) this.own.eventsDropped(lost);
  }

  #restore(record: TotalsRecord): void {
    const { families, events } = withoutErased(record, this.config.erased);
    this.#table.restore(families);
    this.events.restore(events);
  }

  /** Goes on where the collector before this one has ended. */
  #succeed(estate: Estate): void {
    this.#restore(estate);
    this.#countLost(estate.withheld);
    for (const [thread, events] of estate.received) this.events.received.set(thread, events);
    for (const thread of estate.threads) this.#awaited.add(thread);
    void this.services.clock.after(FOLLOW_DEADLINE).then(() => {
      for (const thread of this.#awaited) {
        this.fail(
          'thread_lost',
          `thread ${thread} has not followed to the collector that replaced a failed one; what it recorded is not counted unless it still does`,
        );
      }
    });
  }

  #estateNow(): Estate {
    return {
      families: this.#table.retained(),
      ...estateEvents(this.events.entries()),
      received: [...this.events.received],
      threads: [...this.#threads.ids, ...this.#awaited],
      store: undefined,
      absorbed: [],
      ...this.#persistence?.place,
    };
  }

  async #changeEstate(): Promise<void> {
    if (this.config.mortal) await this.#estate.changed();
  }

  async #run(): Promise<void> {
    const { clock } = this.services;
    const start = clock.elapsed();
    await this.#threads.refresh();
    await this.#persistence?.save();
    const duration = clock.elapsed() - start;
    this.own.run(duration);
    void this.#changeEstate();
    const run = {
      duration,
      metrics_count: this.#applicationFamilies(),
      events_count: this.events.size,
    };
    this.#threads.tellOfRun(run);
  }

  #applicationFamilies(): number {
    let count = 0;
    for (const name of this.#table.families.keys()) if (!OWN_METRICS.includes(name)) count++;
    return count;
  }
}
