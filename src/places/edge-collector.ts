import { joinPieces } from '../bytes/pieces.ts';
import { Collector, type Threads } from '../collector/collector.ts';
import type { Expiry } from '../collector/expiry.ts';
import type { ExportSchedule } from '../collector/export-schedule.ts';
import { REFRESH_DEADLINE, RecordingThread } from '../collector/recording-thread.ts';
import { runToEnd } from '../collector/run-to-end.ts';
import type { CollectorServices } from '../collector/services.ts';
import type { Pushes } from '../delivery/pushes.ts';
import { SOLE_THREAD_KINDS } from '../kinds/sole-thread-kinds.ts';
import type { OpenCollector } from '../links/inline-connection.ts';
import {
  CONTENT_TYPES,
  type Erasure,
  type FamilyDefinition,
  type TelemetryEvent,
} from '../model.ts';
import type { CellReader } from '../pages/thread-reader.ts';
import { clock } from '../platform/clock.ts';
import { randomId } from '../platform/random-id.ts';
import type { SoleClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';
import type { PartConfig } from '../protocol/feature.ts';
import type { ExportPlan, Rendered, RenderRequest, ScheduleId } from '../protocol/requests.ts';
import type { SoleService } from '../protocol/service.ts';

type OnDemand = typeof import('./edge-on-demand.ts');
const onDemand = () => import('./edge-on-demand.ts');

/** The collector of the only thread that there is. It reads the memory of that thread in place. */
class SoleCollector extends Collector implements SoleService {
  readonly thread: RecordingThread;
  override exports: ExportSchedule | undefined;
  /** Whether series of some metric expire. */
  #hasExpiring = false;
  #expiry: Expiry | undefined;
  /** Events that came while the code that reads them was loading. */
  #unread: EventBatch[] = [];
  override readonly threads: Threads = {
    size: 1,
    drain() {},
    refresh: async (seconds) => {
      if (this.#unread[0]) await this.gatherEvents();
      if (this.#hasExpiring) await this.#expire();
      if (!this.thread.needsRefresh) return undefined;
      const { clock } = this.services;
      let pending = false;
      const answered = this.thread.refresh().then((answer) => {
        pending = answer;
      });
      // If the request that this belongs to has ended, no answer ever comes.
      await clock.within(REFRESH_DEADLINE, answered);
      if (pending) await clock.within(seconds, this.owner.collected(seconds));
      return undefined;
    },
    tellOfRun: (run) => void this.owner.collectionRan(run),
  };

  constructor(
    config: CollectorConfig,
    services: CollectorServices,
    owner: SoleClient,
    cells: CellReader,
  ) {
    super(config, services, owner);
    this.thread = new RecordingThread(cells, owner, this);
  }

  async events(batch: EventBatch): Promise<undefined> {
    this.#unread.push(batch);
    await this.gatherEvents();
  }

  addPart(part: PartConfig): Promise<void> {
    return this.addParts([part]);
  }

  async addParts(parts: readonly PartConfig[]): Promise<void> {
    const { openParts } = await import('./edge-features.ts');
    await openParts(this, parts);
  }

  async exemplars(batch: readonly SentExemplar[]): Promise<void> {
    this.thread.exemplars(batch);
  }

  protected override clearEvents(): void {
    this.#unread = [];
    super.clearEvents();
  }

  defined({ expireAfter }: FamilyDefinition): void {
    this.#hasExpiring ||= expireAfter !== undefined;
  }

  /** There are no timers between requests, so the collector looks when it is asked for something. */
  async #expire(): Promise<void> {
    const { Expiry } = await onDemand();
    const expiry = (this.#expiry ??= new Expiry(this));
    // The clock that nobody sets stands still here.
    const look = () => runToEnd(expiry.look(this.now(), () => true));
    await expiry.ask(look());
  }

  protected override async gatherEvents(): Promise<void> {
    const { eventTexts } = await onDemand();
    for (const batch of this.#unread.splice(0)) this.log.add(eventTexts(batch));
  }

  async getEvents(limit: number): Promise<TelemetryEvent[]> {
    return (await onDemand()).newestEvents(this.log, limit);
  }

  async reset(erasure: Erasure): Promise<void> {
    this.resetBy(this.thread, erasure);
  }

  async drain(): Promise<void> {}

  async render(request: RenderRequest): Promise<Rendered> {
    const seconds = this.secondsFor(request);
    // What most functions push needs little code. Everything else loads more.
    if (isPlainText(request)) {
      const { renderPrometheusText } = await import('./edge-text.ts');
      const text = renderPrometheusText(await this.read(seconds));
      return { body: new TextEncoder().encode(text), contentType: CONTENT_TYPES.prometheus };
    }
    const { choose, render } = await this.services.rendering();
    const wanted = choose(request);
    const { pieces, contentType } = await render(await this.read(seconds), wanted);
    return { body: joinPieces(pieces), contentType };
  }

  async snapshot(): Promise<unknown> {
    return this.services.json(await this.read());
  }

  async schedule(
    plan: ExportPlan | undefined,
    interval: number,
    ticket: number,
  ): Promise<ScheduleId> {
    const { ExportSchedule } = await onDemand();
    this.exports ??= new ExportSchedule(this.services.clock, (...what) => this.runExport(...what));
    return this.exports.add(
      plan,
      interval,
      () => this.owner.exportDue(ticket),
      ({ succeeded }) => void this.owner.exported(ticket, succeeded),
      undefined,
      () => this.owner.exportHeaders(ticket),
    );
  }

  async unschedule(id: ScheduleId): Promise<void> {
    await this.exports?.remove(id);
  }
}

/** Whether a request is one for Prometheus text, and says nothing else. */
function isPlainText({ format = 'prometheus', timeout: _, ...others }: RenderRequest): boolean {
  return format === 'prometheus' && Object.values(others).every((one) => !one);
}

/** The collector of an edge function, which has one thread, no files and no database of its own. */
export const openCollector: OpenCollector = async (config, cells, client, loadPart) => {
  let made: ReturnType<OnDemand['edgeOutput']> | undefined;
  let pushes: Pushes | undefined;
  // What was loaded is kept, not the promise of it: the request that began to load may end before it has.
  const output = async () => {
    const { edgeOutput } = await onDemand();
    made ??= edgeOutput();
    return made;
  };
  const own = config.persist?.storage;
  // Only functions that have a storage load this.
  const openPersistence = own && (await import('./edge-storage.ts')).openPersistence;
  const services: CollectorServices = {
    rendering: async () => (await output()).rendering,
    clock,
    kinds: SOLE_THREAD_KINDS,
    inSlices: async (work) => runToEnd(work),
    json: async (snapshot) => (await onDemand()).toJsonSnapshot(snapshot),
    storage: () => own!,
    loadPart,
    export: async (...what) => (await output()).runExport(...what),
    pushes: async () => (pushes ??= (await import('./edge-pushes.ts')).edgePushes()),
  };
  // Each isolate has an identity: the cumulative series of two must never be taken for one.
  const labels = { service_instance_id: randomId(), ...config.labels };
  const settled = { ...config, labels, mortal: false, handover: undefined };
  const collector = new SoleCollector(settled, services, client, cells);
  if (config.parts[0]) await collector.addParts(config.parts);
  await collector.restore(openPersistence);
  const abandon = () => void collector.parts?.close();
  return { service: collector, catalogue: collector.thread, abandon };
};
