import type { EventHooks } from '../events/event-hooks.ts';
import type { EventOutbox } from '../events/event-outbox.ts';
import type { Registry } from '../metrics/registry.ts';
import type { Erasure, LinkKind } from '../model.ts';
import type { SoleClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { Feature } from '../protocol/feature.ts';
import type { ExportPlan, ServeOptions } from '../protocol/requests.ts';
import type { SoleService } from '../protocol/service.ts';
import type { CollectorStatus, FlushOutcome } from '../protocol/status.ts';
import type { CodeOfParts } from './feature-code.ts';
import { GaugeCallbacks } from './gauge-callbacks.ts';
import type { Link } from './link.ts';
import type { AnyWorker, ConnectionRuntime } from './link-runtime.ts';
import { isOwn, runOwn } from './own-exports.ts';

/** Less than the collector waits for a sign of life: callbacks that take longer are waited for apart. Seconds. */
const COLLECT_DEADLINE = 0.4;

/** Why `serve` is refused. */
export const CANNOT_SERVE =
  'nothing can listen here; give handler() to a server, or push with an exporter';

/** The recording side of a thread, as the link to the collector needs it. */
export interface Recorder {
  readonly link: 'auto' | LinkKind;
  readonly worker: (() => AnyWorker) | undefined;
  /** Of the thread that joins instead of starting a collector. */
  readonly port: MessagePort | undefined;
  readonly config: Omit<CollectorConfig, 'mortal' | 'handover' | 'erased' | 'parts'>;
  /** What the application uses besides. */
  readonly features: readonly Feature[];
  readonly registry: Registry;
  readonly hooks: EventHooks;
  readonly outbox: EventOutbox;
  /** What no collector has heard of yet: it goes for what storage gives back, too. */
  readonly erased: Set<Erasure>;
}

const NO_FEATURES: CodeOfParts = {
  parts: [],
  joined: async (workerText) => workerText,
  load: () => Promise.reject(),
};

/** How the code of features reaches the collector; what makes that out is loaded only where there are any. */
export async function codeOf(features: readonly Feature[]): Promise<CodeOfParts> {
  if (features.length === 0) return NO_FEATURES;
  return (await import('./feature-code.ts')).codeOfParts(features);
}

/** Where to listen, as far as the application has said. */
export type ServeRequest = Pick<ServeOptions, 'port'> & {
  readonly [Option in keyof ServeOptions]?: ServeOptions[Option] | undefined;
};

/** A way to the collector that was tried and failed. */
export interface FailedAttempt {
  /** `application`, `url`, `blob` or `eval`. */
  readonly way: string;
  readonly reason: string;
}

/** An export that the collector does by itself, with a plan, or that it says when to do here. */
export interface ScheduledExport {
  readonly plan?: ExportPlan | undefined;
  readonly due?: (() => Promise<unknown>) | undefined;
  /** Told of each outcome of the plan. */
  readonly ended?: ((succeeded: boolean) => void) | undefined;
}

/** Which ways to the collector were tried, and what came of it. */
export interface Diagnostics extends Partial<CollectorStatus> {
  /** `node`, `deno`, `bun`, `browser` or `edge`. */
  readonly runtime: string;
  readonly link: LinkKind | undefined;
  /** Why it is this link and no faster one; absent at the edge, where there is no other. */
  readonly reason?: string | undefined;
  readonly failed: readonly FailedAttempt[];
}

/** What is asked of the collector. */
export type Request<Service = SoleService> = (service: Service) => Promise<unknown>;

/** What every connection needs of its link. */
export type ConnectionLink<Service = SoleService> = Pick<Link, 'kind'> &
  Partial<Pick<Link, 'publish' | 'close'>> & { readonly service: Service };

/**
 * The link to the collector: made at the first call, by the runtime's own kind of connection.
 * @typeParam Service what a collector answers that is reached in this way
 */
export abstract class Connection<Service extends SoleService = SoleService> {
  protected readonly recorder: Recorder;
  protected readonly runtime: ConnectionRuntime;
  protected readonly failed: FailedAttempt[] = [];
  protected closed = false;
  readonly #gauges: GaugeCallbacks;
  /** The scheduled exporters, by the ticket with which the collector calls. */
  readonly #exports = new Map<number, ScheduledExport>();
  #nextTicket = 1;
  #linking: Promise<ConnectionLink<Service>> | undefined;
  #link: ConnectionLink<Service> | undefined;
  #linkingSince = 0;
  /** Of which the collector is still to be told. */
  #removals: Erasure[] = [];
  #tellingRemovals: Promise<void> | undefined;

  constructor(recorder: Recorder, runtime: ConnectionRuntime) {
    this.recorder = recorder;
    this.runtime = runtime;
    this.#gauges = new GaugeCallbacks(recorder.registry, runtime);
  }

  /** The link in use, once known. */
  get link(): ConnectionLink<Service> | undefined {
    return this.#link;
  }

  /** The collector, with all events that were recorded before on their way to it. */
  async service(): Promise<Service> {
    const { service } = await this.ready();
    this.recorder.outbox.flush();
    return service;
  }

  /** Whether an exporter of the application is what calls. */
  get isExporting(): boolean {
    return isOwn(this.runtime.follower);
  }

  async flush(): Promise<FlushOutcome> {
    const { isExporting } = this;
    const service = await this.service();
    await this.#link?.publish?.();
    return service.flush(isExporting);
  }

  /** `undefined` while there is no collector. */
  sendBatch(batch: EventBatch): Promise<unknown> | undefined {
    return this.#link?.service.events(batch);
  }

  /** Of what this thread has reset or removed; what cannot be told now waits. */
  tell(erasure: Erasure): void {
    const service = this.#link?.service;
    if (!service) return;
    if (erasure.what === 'reset') {
      const told = () => this.recorder.erased.delete(erasure);
      service.reset(erasure).then(told, () => {});
      return;
    }
    this.#removals.push(erasure);
    this.#tellingRemovals ??= this.#tellRemovals();
  }

  /**
   * The catalogue tells of them, and where memory is private a copy of that: one that is made at a time
   * for all removals since the one before.
   */
  async #tellRemovals(): Promise<void> {
    while (this.#removals.length > 0) {
      const told = this.#removals;
      const link = this.#link;
      this.#removals = [];
      // The next collector is told of what this one does not hear of.
      if (!link) continue;
      try {
        await link.publish?.();
        await link.service.drain();
        for (const erasure of told) this.recorder.erased.delete(erasure);
      } catch {}
    }
    this.#tellingRemovals = undefined;
  }

  /** Asks now, and again of every collector that replaces this one, until it is withdrawn. */
  async stand(request: Request<Service>): Promise<() => void> {
    await request(await this.service());
    return () => {};
  }

  /** The function it resolves to ends the schedule. */
  async schedule(scheduled: ScheduledExport, interval: number): Promise<() => Promise<void>> {
    let id = 0;
    const { plan } = scheduled;
    const ticket = this.#nextTicket++;
    this.#exports.set(ticket, scheduled);
    const withdraw = await this.stand(async (service) => {
      id = await service.schedule(plan, interval, ticket);
    }).catch((error) => {
      this.#exports.delete(ticket);
      throw error;
    });
    return async () => {
      withdraw();
      this.#exports.delete(ticket);
      if (!this.closed) await (await this.service()).unschedule(id);
    };
  }

  async diagnostics(): Promise<Diagnostics> {
    const status = await (await this.service()).status();
    const { name } = this.runtime;
    return { runtime: name, link: this.#link?.kind, failed: [...this.failed], ...status };
  }

  abstract serve(options: ServeRequest): Promise<{ url: string; close(): Promise<void> }>;

  /** Resolves to the port where no thread can join. */
  abstract acceptPort(port: MessagePort): Promise<MessagePort | undefined>;

  /** Hands everything over and ends the collector, or leaves that of another thread. */
  async end(): Promise<void> {
    const { isExporting } = this;
    if ((this.#linking || this.recorder.config.persist) && this.reachable) {
      try {
        const service = await this.service();
        await this.#link?.publish?.();
        await service.shutdown(isExporting);
      } catch (error) {
        this.recorder.registry.fail('collector', `the collector did not end in order: ${error}`);
      }
    }
    this.closed = true;
    this.drop();
  }

  /** Makes the link, with the registry attached to it. */
  protected abstract connect(client: SoleClient): Promise<ConnectionLink<Service>>;

  /** Whether there is somebody to hand anything over to. */
  protected get reachable(): boolean {
    return true;
  }

  /** Callbacks that hold this thread up for a while are not to be taken for a thread that is stuck. */
  protected signOfLife(): void {}

  protected use(link: ConnectionLink<Service>): void {
    this.#link = link;
  }

  protected drop(): void {
    this.#link?.close?.();
    this.#link = undefined;
    this.#linking = undefined;
  }

  protected ready(): Promise<ConnectionLink<Service>> {
    const { abandonedAfter = Infinity } = this.runtime;
    const now = Date.now() / 1000;
    if (!this.#link && now - this.#linkingSince > abandonedAfter) this.#linking = undefined;
    if (!this.#linking) {
      this.#linkingSince = now;
      const linking = this.connect(this.#client()).catch((error) => {
        if (this.#linking === linking) this.#linking = undefined;
        throw error;
      });
      this.#linking = linking;
    }
    return this.#linking;
  }

  #client(): SoleClient {
    const { registry, hooks, outbox } = this.recorder;
    return {
      refresh: async () => {
        this.signOfLife();
        const pending = await this.#gauges.run(COLLECT_DEADLINE);
        outbox.flush();
        await this.#link?.publish?.();
        return pending;
      },
      collected: async (seconds) => {
        await this.#gauges.wait(seconds);
        await this.#link?.publish?.();
      },
      collectionRan: async (run) => hooks.run('collection', run),
      exportDue: async (ticket) => {
        const due = this.#exports.get(ticket)?.due;
        return !due || (await runOwn(due, this.runtime.follower)) !== false;
      },
      exported: async (ticket, succeeded) => this.#exports.get(ticket)?.ended?.(succeeded),
      warn: async (message) => registry.warn(message),
    };
  }
}
