import type { AskForHeaders } from '../delivery/plan-headers.ts';
import type { Dropped, Reading } from '../delivery/push.ts';
import type { Pushes } from '../delivery/pushes.ts';
import { EventLog } from '../events/event-log.ts';
import {
  type DeliveryReport,
  type Erasure,
  type FamilyDefinition,
  type Labels,
  type Snapshot,
  type TelemetryEvent,
  textOf,
} from '../model.ts';
import type { RunReport, SoleClient } from '../protocol/client.ts';
import type { CollectorConfig, PersistOptions } from '../protocol/config.ts';
import type { PartBody, PartDelivery } from '../protocol/feature.ts';
import type { ExportOutcome, ExportPlan, RenderRequest } from '../protocol/requests.ts';
import type { CollectorStatus, FlushOutcome } from '../protocol/status.ts';
import type { Durability } from '../storage/storage.ts';
import type { EventTails } from './event-tails.ts';
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
   * @param seconds how long to wait for threads whose event loop turns, and for their callbacks
   * @param withEvents whether to ask also for the events that they still hold
   * @returns how many have not answered
   */
  refresh(seconds: number, withEvents?: boolean): Promise<number | undefined>;
  tellOfRun(run: RunReport): void;
}

/**
 * How many seconds `collect` callbacks are waited for, unless the application or the scraper sets a limit.
 */
const COLLECT_TIMEOUT = 5;
/** Exports and flushes wait this many times as long as scrapes. */
const UNHURRIED = 2;

