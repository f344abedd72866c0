import { runtime } from '#place';
import { checkedCollectorOptions, type TelemetryCollectorOptions } from './collector-options.ts';
import { EventHooks, type Hook } from './events/event-hooks.ts';
import { EventOutbox } from './events/event-outbox.ts';
import type { JsonSnapshot } from './formats/json.ts';
import { ACCESS, type HandlerOptions, type ServeOptions } from './http/access.ts';
import { type Counter, counter } from './kinds/counter/recording.ts';
import { checkedConstants } from './kinds/definition.ts';
import { type Gauge, type GaugeOptions, gauge } from './kinds/gauge/recording.ts';
import { type Histogram, type HistogramOptions, histogram } from './kinds/histogram/recording.ts';
import { labelText, MAX_LABEL_VALUE_LENGTH } from './kinds/labels.ts';
import type { MetricOptions } from './kinds/recording-kind.ts';
import type { Connection, Diagnostics, Recorder } from './links/connection.ts';
import { Registry } from './metrics/registry.ts';
import {
  type CollectionRun,
  type Erasure,
  type LabelValue,
  type LinkKind,
  OVERFLOW_LABEL,
  TelemetryError,
  type TelemetryEvent,
  type ThreadPort,
  textOf,
} from './model.ts';
import { check, checked, having, type Rules, reading } from './options.ts';
import { outsideZones, own } from './platform/realm.ts';
import type { PersistOptions } from './protocol/config.ts';
import type { Feature } from './protocol/feature.ts';
import type { Rendered, RenderRequest } from './protocol/requests.ts';
import type { SoleService } from './protocol/service.ts';
import type { FlushOutcome } from './protocol/status.ts';

export type AnyMetric = Counter | Gauge | Histogram;

export interface EventOptions {
  readonly labels?: Readonly<Record<string, LabelValue>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** When there is no collector, or no more. */
const UNREACHED: FlushOutcome = {
  collected: false,
  stored: undefined,
  exported: undefined,
  failures: ['no answer from the collector'],
};
/** The label names that samples use for themselves, on some series or on all. */
const RESERVED = [
  OVERFLOW_LABEL,
  ...[counter, gauge, histogram].flatMap(({ reserved = [] }) => reserved),
];
const PORT = having('postMessage');
const MAX_EVENT_LABELS = 64;
/** Resets and removals that wait for a collector. */
const MAX_ERASURES = 1000;
/** Browsers that lack the symbol run `await using` compiled to this one, as by esbuild and Babel. */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/**
 * Holds the metrics of this thread and speaks with the collector, which usually lives in a worker.
 * The constructor starts nothing; the first call that needs the collector does.
 */
export class TelemetryCollector {
  /**
   * @internal The ready-made hooks that were set up: kept here, since the package that does it may
   * be another copy.
   */
  readonly hooksSetUp = new Set<string>();
  readonly #registry: Registry;
  readonly #strict: boolean | undefined;
  readonly #hooks: EventHooks;
  readonly #outbox: EventOutbox;
  readonly #recorder: Recorder;
  #connection: Connection | undefined;
  /** Whether anything has needed the connection, which may be loading. */
  #asked = false;
  #running = false;
  /** One, however often the collection is started. */
  readonly #start = async (service: SoleService) => {
    if (this.#running) await service.start();
  };
  #withdrawStart: (() => void) | undefined;
  #shutdown: Promise<void> | undefined;
  /** Later than `#shutdown`: the application's exporters ask once more in the last flush. */
  #ended = false;

