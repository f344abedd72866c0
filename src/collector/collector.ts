import {
  type Erasure,
  type FamilyDefinition,
  OWN_METRICS,
  type Snapshot,
  type TelemetryEvent,
} from '../model.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';
import type { Estate } from './estate.ts';
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
  ThreadClient,
  ThreadHello,
} from './protocol.ts';
import { SeriesTable } from './series-table.ts';
import { type CollectorServices, type Exposition, joined } from './services.ts';
import type { TotalsRecord } from './totals-record.ts';

/** How long storage may take to open before collection goes on without it for now. Seconds. */
const OPEN_DEADLINE = 3;

/** Reads the pages of threads and does everything slow. Knows nothing of how calls reach it. */
export class Collector {
  readonly config: CollectorConfig;
  readonly services: CollectorServices;
  readonly events: EventLog;
  readonly own: OwnMetrics;
  readonly schedule: ExportSchedule;
  protected readonly table: SeriesTable;
  protected readonly threads: JoinedThreads;
  protected readonly owner: OwnerClient;
  protected persistence: Persistence | undefined;
  #stopRuns: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(config: CollectorConfig, services: CollectorServices, owner: OwnerClient) {
    this.config = config;
    this.services = services;
    this.owner = owner;
    this.threads = new JoinedThreads(services.clock);
    this.events = new EventLog(config.eventLimit);
    this.table = new SeriesTable(config.seriesLimit);
    this.own = new OwnMetrics(this.table);
    this.schedule = new ExportSchedule(services.clock, (plan) => this.export(plan));
  }

  /**
   * Restores what earlier owners have left. Never rejects.
   * @param estate of the collector that this one replaces, if there was one
   */
  async open(estate?: Estate): Promise<void> {
    const { persist } = this.config;
    if (!persist) return;
    const { Persistence } = this.services;
    if (!Persistence)
      return this.fail('storage', 'there is no storage here; give one as persist.storage');
    this.persistence = new Persistence(
      persist.storage ?? this.services.storage(persist.directory),
      {
        now: () => this.services.clock.now(),
        failed: (message) => this.fail('storage', message),
        restored: (record) => this.restore(record),
        moved: () => this.#kept(),
        erased: this.config.erased,
        table: this.table,
        events: this.events,
      },
    );
    // A database that is blocked may never say so. What it holds is added whenever it opens.
    let isOpen = false;
    const opened = this.persistence.open(persist.name, estate).then(() => {
      isOpen = true;
      void this.changed();
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
    const thread: JoinedThread = new JoinedThread(id, reader, hello, client, this.table, {
      now: () => this.services.clock.now(),
      conflict: (definition) => this.conflict(definition),
      overflowed: (metric) => this.own.overflow(metric),
      erased: (erasure, origin) => this.erased(erasure, origin),
    });
    this.threads.add(thread);
    return thread;
  }

  reset(thread: JoinedThread, family: string | undefined): void {
    this.threads.drain();
    this.table.reset(family);
    if (family === undefined) this.events.clear();
    this.erased({ what: 'reset', family }, thread);
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
    await this.threads.refresh(true);
    await Promise.all([this.#kept(), this.schedule.runAll(), this.persistence?.save()]);
  }

  /** Stores what is here, without asking the threads for more. */
  async save(): Promise<void> {
    this.threads.drain();
    await this.persistence?.save();
  }

  /** Everything, as of now, over all threads. */
  async snapshot(): Promise<Snapshot> {
    await this.threads.refresh();
    this.own.metrics(this.#applicationFamilies());
    this.own.stall(this.threads.stall());
    return {
      timestamp: this.services.clock.now(),
      families: this.table.read(this.config.labels),
      eventsCount: this.events.size,
      running: this.running,
    };
  }

  async getEvents(limit: number): Promise<TelemetryEvent[]> {
    await this.threads.gatherEvents();
    return this.events.newest(limit);
  }

  async expose(request: RenderRequest): Promise<Exposition> {
    return this.services.render(await this.snapshot(), request);
  }

  /** In one piece, for those who are somewhere else. */
  async render(request: RenderRequest): Promise<Rendered> {
    const { chunks, contentType } = await this.expose(request);
    return { body: joined(chunks), contentType };
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

  status(): CollectorStatus {
    let series = 0;
    for (const family of this.table.families.values()) series += family.size;
    return {
      storage: this.persistence?.kind ?? 'none',
      series,
      threads: this.threads.size,
    };
  }

  async shutdown(): Promise<void> {
    this.stop();
    await this.#running;
    await this.flush();
    this.schedule.clear();
    await this.persistence?.close();
  }

  /** Counts a failure and tells the application's logger. */
  fail(reason: string, message: string): void {
    this.own.error(reason);
    this.owner.warn(message).catch(() => {});
  }

  /** A thread has removed or reset something, and others must follow. */
  protected erased(_erasure: Erasure, _origin: JoinedThread | undefined): void {}

  /** Another thread has a family that this one cannot be beside. */
  protected conflict(_definition: FamilyDefinition): void {}

  /** What a collector that may have to be replaced would leave is another now. */
  protected async changed(): Promise<void> {}

  protected restore({ families, events }: TotalsRecord): void {
    this.table.restore(families);
    this.events.restore(events);
  }

  /** What this collector would leave is with its owner; one that is stuck is not waited for. */
  async #kept(): Promise<void> {
    await Promise.race([this.changed(), this.services.clock.after(REFRESH_DEADLINE)]);
  }

  async #run(): Promise<void> {
    const { clock } = this.services;
    const start = clock.elapsed();
    await this.threads.refresh();
    await this.persistence?.save();
    const duration = clock.elapsed() - start;
    this.own.run(duration);
    void this.changed();
    const run = {
      duration,
      metrics_count: this.#applicationFamilies(),
      events_count: this.events.size,
    };
    this.threads.tellOfRun(run);
  }

  #applicationFamilies(): number {
    let count = 0;
    for (const name of this.table.families.keys()) if (!OWN_METRICS.includes(name)) count++;
    return count;
  }
}
