import type {
  CollectorConfig,
  CollectorService,
  CollectorStatus,
  ExportPlan,
  OwnerClient,
  ServeOptions,
} from '../collector/protocol.ts';
import type { EventHooks } from '../events/event-hooks.ts';
import type { EventOutbox } from '../events/event-outbox.ts';
import type { Registry } from '../metrics/registry.ts';
import { type LinkKind, TelemetryError, textOf } from '../model.ts';
import { CatalogueWriter } from '../pages/catalogue.ts';
import type { AnyWorker, LinkRuntime } from '../runtime/runtime.ts';
import { connect, connectPort, type FailedAttempt } from './connect.ts';
import { GaugeCallbacks } from './gauge-callbacks.ts';
import type { Link, LinkOwner } from './link.ts';
import { onSuccessor, ThreadPorts } from './thread-ports.ts';

const HEARTBEAT = 0.5; // seconds
/** How often the collector must answer, and how often in a row it may fail to. Seconds. */
const PING_INTERVAL = 10;
const MAX_UNANSWERED = 3;
/** Less than the collector waits for a thread: one callback must not make all values late. Seconds. */
const COLLECT_DEADLINE = 0.4;
/** Workers that may fail before the collector goes on in this thread. */
const MAX_WORKER_FAILURES = 2;
/** `beforeExit` comes again after each flush that it caused; one is enough. Seconds. */
const END_FLUSH_PAUSE = 1;

/** The recording side of a thread, as the link to the collector needs it. */
export interface Recorder {
  readonly link: 'auto' | LinkKind;
  readonly worker: (() => AnyWorker) | undefined;
  /** Of the thread that joins instead of starting a collector. */
  readonly port: MessagePort | undefined;
  readonly config: Omit<CollectorConfig, 'mortal' | 'estate'>;
  readonly registry: Registry;
  readonly hooks: EventHooks;
  readonly outbox: EventOutbox;
}

/** An export that the collector does by itself, with a plan, or that it says when to do here. */
export interface ScheduledExport {
  readonly plan?: ExportPlan;
  readonly due?: () => Promise<unknown>;
  /** Told of each outcome of the plan. */
  readonly ended?: (succeeded: boolean) => void;
}

/** Which ways to the collector were tried, and what came of it. */
export interface Diagnostics extends Partial<CollectorStatus> {
  /** `node`, `deno`, `bun`, `browser` or `edge`. */
  readonly runtime: string;
  readonly link: LinkKind | undefined;
  readonly failed: readonly FailedAttempt[];
}

/** The link to the collector: made at the first call, replaced when its worker fails. */
export class Connection {
  readonly #recorder: Recorder;
  readonly #runtime: LinkRuntime;
  readonly #gauges: GaugeCallbacks;
  readonly #failed: FailedAttempt[] = [];
  /** What must be asked for again of a collector that replaces one that failed. */
  readonly #standing = new Set<(service: CollectorService) => Promise<unknown>>();
  /** The scheduled exporters, by the ticket with which the collector calls. */
  readonly #exports = new Map<number, ScheduledExport>();
  readonly #threads = new ThreadPorts();
  /** Of the thread that joined: to its collector, and to the one that may replace that. */
  #port: MessagePort | undefined;
  #successor: MessagePort | undefined;
  /** Why a thread that joined has no collector. */
  #gone: string | undefined;
  /** What the collector leaves to the one that may have to replace it. */
  #estate: Uint8Array | undefined;
  #nextTicket = 1;
  #linking: Promise<Link> | undefined;
  #link: Link | undefined;
  #unwatch: (() => void)[] = [];
  #failures = 0;
  #endFlushed = 0;
  #closed = false;