  constructor(options?: TelemetryCollectorOptions | null);
  /** @internal */
  constructor(options: TelemetryCollectorOptions | null | undefined, port: MessagePort);
  constructor(options?: TelemetryCollectorOptions | null, port?: MessagePort) {
    const unknown: string[] = [];
    const taken = checkedCollectorOptions(options, (message) => unknown.push(message));
    const { collectionInterval = 30, eventLimit = 1000, seriesLimit = 2000 } = taken;
    const { collectTimeout, logger = console, worker, use = [] } = taken;
    const persist = taken.persist && settled(taken.persist);
    const link = persist?.storage ? 'inline' : (taken.link ?? 'auto');
    this.#strict = taken.strict;
    this.#registry = new Registry({
      onDuplicate: taken.onDuplicate,
      strict: taken.strict,
      shared: runtime.sharedMemory && link !== 'message',
      seriesLimit,
      logger,
      onRegister: () => this.#keep(),
      onErasure: (erasure) => this.#erase(erasure),
    });
    this.#hooks = new EventHooks(this.#registry);
    this.#outbox = new EventOutbox(eventLimit, {
      send: (batch) => this.#connection?.sendBatch(batch),
      after: runtime.after,
      dropped: (count) => this.#registry.eventsDropped.increment(count),
    });
    const labels = reading('labels', () =>
      checkedConstants('labels', taken.labels ?? {}, RESERVED),
    );
    this.#recorder = {
      link,
      worker,
      port,
      config: {
        interval: collectionInterval,
        collectTimeout,
        labels,
        eventLimit,
        seriesLimit,
        persist,
      },
      features: [...use],
      registry: this.#registry,
      hooks: this.#hooks,
      outbox: this.#outbox,
      erased: new Set(),
    };
    for (const message of unknown) this.#warnOnce(message);
    if (port) void this.call((connection) => connection.service(), undefined);
  }

  /**
   * Joins the collector that made `port` with `createPort()`, from another thread. The metrics
   * that this thread registers add up with those of the same name and labels elsewhere.
   */
  static connect(port: ThreadPort, options?: TelemetryCollectorOptions | null): TelemetryCollector {
    check('connect() port', port, PORT);
    return new TelemetryCollector(options, port);
  }

  /** @throws TelemetryError when the definition is not sound or the name is taken */
  registerCounter<const N extends string = never>(
    name: string,
    description = '',
    options?: MetricOptions<N> | null,
  ): Counter<N> {
    return this.#registry.register(counter, name, description, options) as Counter<N>;
  }

  /** @throws TelemetryError when the definition is not sound or the name is taken */
  registerGauge<const N extends string = never>(
    name: string,
    description = '',
    options?: GaugeOptions<N, Gauge<N>> | null,
  ): Gauge<N> {
    return this.#registry.register(gauge, name, description, options) as unknown as Gauge<N>;
  }

  /** @throws TelemetryError when the definition is not sound or the name is taken */
  registerHistogram<const N extends string = never>(
    name: string,
    description = '',
    options?: HistogramOptions<N> | null,
  ): Histogram<N> {
    return this.#registry.register(histogram, name, description, options) as Histogram<N>;
  }

  /**
   * What a feature offers that this collector uses.
   * @throws TelemetryError `invalid_option` unless it is one of `use`
   */
  feature<Api>(feature: Feature<Api>): Api {
    const { features } = this.#recorder;
    check('feature()', feature, [(one) => features.includes(one as never), 'one of `use`']);
    return feature.api((method, ...args) =>
      this.#use(async (connection) =>
        (await connection.service()).call(feature.name, method, args),
      ),
    );
  }

  getMetric(name: string): AnyMetric | undefined {
    return this.#registry.metrics.get(name) as AnyMetric | undefined;
  }

  getAllMetrics(): ReadonlyMap<string, AnyMetric> {
    return new Map(this.#registry.metrics as Map<string, AnyMetric>);
  }

  /** Removes the family and its series, in every thread. `false` if there was none here. */
  unregister(name: string): boolean {
    return this.#registry.unregister(name);
  }

  /** All metrics to zero, in every thread, and no events. */
  resetAllMetrics(): void {
    this.#outbox.clear();
    this.#registry.resetAll();
  }

  /** Records an event and calls its hooks before it returns. Never throws. */
  recordEvent(name: string, value?: unknown, options?: EventOptions | null): void {
    if (this.#shutdown) return;
    this.#keep();
    const timestamp = Date.now() / 1000;
    const type = textOf(name);
    const details = options && safely(options);
    this.#outbox.add(type, timestamp, value, details?.labels, details?.metadata);
    this.#registry.events.increment();
    // Hooks of that name are told of collection runs, and of nothing else.
    if (type === 'collection' || !this.#hooks.has(type)) return;
    const event = { name: type, value, timestamp, labels: {}, metadata: {}, ...details };
    this.#hooks.run(type, event);
  }

  /** The newest events of all threads, oldest first; all that are kept unless `limit` is given. */
  getEvents(limit?: number | null): Promise<TelemetryEvent[]> {
    return this.ask((service) => service.getEvents(limit ?? Infinity), []);
  }

  /**
   * Calls `hook` synchronously with each event of that name that this thread records, and for
   * `'collection'` after each collection run.
   * @returns a function that removes it
   */
  addHook(type: 'collection', hook: Hook<CollectionRun>): () => void;
  addHook(type: string, hook: Hook<TelemetryEvent>): () => void;
  addHook(type: string, hook: Hook<never>): () => void {
    return this.#hooks.add(type, hook);
  }

  removeHook(type: string, hook: Hook<never>): void {
    this.#hooks.remove(type, hook);
  }

  /** Starts the periodic run in the collector; the first is at once. */
  async startCollection(): Promise<void> {
    if (this.#running || this.#shutdown) return;
    this.#running = true;
    const asked = await this.call((connection) => connection.stand(this.#start), undefined);
    // E.g. in an edge function while its module loads: the next call is to try again.
    if (!asked) this.#running = false;
    this.#withdrawStart = asked;
    if (!this.#running) asked?.();
  }

  async stopCollection(): Promise<void> {
    this.#running = false;
    this.#withdrawStart?.();
    // One that is yet to come does not start what is no longer wanted.
    if (this.link) await this.ask((service) => service.stop(), undefined);
  }

  /** Whether the periodic run is on, as far as this thread has asked for it. */
  get running(): boolean {
    return this.#running;
  }

  /** How this thread and the collector meet, once that is known. */
  get link(): LinkKind | undefined {
    return this.#connection?.link?.kind;
  }

  /** Everything as of now, over all threads. */
  getSnapshot(): Promise<JsonSnapshot> {
    return this.ask((service) => service.snapshot() as Promise<JsonSnapshot>, {
      timestamp: Date.now() / 1000,
      metrics: {},
      events_count: 0,
      running: false,
    });
  }

  /**
   * Brings all that was recorded to the collector, storage and exporters, and says what it reached.
   * @throws TelemetryError `flush_failed` when it has not reached all, where the collector is strict
   */
  async flush(): Promise<FlushOutcome> {
    const outcome = await this.call((connection) => connection.flush(), UNREACHED);
    const [failure] = outcome.failures;
    if (this.#strict && failure && !this.#ended) throw new TelemetryError('flush_failed', failure);
    return outcome;
  }

  /**
   * Answers scrapes from the collector's worker, also while this thread is busy. It does not hold
   * the process open.
   * @throws TelemetryError `cannot_serve` in a browser or an edge function
   */
  serve(options: ServeOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
    return this.#use((connection) => connection.serve(options));
  }

  /** For any server that speaks Fetch. Chooses the format by `Accept` and compresses with gzip. */
  handler(options?: HandlerOptions | null): (request: Request) => Promise<Response> {
    // At once: the first request would be too late to learn that everybody is served.
    const access = this.checked('handler()', options, ACCESS);
    return async (request) => {
      // Loaded here, so that a page that answers no requests does not pay for it.
      const { respond } = await import('./http/handler.ts');
      return respond(request, access, (wanted) => this.render(wanted));
    };
  }

  /** A port by which another thread joins, with `TelemetryCollector.connect(port)`. */
  createPort(): ThreadPort {
    const { port1, port2 } = new MessageChannel();
    // Closed if nobody takes it, so that the other thread does not wait for an answer.
    const accepted = async () => {
      const refused = await this.call((connection) => connection.acceptPort(port1), port1);
      // In words as well: in Node 20 a port that travels after this does not tell that it is closed.
      if (this.#shutdown) refused?.postMessage({ ended: true });
      refused?.close();
    };
    void accepted();
    return port2;
  }

  /** Which link and storage are in use, and why others are not. */
  diagnostics(): Promise<Diagnostics> {
    return this.call((connection) => connection.diagnostics(), {
      runtime: '',
      link: this.link,
      failed: [],
    });
  }

  /** Flushes and ends the worker, or leaves the collector of another thread. Never rejects. */
  shutdown(): Promise<void> {
    // An export of the last flush that asks would wait for itself.
    if (this.#shutdown && this.#connection?.isExporting) return Promise.resolve();
    this.#shutdown ??= this.#end();
    return this.#shutdown;
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.shutdown();
  }

  /** @internal Whether the collector is that of another thread. */
  get hasJoined(): boolean {
    return this.#recorder.port !== undefined;
  }

  /** @internal From the call of `shutdown` on. */
  get isShutDown(): boolean {
    return this.#shutdown !== undefined;
  }

  /** @internal @throws TelemetryError after shutdown, or when the collector failed */
  render(request: RenderRequest): Promise<Rendered> {
    return this.#use(async (connection) => (await connection.service()).render(request));
  }

  /** @internal Counts a failure and tells of it at most once a minute. */
  fail(reason: string, message: string): void {
    this.#registry.fail(reason, message);
  }

  /** @internal As `checked` in options.ts, for code that has the collector only. */
  checked<O extends object>(what: string, options: O | null | undefined, rules: Rules<O>): O {
    return checked(what, options, rules, (message) => this.#warnOnce(message));
  }

  /** @internal What the collector answers; `otherwise` when it cannot be asked. */
  ask<T>(use: (service: SoleService) => Promise<T>, otherwise: T): Promise<T> {
    return this.call(async (connection) => use(await connection.service()), otherwise);
  }

  /** @internal After shutdown, or when the collector cannot be had, resolves to `otherwise`. */
  async call<T>(use: (connection: Connection) => Promise<T>, otherwise: T): Promise<T> {
    if (this.#ended) return otherwise;
    try {
      return await this.#use(use);
    } catch (error) {
      if (!this.#ended) this.fail('collector', `no answer from the collector: ${textOf(error)}`);
      return otherwise;
    }
  }

  #warnOnce(message: string): void {
    this.#registry.warn(message, message, Infinity);
  }

  /** @throws TelemetryError after shutdown */
  async #use<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#ended) throw new TelemetryError('shut_down', 'the collector was shut down');
    this.#asked = true;
    return outsideZones(async () => {
      if (!this.#connection) {
        const found = runtime.connection();
        // Where it is there at once, a thread that ends right after it has joined is still counted.
        const connect = typeof found === 'function' ? found : await found;
        this.#connection ??= connect(this.#recorder);
      }
      return use(this.#connection);
    });
  }

  /** What was recorded is kept although nothing has needed the collector: the connection sees to it. */
  #keep(): void {
    if (this.#recorder.config.persist && !this.#asked) void this.call(async () => {}, undefined);
  }

  #erase(erasure: Erasure): void {
    const { erased, config } = this.#recorder;
    if (this.#shutdown || !(this.#asked || config.persist)) return;
    // Until a collector has it: one that fails meanwhile leaves it to the next.
    erased.add(erasure);
    const [oldest] = erased;
    if (erased.size > MAX_ERASURES) erased.delete(oldest!);
    outsideZones(() => this.#connection?.tell(erasure));
  }

  async #end(): Promise<void> {
    this.#running = false;
    const end = async (connection: Connection) => {
      await connection.end();
      this.#ended = true;
    };
    // A collector that nothing has needed yet is needed now, where it keeps what was recorded.
    if (this.#asked || this.#recorder.config.persist) await this.call(end, undefined);
    this.#ended = true;
  }
}

/** Labels as text, at most as many as fit the log; nothing of options whose getters throw. */
function safely(options: EventOptions) {
  try {
    const { labels: given, metadata } = own(options);
    const labels = Object.entries(given ?? {}).slice(0, MAX_EVENT_LABELS);
    const texts = labels.map(([name, value]) => [
      name.slice(0, MAX_LABEL_VALUE_LENGTH),
      labelText(value) ?? `[${typeof value}]`,
    ]);
    return { labels: Object.fromEntries(texts), metadata: metadata ?? {} };
  } catch {
    return { labels: {}, metadata: {} };
  }
}

/** With the directory that is meant now: the process may change its own. */
function settled(persist: PersistOptions): PersistOptions {
  if (!runtime.recordsIn || persist.storage) return persist;
  return { ...persist, directory: runtime.recordsIn(persist.directory) };
}