/** @param handover what the collector that this one replaces has left, if there was one */
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
  /** The schedule of the exports that are asked for. Each place makes it where that costs least. */
  abstract readonly exports: ExportSchedule | undefined;
  persistence: Persistence | undefined;
  /** The parts of the features that the application uses; absent if it uses none. */
  parts: Parts | undefined;
  #stopRuns: (() => void) | undefined;
  #running: Promise<void> | undefined;
  /** The exporters that push; absent if there are none. */
  #pushes: Pushes | undefined;
  /** What exporters of events have yet to push; absent if there are none. */
  #tails: EventTails | undefined;

  constructor(config: CollectorConfig, services: CollectorServices, owner: SoleClient) {
    this.config = config;
    this.services = services;
    this.owner = owner;
    this.log = new EventLog(config.eventLimit);
    this.table = new SeriesTable(services.kinds, config.seriesLimit, config.names);
    this.own = new OwnMetrics(this.table, this.now());
  }

  /**
   * Restores what earlier owners have left. Never rejects.
   * @param openPersistence absent if there is nothing to store in; then its code is not even loaded
   */
  async restore(openPersistence: OpenPersistence | undefined, handover?: Handover): Promise<void> {
    const { persist } = this.config;
    if (!persist) return;
    if (openPersistence) await openPersistence(this, persist, handover);
    else this.fail('storage', NO_STORAGE);
  }

  /** How many seconds readings wait for `collect` callbacks. */
  protected get collectTimeout(): number {
    return this.config.collectTimeout ?? COLLECT_TIMEOUT;
  }

  /**
   * Returns how many seconds a request waits for callbacks. It may say so itself, but the limit of the
   * application holds nevertheless.
   */
  protected secondsFor({ timeout = Infinity }: RenderRequest): number {
    const { collectTimeout = timeout < Infinity ? timeout : COLLECT_TIMEOUT } = this.config;
    return Math.min(timeout, collectTimeout);
  }

  /** Whether all that the collector before this one had is here. Absent if there was none. */
  readonly isComplete?: boolean;
  /** Resolves when the owner has what a successor would need. Absent if there will be no successor. */
  kept?(): Promise<void>;

  now(): number {
    return this.services.clock.now();
  }

  resetBy(thread: RecordingThread, erasure: Erasure): void {
    this.threads.drain();
    this.table.reset(erasure.family, this.now());
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

  /** Does one collection run. A call while one is under way joins that one. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error) => this.fail('collector', `a collection run has failed: ${error}`))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** @param byExporter whether an exporter of the application asks: then no such exporter runs */
  async flush(byExporter?: boolean): Promise<FlushOutcome> {
    const unanswered = await this.threads.refresh(this.collectTimeout * UNHURRIED, true);
    // The parts are flushed first, since what they keep is stored next.
    const undelivered = await this.parts?.flush();
    const { persist } = this.config;
    const [exporting, storing, unkept] = await Promise.all([
      this.exports?.runAll(byExporter),
      persist && (this.persistence ? this.persistence.saved() : NO_STORAGE),
      this.handOver(),
    ]);
    const waiting = await this.#pushes?.flush();
    const failures = [...(exporting ?? []), ...(undelivered ?? []), ...(waiting ?? [])];
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
   * Reads everything as of now, over all threads.
   * @param seconds how long the caller can wait for callbacks
   */
  async read(seconds = this.collectTimeout): Promise<Snapshot> {
    await this.threads.refresh(seconds);
    return this.current();
  }

  /**
   * Returns what is known, without asking the threads for more.
   * @param check throws to give the work up
   * @param inSlices see `CollectorServices`
   */
  async current(
    check?: () => void,
    inSlices: CollectorServices['inSlices'] = this.services.inSlices,
  ): Promise<Snapshot> {
    this.own.metrics(this.table.names().length);
    this.own.stall(this.stall());
    if (this.#pushes) this.own.queues(this.#pushes.states);
    const timestamp = this.now();
    const snapshot = {
      timestamp,
      families: await inSlices(this.table.read(this.config.labels, timestamp), check),
      eventsCount: this.log.size,
      running: this.running,
    };
    return this.parts ? this.parts.added(snapshot, this.config.labels) : snapshot;
  }

  abstract getEvents(limit: number): Promise<TelemetryEvent[]>;

  /**
   * @param headers asks the thread for headers, if the plan says that it needs some
   * @param isAwaited whether somebody waits for the outcome: then what is pushed holds the process
   */
  async runExport(
    plan: ExportPlan,
    headers?: AskForHeaders,
    isAwaited = true,
  ): Promise<ExportOutcome> {
    const { persist } = this.config;
    const read = plan.events
      ? () => this.gatherEvents().then(() => this.waiting(plan))
      : () => this.read(this.collectTimeout * UNHURRIED);
    const outcome = plan.push
      ? await this.#push(plan, read, headers, isAwaited)
      : await this.services.export(plan, await read(), persist?.storage, headers);
    const { exporter, destination } = plan;
    const { succeeded, error } = outcome;
    this.#exported(exporter, succeeded, { destination, message: error });
    if (!succeeded) this.fail('export', `${exporter} export to ${destination} failed: ${error}`);
    return outcome;
  }

  /** Never rejects. */
  async #push(
    plan: ExportPlan,
    read: () => Promise<Reading>,
    headers: AskForHeaders | undefined,
    isAwaited: boolean,
  ): Promise<ExportOutcome> {
    try {
      this.#pushes = await this.services.pushes();
      return await this.#pushes.export(plan, read, this, isAwaited, headers);
    } catch (error) {
      return { succeeded: false, error: textOf(error) };
    }
  }

  /** Keeps what exporters have yet to push. */
  protected async savePushes(): Promise<void> {
    await this.#pushes?.save();
  }

  /** Called when something that an exporter has pushed was given up. */
  dropped(report: Dropped): void {
    const { exporter, count, what, reason, message } = report;
    this.own.undelivered(exporter, reason, count);
    this.fail(
      'delivery',
      `${exporter}: ${count} ${what} were not delivered (${reason}): ${message}`,
    );
    this.#report({ ...report, outcome: 'dropped' });
  }

  /** Returns the events that are here and that an exporter has yet to push, and no families. */
  protected async waiting(plan: ExportPlan): Promise<Reading> {
    const { EventTails } = await import('./event-tails.ts');
    this.#tails ??= new EventTails(this);
    const { size: eventsCount } = this.log;
    const about = { timestamp: this.now(), families: [], eventsCount, running: this.running };
    return { ...about, waiting: this.#tails.waiting(plan) };
  }

  /** Brings the events here that threads have yet to send. */
  protected abstract gatherEvents(): Promise<void>;

  /** Called when something that an exporter has pushed has arrived, after so many seconds. */
  delivered(exporter: string, seconds: number): void {
    this.own.delivery(exporter, seconds);
  }

  /** Makes a call of the application to a feature's part. */
  async call(part: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (!this.parts) throw new Error(`the feature "${part}" is not running`);
    return this.parts.call(part, method, args);
  }

  /** Adds an event of a part to the log. */
  recordEvent(name: string, value: unknown, labels: Labels): void {
    this.log.add([JSON.stringify([name, this.now(), value, labels, {}])]);
    this.own.event();
  }

  /** Gives a part what a thread has recorded for it. */
  async take(part: string, batch: unknown): Promise<unknown> {
    return this.parts?.take(part, batch);
  }

  /** Sends what a part has written. Never rejects. */
  async deliver(
    plan: ExportPlan,
    body: PartBody,
    headers: AskForHeaders,
    isLast?: boolean,
  ): Promise<PartDelivery> {
    const { exporter, destination } = plan;
    try {
      this.#pushes = await this.services.pushes();
      const { arrives } = await this.#pushes.deliver(plan, body, this, headers, isLast);
      const told = async () => {
        const { arrived } = await arrives;
        this.#exported(exporter, arrived, { destination });
        return arrived;
      };
      return { arrives: told() };
    } catch (error) {
      this.#exported(exporter, false, { destination });
      const { count } = body;
      const message = textOf(error);
      this.dropped({ exporter, destination, count, what: 'spans', reason: 'ended', message });
      return { arrives: Promise.resolve(false) };
    }
  }

  async countExport(exporter: string, succeeded: boolean): Promise<void> {
    this.#exported(exporter, succeeded);
  }

  #exported(exporter: string, succeeded: boolean, more?: Partial<DeliveryReport>): void {
    this.own.export(exporter, succeeded);
    this.#report({ exporter, ...more, outcome: succeeded ? 'delivered' : 'failed' });
  }

  #report(report: DeliveryReport): void {
    this.owner.delivery(report).catch(() => {});
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
    if (this.#pushes) await this.#pushes.end(await this.current());
    await this.parts?.close();
    await this.persistence?.close();
  }

  /** Counts a failure and tells the application's logger. */
  fail(reason: string, message: string): void {
    this.own.error(reason);
    this.owner.warn(message).catch(() => {});
  }

  /** Called when a record was stored. */
  stored(_durability: Durability | undefined): void {}

  /** Whether a collector before this one has done the erasure already. */
  isDone(_erasure: Erasure): boolean {
    return false;
  }

  /** Called when a thread has removed or reset something, which others must follow. */
  erased(_erasure: Erasure, _origin: RecordingThread | undefined): void {}

  overflowed(metric: string): void {
    this.own.overflow(metric);
  }

  /** @param metric the family, if series of it are gone */
  expired(metric?: string, count = 1): void {
    if (metric !== undefined) this.own.expired(metric, count);
  }

  /** Called when a thread has a family that cannot stand beside one of another thread. */
  conflict(_definition: FamilyDefinition): void {}

  protected clearEvents(): void {
    this.log.clear();
  }

  /** Seconds for which the measured thread has stood still, if anybody else can see that. */
  protected stall(): number {
    return 0;
  }

  /** Does the same as `changed`. Resolves to why the owner has not kept it, or to `undefined` if it has. */
  async handOver(_totals?: boolean): Promise<string | undefined> {
    return undefined;
  }

  /**
   * Called when something has changed that this collector would leave, if it may have to be replaced.
   * @param totals whether what ended threads and earlier processes have counted has changed, too
   */
  async changed(_totals?: boolean): Promise<void> {}

  async #run(): Promise<void> {
    const { clock } = this.services;
    const start = clock.elapsed();
    let worked = 0;
    /** Of what is asynchronous, only what comes before it first waits is work. */
    const timed = <R>(work: () => R): R => {
      const began = clock.elapsed();
      const result = work();
      worked += clock.elapsed() - began;
      return result;
    };
    await timed(() => this.threads.refresh(this.collectTimeout));
    if (this.parts?.areSampled) {
      const inSlices: CollectorServices['inSlices'] = (work) =>
        this.services.inSlices({ next: () => timed(() => work.next()) });
      const snapshot = await this.current(undefined, inSlices);
      timed(() => this.parts!.sampled(snapshot));
    }
    await this.persistence?.saved();
    const duration = clock.elapsed() - start;
    this.own.run(duration);
    void this.changed();
    const run = {
      duration,
      collector_seconds: worked,
      metrics_count: this.table.names().length,
      events_count: this.log.size,
    };
    this.threads.tellOfRun(run);
  }
}