  constructor(recorder: Recorder, runtime: LinkRuntime) {
    this.#recorder = recorder;
    this.#runtime = runtime;
    this.#gauges = new GaugeCallbacks(recorder.registry);
    this.#port = recorder.port;
    if (recorder.port) onSuccessor(recorder.port, runtime, (port) => this.#standBy(port));
  }

  /** The link in use, once known. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** The collector, with all events that were recorded before on their way to it. */
  async service(): Promise<CollectorService> {
    const { service } = await this.#ready();
    this.#recorder.outbox.flush();
    return service;
  }

  /** Resolves when all that was recorded before has arrived. */
  async flush(): Promise<void> {
    const service = await this.service();
    await this.#link?.publish();
    await service.flush();
  }

  /** Asks now, and again of every collector that replaces this one, until it is withdrawn. */
  async stand(request: (service: CollectorService) => Promise<unknown>): Promise<() => void> {
    await request(await this.service());
    this.#standing.add(request);
    return () => this.#standing.delete(request);
  }

  async serve(options: ServeOptions): Promise<{ url: string; close(): Promise<void> }> {
    let { id, url } = { id: 0, url: '' };
    const withdraw = await this.stand(async (service) => {
      // A collector that replaces another listens where that one did.
      const port = url === '' ? options.port : Number(new URL(url).port);
      ({ id, url } = await service.serve({ ...options, port }));
    }).catch((error) => {
      const reason = textOf(error);
      // Node: EADDRINUSE; Bun asks "Is port … in use?"
      const remedy = /in ?use/i.test(reason) ? '; choose another port, or 0 for any' : '';
      throw new TelemetryError(
        'cannot_serve',
        `cannot listen on ${options.host}:${options.port} (${reason})${remedy}`,
      );
    });
    const close = async () => {
      withdraw();
      if (!this.#closed) await (await this.service()).unserve(id);
    };
    return { url, close };
  }

  /** The function it resolves to ends the schedule. */
  async schedule(scheduled: ScheduledExport, interval: number): Promise<() => Promise<void>> {
    let id = 0;
    const { plan } = scheduled;
    const ticket = this.#nextTicket++;
    this.#exports.set(ticket, scheduled);
    const withdraw = await this.stand(async (service) => {
      id = await service.schedule(plan, interval, ticket);
    });
    return async () => {
      withdraw();
      this.#exports.delete(ticket);
      if (!this.#closed) await (await this.service()).unschedule(id);
    };
  }

  async acceptPort(port: MessagePort): Promise<undefined> {
    await this.#threads.add(port, await this.service());
    return undefined;
  }

  async diagnostics(): Promise<Diagnostics> {
    const status = await (await this.service()).status();
    const { name } = this.#runtime;
    return { runtime: name, link: this.#link?.kind, failed: [...this.#failed], ...status };
  }

  /** Hands everything over and ends the collector, or leaves that of another thread. */
  async end(): Promise<void> {
    const { registry, port } = this.#recorder;
    if (this.#linking && !this.#gone) {
      try {
        const service = await this.service();
        await this.#link?.publish();
        await (port ? service.leave() : service.shutdown());
      } catch (error) {
        registry.fail('collector', `the collector did not end in order: ${error}`);
      }
    }
    this.#closed = true;
    this.#standing.clear();
    this.#threads.close();
    this.#successor?.close();
    this.#drop();
  }

  #ready(): Promise<Link> {
    this.#linking ??= this.#connect().catch((error) => {
      this.#linking = undefined;
      throw error;
    });
    return this.#linking;
  }

  async #connect(): Promise<Link> {
    if (this.#gone) throw new TelemetryError('collector_gone', this.#gone);
    const { config, registry } = this.#recorder;
    const port = this.#port;
    const runtime = this.#runtime;
    const owner = this.#owner();
    const client = this.#client();
    const made = port
      ? connectPort(port, runtime, client, owner, (reason) => this.#lose(reason))
      : connect({
          ...this.#recorder,
          config: { ...config, estate: this.#estate },
          runtime,
          owner,
          client,
          link: this.#failures >= MAX_WORKER_FAILURES ? 'inline' : this.#recorder.link,
          onFailure: (reason) => void this.#replace(reason),
          failed: this.#failed,
        });
    const link = made instanceof Promise ? await made : made;
    if (this.#failed.length > 0) {
      const tried = this.#failed.map(({ way, reason }) => `${way}: ${reason}`).join('; ');
      registry.warn(`using the ${link.kind} link (${tried})`);
    }
    this.#link = link;
    this.#attach(link);
    this.#watch(link);
    if (port) await runtime.lifeline((lock) => link.service.lifeline(lock).catch(() => {}));
    return link;
  }

  #attach({ sink }: Link): void {
    const { registry } = this.#recorder;
    const { memory } = registry;
    registry.attach(sink, new CatalogueWriter(memory.allocate, (buffer) => sink.segment(buffer)));
  }

  /** The main side owns the pages, so a collector that replaces another finds all counts there. */
  async #replace(reason: string): Promise<void> {
    if (this.#closed) return;
    const { registry } = this.#recorder;
    this.#drop();
    this.#failures++;
    registry.fail('worker', `the collector's worker failed, starting another: ${reason}`);
    try {
      const { service } = await this.#ready();
      await this.#threads.follow(service);
      for (const request of this.#standing) await request(service);
    } catch (error) {
      registry.fail('worker', `no collector could be started: ${error}`);
    }
  }

  /** The thread goes on recording, and keeps its events, in case that another collector comes. */
  #lose(reason: string): void {
    if (this.#closed || this.#gone) return;
    this.#gone = reason;
    this.#drop();
  }

  #standBy(successor: MessagePort): void {
    if (this.#closed) {
      successor.close();
      return;
    }
    this.#successor = successor;
    onSuccessor(successor, this.#runtime, (next) => {
      this.#drop();
      this.#port = successor;
      this.#gone = undefined;
      this.#standBy(next);
      void this.#follow();
    });
  }

  async #follow(): Promise<void> {
    try {
      const { service } = await this.#ready();
      for (const request of this.#standing) await request(service);
    } catch (error) {
      this.#recorder.registry.fail('collector', `the next collector could not be joined: ${error}`);
    }
  }

  #watch(link: Link): void {
    const runtime = this.#runtime;
    const beat = () => link.beat(Date.now() / 1000);
    beat();
    this.#unwatch.push(
      runtime.every(HEARTBEAT, beat),
      runtime.every(PING_INTERVAL, this.#watchdog(link)),
      runtime.onLifecycle({
        ending: () => void this.#flushAtEnd(),
        closing: () => {
          this.#handOver(link);
          void this.#flushAtEnd();
        },
        watched: (watched) => link.beat(watched ? Date.now() / 1000 : Number.POSITIVE_INFINITY),
      }),
    );
  }

