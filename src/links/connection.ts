import { DELIVERY_HOOK, type EventHooks } from '../events/event-hooks.ts';
import type { EventOutbox } from '../events/event-outbox.ts';
import type { Registry } from '../metrics/registry.ts';
import type { Erasure, LinkKind } from '../model.ts';
import { monotonic } from '../platform/timers.ts';
import type { SoleClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';
import type { Feature } from '../protocol/feature.ts';
import type { ExportPlan, ServeOptions } from '../protocol/requests.ts';
import type { SoleService } from '../protocol/service.ts';
import type { CollectorStatus, FlushOutcome } from '../protocol/status.ts';
import { isInApplicationExport, runApplicationExport } from './application-exports.ts';
import type { CollectCallbacks } from './collect-callbacks.ts';
import type { CodeOfParts } from './feature-code.ts';
import type { Link } from './link.ts';
import type { AnyWorker, ConnectionRuntime } from './link-runtime.ts';

/**
 * How long the `collect` callbacks may take before the thread answers. It is less than the time that the
 * collector waits for a sign of life; slower callbacks are waited for in a second step. Seconds.
 */
const COLLECT_DEADLINE = 0.4;

/** The error of `serve()` where nothing can listen. */
export const CANNOT_SERVE =
  'nothing can listen here; give handler() to a server, or push with an exporter';

/** What holds records for the part of a feature until they are handed over. */
export interface PartOutbox {
  /** Hands over what waits, as much of it as the collector should have at a time. */
  flush(): void;
  /** Resolves once all that was recorded by now is handed over, or cannot be for now. */
  handedOver(): Promise<void>;
}

/** The recording side of a thread, as its link to the collector needs it. */
export interface Recorder {
  readonly link: 'auto' | LinkKind;
  readonly worker: (() => AnyWorker) | undefined;
  /** The port of a thread that joins another thread's collector and starts none itself. */
  readonly port: MessagePort | undefined;
  readonly config: Omit<CollectorConfig, 'mortal' | 'handover' | 'erased' | 'parts'>;
  /** The features that the application has switched on. */
  readonly features: Feature[];
  /** Those among them that were added later, so that a collector which runs has to be told of them. */
  readonly late: Feature[];
  readonly outboxes: Set<PartOutbox>;
  readonly registry: Registry;
  readonly hooks: EventHooks;
  readonly outbox: EventOutbox;
  /** Resets and removals that no collector has heard of yet. They also apply to what storage brings back. */
  readonly erased: Set<Erasure>;
}

const loadCode = () => import('./feature-code.ts');

/** How long a call waits for code that some metric needs. Seconds. */
const LATE_TIMEOUT = 3;

/**
 * Says how the code of features reaches the collector. The module for that is loaded only if there are any.
 */
export async function codeOf(features: readonly Feature[]): Promise<CodeOfParts> {
  if (features.length > 0) return (await loadCode()).codeOfParts(features);
  return {
    parts: [],
    withParts: async (workerText) => workerText,
    // Features may be added later.
    load: async (part) => (await loadCode()).codeOfParts(features).load(part),
  };
}

/** The options of `serve()` that the application has given. */
export type ServeRequest = Pick<ServeOptions, 'port'> & {
  readonly [Option in keyof ServeOptions]?: ServeOptions[Option] | undefined;
} & {
  /** Concerns this thread alone. The collector does not look at it. */
  readonly keepAlive?: boolean | undefined;
};

/** A way to the collector that was tried and failed. */
export interface FailedAttempt {
  /** `application`, `url`, `blob` or `eval`. */
  readonly way: string;
  /** Why it has failed, in the words of the runtime. */
  readonly reason: string;
}

/**
 * A periodic export. With a plan the collector does the work; otherwise it says when, and `due` does it
 * here.
 */
export interface ScheduledExport {
  readonly plan?: ExportPlan | undefined;
  readonly due?: (() => Promise<unknown>) | undefined;
  /** Returns further headers for an export of the plan, if that says that it asks for them. */
  readonly headers?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Called with the outcome of each export of the plan. */
  readonly ended?: ((succeeded: boolean) => void) | undefined;
}

/** Which ways to the collector were tried, and what came of it. */
export interface Diagnostics extends Partial<CollectorStatus> {
  /** `node`, `deno`, `bun`, `browser` or `edge`. */
  readonly runtime: string;
  /** The link in use; `undefined` until there is one. */
  readonly link: LinkKind | undefined;
  /** Why it is this link and no faster one. Absent at the edge, where there is only one. */
  readonly reason?: string | undefined;
  /** The ways to a worker that were tried and failed. */
  readonly failed: readonly FailedAttempt[];
}

/** A request to the collector. */
export type Request<Service = SoleService> = (service: Service) => Promise<unknown>;

/** The part of a link that every connection needs. */
export type ConnectionLink<Service = SoleService> = Pick<Link, 'kind'> &
  Partial<Pick<Link, 'publish' | 'close'>> & { readonly service: Service };

/**
 * The connection of a thread to its collector. It makes the link at the first call that needs one; each
 * place has its own subclass.
 * @typeParam Service the calls that this collector answers
 */
export abstract class Connection<Service extends SoleService = SoleService> {
  protected readonly recorder: Recorder;
  protected readonly runtime: ConnectionRuntime;
  protected readonly failed: FailedAttempt[] = [];
  protected closed = false;
  /** Absent until they are called for the first time. */
  #callbacks: CollectCallbacks | undefined;
  /** The scheduled exporters, by the ticket with which the collector calls. */
  readonly #exports = new Map<number, ScheduledExport>();
  #nextTicket = 1;
  #linking: Promise<ConnectionLink<Service>> | undefined;
  #link: ConnectionLink<Service> | undefined;
  #linkingSince = 0;
  /** Removals that the collector has yet to be told of. */
  #removals: Erasure[] = [];
  #tellingRemovals: Promise<void> | undefined;

  constructor(recorder: Recorder, runtime: ConnectionRuntime) {
    this.recorder = recorder;
    this.runtime = runtime;
  }

  /** The link in use; `undefined` until it is made. */
  get link(): ConnectionLink<Service> | undefined {
    return this.#link;
  }

  /** Resolves to the collector, after sending it all events and exemplars that were recorded before. */
  async service(): Promise<Service> {
    const { service } = await this.ready();
    // Whoever asks is there, however long it was busy before: the collector waits for what this thread has.
    this.signOfLife();
    const { registry, late } = this.recorder;
    if (late[0]) await (await loadCode()).addLate(service, late, registry);
    if (registry.late) {
      const given = new Promise<void>((resolve) => this.runtime.after(LATE_TIMEOUT, resolve));
      await Promise.race([registry.late, given]);
    }
    this.handOver();
    return service;
  }

  /** Hands over all that is recorded besides metrics. */
  protected handOver(): void {
    const { registry, outbox, outboxes } = this.recorder;
    for (const one of [outbox, registry.exemplars, ...outboxes]) one.flush();
  }

  /** Whether the caller is an exporter of the application. */
  get isExporting(): boolean {
    return isInApplicationExport(this.runtime.follower);
  }

  async flush(): Promise<FlushOutcome> {
    const { isExporting } = this;
    const service = await this.#withAll();
    return service.flush(isExporting);
  }

  /** Returns the collector once it has all that is recorded. */
  async #withAll(): Promise<Service> {
    const service = await this.service();
    await Promise.all([...this.recorder.outboxes].map((one) => one.handedOver()));
    await this.#link?.publish?.();
    return service;
  }

  /** Sends a batch of events. Returns `undefined` while there is no collector. */
  sendBatch(batch: EventBatch): Promise<unknown> | undefined {
    return this.#link?.service.events(batch);
  }

  /** Sends exemplars. Returns `undefined` while there is no collector. */
  sendExemplars(batch: readonly SentExemplar[]): Promise<void> | undefined {
    return this.#link?.service.exemplars(batch);
  }

  /** Sends what is for the part of a feature. Returns `undefined` while there is no collector. */
  give(part: string, batch: unknown): Promise<unknown> | undefined {
    return this.#link?.service.take(part, batch);
  }

  /** Tells the collector what this thread has reset or removed. What cannot be told now waits. */
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
   * Makes the collector read the removals, which are in the catalogue. Where memory is private that takes a
   * copy of it: one copy at a time, for all removals since the one before.
   */
  async #tellRemovals(): Promise<void> {
    while (this.#removals.length > 0) {
      const told = this.#removals;
      const link = this.#link;
      this.#removals = [];
      // The removals stay in `erased`, so the next collector will be told of them.
      if (!link) continue;
      try {
        await link.publish?.();
        await link.service.drain();
        for (const erasure of told) this.recorder.erased.delete(erasure);
      } catch {}
    }
    this.#tellingRemovals = undefined;
  }

  /** Makes a collector look for series that nobody records, if it has means to do so while nobody asks. */
  async watchIdle(): Promise<void> {}

  /** Makes the request now, and again to every collector that replaces this one, until it is withdrawn. */
  async askEach(request: Request<Service>): Promise<() => void> {
    await request(await this.service());
    return () => {};
  }

  /** Starts a periodic export. Resolves to a function that ends it. */
  async schedule(scheduled: ScheduledExport, interval: number): Promise<() => Promise<void>> {
    let id = 0;
    const { plan } = scheduled;
    const ticket = this.#nextTicket++;
    this.#exports.set(ticket, scheduled);
    const withdraw = await this.askEach(async (service) => {
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

  /** Lets another thread join over this port. Resolves to the port again if no thread can join here. */
  abstract acceptPort(port: MessagePort): Promise<MessagePort | undefined>;

  /** Hands everything over. Then ends the collector if this thread owns it, and leaves it otherwise. */
  async end(): Promise<void> {
    const { isExporting } = this;
    if ((this.#linking || this.recorder.config.persist) && this.reachable) {
      try {
        const service = await this.#withAll();
        await service.shutdown(isExporting);
      } catch (error) {
        this.recorder.registry.fail('collector', `the collector did not end in order: ${error}`);
      }
    }
    this.closed = true;
    this.drop();
  }

  /** Makes the link, and attaches the registry to it. */
  protected abstract connect(client: SoleClient): Promise<ConnectionLink<Service>>;

  /** Whether there is a collector to hand anything over to. */
  protected get reachable(): boolean {
    return true;
  }

  /** Tells the collector that this thread is alive, e.g. before callbacks that may keep it busy for a while. */
  protected signOfLife(): void {}

  protected use(link: ConnectionLink<Service>): void {
    this.#link = link;
    // The first reading should find it loaded.
    void this.#loadCallbacks();
  }

  protected drop(): void {
    this.#link?.close?.();
    this.#link = undefined;
    this.#linking = undefined;
  }

  protected ready(): Promise<ConnectionLink<Service>> {
    const { givesUpAfter = Infinity } = this.runtime;
    const now = Date.now() / 1000;
    if (!this.#link && now - this.#linkingSince > givesUpAfter) this.#linking = undefined;
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

  /** Loads the code that calls callbacks, if there are any. What cannot be loaded is tried again later. */
  async #loadCallbacks(): Promise<CollectCallbacks | undefined> {
    const { registry } = this.recorder;
    const { callbacks, metrics } = registry;
    const hasAny = callbacks.size > 0 || [...metrics.values()].some(({ collects }) => collects);
    if (!hasAny || this.#callbacks) return this.#callbacks;
    try {
      const code = await import('./collect-callbacks.ts');
      // What was loaded is kept, and not the promise: at the edge the request that loads may end before.
      this.#callbacks ??= new code.CollectCallbacks(registry, this.runtime);
    } catch (error) {
      registry.fail('collect', `the code that calls collect callbacks is missing: ${error}`);
    }
    return this.#callbacks;
  }

  #client(): SoleClient {
    const { registry, hooks, features } = this.recorder;
    let worked = 0;
    /** Of what is asynchronous, only what comes before it first waits is work. */
    const timed = <R>(work: () => R): R => {
      const began = monotonic();
      const result = work();
      worked += monotonic() - began;
      return result;
    };
    const publish = () => timed(() => this.#link?.publish?.());
    return {
      refresh: async () => {
        this.signOfLife();
        const callbacks = await this.#loadCallbacks();
        const pending = await timed(() => callbacks?.run(COLLECT_DEADLINE));
        timed(() => this.handOver());
        await publish();
        return pending ?? false;
      },
      collected: async (seconds) => {
        await this.#callbacks?.wait(seconds);
        await publish();
      },
      expire: async (idle) => {
        registry.expire(idle);
        await publish();
      },
      collectionRan: async (run) => {
        const told = { ...run, thread_seconds: worked };
        worked = 0;
        timed(() => hooks.run('collection', told));
      },
      exportDue: async (ticket) => {
        const due = this.#exports.get(ticket)?.due;
        return !due || (await runApplicationExport(due, this.runtime.follower)) !== false;
      },
      exportHeaders: async (ticket) => (await this.#exports.get(ticket)?.headers?.()) ?? {},
      exported: async (ticket, succeeded) => this.#exports.get(ticket)?.ended?.(succeeded),
      warn: async (message) => registry.warn(message),
      delivery: async (report) => hooks.run(DELIVERY_HOOK, report),
      hook: async (type, told) => told.forEach((one) => void hooks.run(type, one)),
      answer: async (part, question) =>
        features.find(({ name }) => name === part)?.answers?.[question]?.(),
    };
  }
}
