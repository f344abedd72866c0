import { EventLog } from '../events/event-log.ts';
import type {
  CollectionRun,
  Erasure,
  FamilyDefinition,
  Snapshot,
  TelemetryEvent,
} from '../model.ts';
import type { SoleClient } from '../protocol/client.ts';
import type { CollectorConfig, PersistOptions } from '../protocol/config.ts';
import type { ExportOutcome, ExportPlan, RenderRequest } from '../protocol/requests.ts';
import type { CollectorStatus, FlushOutcome } from '../protocol/status.ts';
import type { Durability } from '../storage/storage.ts';
import type { ExportSchedule } from './export-schedule.ts';
import type { Handover } from './handover.ts';
import { OwnMetrics } from './own-metrics.ts';
import type { Parts } from './parts.ts';
import type { Persistence } from './persistence.ts';
import type { CatalogueHost, RecordingThread } from './recording-thread.ts';
import { SeriesTable } from './series-table.ts';
import { type CollectorServices, NO_STORAGE } from './services.ts';

/** The threads that record for a collector, all together. */
export interface Threads {
  readonly size: number;
  /** Reads all catalogues. */
  drain(): void;
  /**
   * Brings threads up to date as far as they answer, and reads all catalogues.
   * @param seconds for which to wait for threads that turn, and for their callbacks
   * @param withEvents also asks for the events that they still hold
   * @returns how many have not answered
   */
  refresh(seconds: number, withEvents?: boolean): Promise<number | undefined>;
  tellOfRun(run: CollectionRun): void;
}

/** How long `collect` callbacks are waited for unless the application or the scraper says. Seconds. */
const COLLECT_TIMEOUT = 5;
/** Exports and flushes have more time than scrapes. */
const UNHURRIED = 2;

/** @param handover of the collector that this one replaces, if there was one */
export type OpenPersistence = (
  collector: Collector,
  options: PersistOptions,
  handover: Handover | undefined,
) => Promise<void>;

