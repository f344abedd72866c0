import { type Erasure, OWN_METRICS, type Snapshot, type TelemetryEvent } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import { EventLog } from './event-log.ts';
import { ExportSchedule } from './export-schedule.ts';
import { JoinedThread } from './joined-thread.ts';
import { OwnMetrics } from './own-metrics.ts';
import { Persistence } from './persistence.ts';
import type {
  CollectorConfig,
  CollectorStatus,
  ExportOutcome,
  ExportPlan,
  Rendered,
  RenderRequest,
  Served,
  ServeOptions,
  ThreadClient,
  ThreadHello,
} from './protocol.ts';
import { SeriesTable } from './series-table.ts';
import type { CollectorServices, Listener } from './services.ts';

/** How long a scrape waits for a thread to bring itself up to date. Seconds. */
const REFRESH_DEADLINE = 0.5;
/** A heartbeat older than this is a stall: the threads beat twice a second. Seconds. */
const STALL_THRESHOLD = 1.2;

/** Reads the pages of all threads and does everything slow. Knows nothing of how calls reach it. */
export class Collector {
  readonly config: CollectorConfig;
  readonly services: CollectorServices;
  readonly events: EventLog;
  readonly own: OwnMetrics;
  readonly schedule: ExportSchedule;
  readonly #table: SeriesTable;
  readonly #threads = new Set<JoinedThread>();
  readonly #listeners = new Map<number, Listener>();
  /** For the log of the application, whose thread joins only after storage was opened. */
  readonly #untold: string[] = [];
  #persistence: Persistence | undefined;
  #stopRuns: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #nextListener = 1;

  constructor(config: CollectorConfig, services: CollectorServices) {
    this.config = config;
    this.services = services;
    this.events = new EventLog(config.eventLimit);
    this.#table = new SeriesTable(config.seriesLimit);
    this.own = new OwnMetrics(this.#table);
    this.schedule = new ExportSchedule(services.clock, (plan) => this.export(plan));
  }

  /** Restores what earlier owners of the same name have left. Never rejects. */
  async open(): Promise<void> {
    const { persist } = this.config;
    if (!persist) return;
    this.#persistence = new Persistence(this.services.storage(persist.directory), {
      failed: (message) => this.fail('storage', message),
      restored: ({ families, events }) => {
        this.#table.restore(families);
        this.events.restore(events);
      },
      current: () => ({
        session: this.config.session,
        generation: this.config.generation,
        families: this.#table.totals(this.#owner?.reader),
        events: this.events.entries(),
      }),
    });
    await this.#persistence.open(persist.name);
  }

  /** @throws RangeError when the thread runs an incompatible build */
  join(hello: ThreadHello, client: ThreadClient): JoinedThread {
    const thread: JoinedThread = new JoinedThread(hello, client, this.#table, {
      conflict: ({ name }) =>
        this.fail(
          'definition_conflict',
          `${name} is registered with different definitions in two threads; the second is not collected`,
        ),
      overflowed: (metric) => this.own.overflow(metric),
      erased: (erasure, origin) => this.#tellOthers(origin, erasure),
    });
    this.#threads.add(thread);
    if (thread.main) this.#tell(thread);
    return thread;
  }

  leave(thread: JoinedThread): void {
    if (this.#threads.delete(thread)) thread.leave();
  }

  addPage(thread: JoinedThread, page: number, buffer: PageBuffer): void {
    thread.reader.setPage(page, new Float64Array(buffer));
  }

  addSegment(thread: JoinedThread, buffer: PageBuffer): void {
    thread.reader.addSegment(buffer);
    thread.drain();
  }

  reset(thread: JoinedThread, family: string | undefined): void {
    for (const other of this.#threads) other.drain();
    this.#table.reset(family);
    if (family === undefined) this.events.clear();
    this.#tellOthers(thread, { what: 'reset', family });
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
    await this.#refresh();
    await Promise.all([this.schedule.runAll(), this.#persistence?.save()]);
  }

  /** Everything, as of now, over all threads. */
  async snapshot(): Promise<Snapshot> {
    await this.#refresh();
    this.own.metrics(this.#applicationFamilies());
    this.own.stall(this.#stall());
    return {
      timestamp: this.services.clock.now(),
      families: this.#table.read(this.config.labels),
      eventsCount: this.events.size,
      running: this.running,
    };
  }

  getEvents(limit: number): TelemetryEvent[] {
    return this.events.newest(limit);
  }

  async render(request: RenderRequest): Promise<Rendered> {
    return this.services.render(await this.snapshot(), request);
  }

  async export(plan: ExportPlan): Promise<ExportOutcome> {
    const outcome = await this.services.export(plan, await this.snapshot());
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
    this.#untold.push(message);
    for (const thread of this.#threads) if (thread.main) this.#tell(thread);
  }

  #tell({ client }: JoinedThread): void {
    for (const message of this.#untold.splice(0)) client.warn(message).catch(() => {});
  }

  async #run(): Promise<void> {
    const { clock } = this.services;
    const start = clock.now();
    await this.#refresh();
    await this.#persistence?.save();
    const duration = Math.max(0, clock.now() - start);
    this.own.run(duration);
    const run = {
      duration,
      metrics_count: this.#applicationFamilies(),
      events_count: this.events.size,
    };
    for (const thread of this.#threads) thread.client.collectionRan(run).catch(() => {});
  }

  /** Brings every thread up to date as far as it answers, and reads all catalogues. */
  async #refresh(): Promise<void> {
    // First, since a catalogue may name gauges that are to be asked for their values.
    for (const thread of this.#threads) thread.drain();
    const asked = [...this.#threads].filter((thread) => thread.needsRefresh);
    const answered = asked.map((thread) => {
      const answer = thread.refresh();
      // A thread that is known to be stuck is not waited for: its last values are what there is.
      return this.#silence(thread) > STALL_THRESHOLD ? undefined : answer;
    });
    if (answered.some((answer) => answer !== undefined)) {
      await Promise.race([Promise.all(answered), this.services.clock.after(REFRESH_DEADLINE)]);
    }
    for (const thread of this.#threads) thread.drain();
  }

  #silence({ reader }: JoinedThread): number {
    return this.services.clock.now() - reader.heartbeat;
  }

  #stall(): number {
    let longest = 0;
    for (const thread of this.#threads) {
      if (thread.main) longest = Math.max(longest, this.#silence(thread));
    }
    return longest > STALL_THRESHOLD ? longest : 0;
  }

  get #owner(): JoinedThread | undefined {
    return [...this.#threads].find((thread) => thread.main);
  }

  #applicationFamilies(): number {
    let count = 0;
    for (const name of this.#table.families.keys()) if (!OWN_METRICS.includes(name)) count++;
    return count;
  }

  #tellOthers(origin: JoinedThread, erasure: Erasure): void {
    for (const thread of this.#threads) {
      if (thread !== origin) thread.client.erase(erasure).catch(() => {});
    }
  }
}