  /** A worker may end or hang without a word, and the calls to it would never settle. */
  #watchdog(link: Link): () => void {
    let unanswered = 0;
    const answered = () => {
      unanswered = 0;
    };
    return () => {
      if (unanswered++ < MAX_UNANSWERED) link.service.ping().then(answered, () => {});
      else
        link.fail(`the collector has not answered for ${PING_INTERVAL * MAX_UNANSWERED} seconds`);
    };
  }

  /** In messages that wait for no answer: this thread may not live to see one. */
  #handOver({ service, publish }: Link): void {
    const silent = () => {};
    this.#recorder.outbox.flush();
    publish().catch(silent);
    service.save().catch(silent);
  }

  async #flushAtEnd(): Promise<void> {
    const now = Date.now() / 1000;
    if (now - this.#endFlushed < END_FLUSH_PAUSE) return;
    this.#endFlushed = Number.POSITIVE_INFINITY;
    await this.flush().catch((error) =>
      this.#recorder.registry.fail('collector', `the last flush failed: ${error}`),
    );
    this.#endFlushed = Date.now() / 1000;
  }

  #drop(): void {
    for (const stop of this.#unwatch) stop();
    this.#unwatch = [];
    this.#link?.close();
    this.#link = undefined;
    this.#linking = undefined;
  }

  #owner(): LinkOwner {
    const { registry, port, outbox } = this.#recorder;
    return {
      main: !port,
      memory: registry.memory,
      eventsSent: () => outbox.sent,
      welcomed: (seriesLimit) => {
        if (port) registry.seriesLimit = seriesLimit;
      },
      refused: (error) => {
        if (!this.#closed) registry.fail('collector', `this thread is not collected: ${error}`);
      },
    };
  }

  /** Resolves with `work`, or without it when it takes longer. */
  #within(seconds: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#runtime.after(seconds, resolve);
      void work.finally(() => {
        cancel();
        resolve();
      });
    });
  }

  #client(): OwnerClient {
    const { registry, hooks, outbox } = this.#recorder;
    return {
      refresh: async () => {
        await this.#within(COLLECT_DEADLINE, this.#gauges.run());
        outbox.flush();
        await this.#link?.publish();
      },
      erase: async (erasure) => {
        if (erasure.what === 'reset' && erasure.family === undefined) outbox.clear();
        registry.erase(erasure);
      },
      collectionRan: async (run) => hooks.run('collection', run),
      exportDue: async (ticket) => void (await this.#exports.get(ticket)?.due?.()),
      exported: async (ticket, succeeded) => this.#exports.get(ticket)?.ended?.(succeeded),
      warn: async (message) => registry.warn(message),
      keep: async (estate) => {
        this.#estate = estate;
      },
      threadLeft: async (thread) => this.#threads.left(thread),
    };
  }
}