/** Reads the pages of threads and does everything slow. Knows nothing of how calls reach it. */
export abstract class Collector implements CatalogueHost {
  readonly config: CollectorConfig;
  readonly services: CollectorServices;
  readonly log: EventLog;
  readonly own: OwnMetrics;
  readonly table: SeriesTable;
  abstract readonly threads: Threads;
  readonly owner: SoleClient;
  /** Of the exports that are asked for: made where that costs least. */
  abstract readonly exports: ExportSchedule | undefined;
  persistence: Persistence | undefined;
  /** The parts of the features that the application uses; absent if it uses none. */
  parts: Parts | undefined;
  #stopRuns: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(config: CollectorConfig, services: CollectorServices, owner: SoleClient) {
    this.config = config;
    this.services = services;
    this.owner = owner;
    this.log = new EventLog(config.eventLimit);
    this.table = new SeriesTable(services.kinds, config.seriesLimit);
    this.own = new OwnMetrics(this.table);
  }

  /**
   * Restores what earlier owners have left. Never rejects.
   * @param openPersistence absent where there is nothing to store in, and it is not even loaded
   */
  async restore(openPersistence: OpenPersistence | undefined, handover?: Handover): Promise<void> {
    const { persist } = this.config;
    if (!persist) return;
    if (openPersistence) await openPersistence(this, persist, handover);
    else this.fail('storage', NO_STORAGE);
  }

  /** Seconds for which readings wait for `collect` callbacks. */
  protected get collectTimeout(): number {
    return this.config.collectTimeout ?? COLLECT_TIMEOUT;
  }

  /** Of a request that says itself how long it can wait; the application's own limit holds nevertheless. */
  protected secondsFor({ timeout = Infinity }: RenderRequest): number {
    const { collectTimeout = timeout < Infinity ? timeout : COLLECT_TIMEOUT } = this.config;
    return Math.min(timeout, collectTimeout);
  }

  /** Whether all that a collector before this one had is here; absent where there is none before. */
  readonly isComplete?: boolean;
  /** Resolves when the owner has what a successor would need; absent where there will be none. */
  kept?(): Promise<void>;

  now(): number {
    return this.services.clock.now();
  }

  resetBy(thread: RecordingThread, erasure: Erasure): void {
    this.threads.drain();
    this.table.reset(erasure.family);
    if (erasure.family === undefined) this.clearEvents();
    this.erased(erasure, thread);
  }

  get running(): boolean {
    return this.#stopRuns !== undefined;
  }

  async start(): Promise<void> {
    if (this.#stopRuns) return;
    this.#stopRuns = this.services.clock.every(this.config.interval, () => void this.run());
    void this.run();
  }

  async stop(): Promise<void> {
    this.#stopRuns?.();
    this.#stopRuns = undefined;
  }

  /** One collection run; a second call while one is under way joins it. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error) => this.fail('collector', `a collection run has failed: ${error}`))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** @param byExporter whether one of the application asks: then none of those runs */
  async flush(byExporter?: boolean): Promise<FlushOutcome> {
    const unanswered = await this.threads.refresh(this.collectTimeout * UNHURRIED, true);
    // First, since what they keep is stored.
    const undelivered = await this.parts?.flush();
    const { persist } = this.config;
    const [exporting, storing, unkept] = await Promise.all([
      this.exports?.runAll(byExporter),
      persist && (this.persistence ? this.persistence.save() : NO_STORAGE),
      this.handOver(),
    ]);
    const failures = [...(exporting ?? []), ...(undelivered ?? [])];
    if (storing) failures.push(`not stored: ${storing}`);
    if (unanswered) failures.push(`${unanswered} threads have not answered`);
    if (unkept) failures.push(unkept);
    return {
      collected: !unanswered && !unkept,
      stored: persist && !storing,
      exported: exporting && !exporting[0],
      failures,
    };
  }

  /**
   * Everything, as of now, over all threads.
   * @param seconds for which whoever asks can wait for callbacks
   */
  async read(seconds = this.collectTimeout): Promise<Snapshot> {
    await this.threads.refresh(seconds);
    return this.current();
  }

  /** What is known, without asking the threads for more. @param check throws to give it up */
  async current(check?: () => void): Promise<Snapshot> {
    this.own.metrics(this.table.names().length);
    this.own.stall(this.stall());
    const snapshot = {
      timestamp: this.now(),
      families: await this.services.inSlices(this.table.read(this.config.labels), check),
      eventsCount: this.log.size,
      running: this.running,
    };
    return this.parts ? this.parts.added(snapshot, this.config.labels) : snapshot;
  }

  abstract getEvents(limit: number): Promise<TelemetryEvent[]>;

  async runExport(plan: ExportPlan): Promise<ExportOutcome> {
    const { persist } = this.config;
    const outcome = await this.services.export(
      plan,
      await this.read(this.collectTimeout * UNHURRIED),
      persist?.storage,
    );
    this.own.export(plan.exporter, outcome.succeeded);
    if (!outcome.succeeded) {
      this.fail(
        'export',
        `${plan.exporter} export to ${plan.destination} failed: ${outcome.error}`,
      );
    }
    return outcome;
  }

  /** What the application asks of a feature's part. */
  async call(part: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (!this.parts) throw new Error(`the feature "${part}" is not running`);
    return this.parts.call(part, method, args);
  }

  async countExport(exporter: string, succeeded: boolean): Promise<void> {
    this.own.export(exporter, succeeded);
  }

  async status(): Promise<CollectorStatus> {
    let series = 0;
    for (const family of this.table.families.values()) series += family.size;
    return {
      storage: 'none',
      ...this.persistence?.status,
      series,
      threads: this.threads.size,
    };
  }

  async shutdown(byExporter?: boolean): Promise<void> {
    await this.stop();
    await this.#running;
    await this.flush(byExporter);
    this.exports?.clear();
    await this.parts?.close();
    await this.persistence?.close();
  }

  /** Counts a failure and tells the application's logger. */
  fail(reason: string, message: string): void {
    this.own.error(reason);
    this.owner.warn(message).catch(() => {});
  }

  /** A record was stored. */
  stored(_durability: Durability | undefined): void {}

  /** Where there is a collector before this one. */
  isDone(_erasure: Erasure): boolean {
    return false;
  }

  /** A thread has removed or reset something, and others must follow. */
  erased(_erasure: Erasure, _origin: RecordingThread | undefined): void {}

  overflowed(metric: string): void {
    this.own.overflow(metric);
  }

  /** Another thread has a family that this one cannot be beside. */
  conflict(_definition: FamilyDefinition): void {}

  protected clearEvents(): void {
    this.log.clear();
  }

  /** Seconds for which the measured thread has stood still, where somebody else can see it. */
  protected stall(): number {
    return 0;
  }

  /** As `changed`; resolves when it is kept, or to why it is not. */
  async handOver(_totals?: boolean): Promise<string | undefined> {
    return undefined;
  }

  /**
   * What a collector that may have to be replaced would leave is another now.
   * @param totals whether also what ended threads and earlier processes have counted
   */
  async changed(_totals?: boolean): Promise<void> {}

  async #run(): Promise<void> {
    const { clock } = this.services;
    const start = clock.elapsed();
    await this.threads.refresh(this.collectTimeout);
    if (this.parts?.areSampled) this.parts.sampled(await this.current());
    await this.persistence?.save();
    const duration = clock.elapsed() - start;
    this.own.run(duration);
    void this.changed();
    const run = {
      duration,
      metrics_count: this.table.names().length,
      events_count: this.log.size,
    };
    this.threads.tellOfRun(run);
  }
}
