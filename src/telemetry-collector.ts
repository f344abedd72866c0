import { runtime } from '#place';
import type {
  Analyses,
  Changes,
  ChangesOptions,
  CorrelateOptions,
  Correlation,
  DescribeOptions,
  Description,
  Target,
  Watch,
  WatchOptions,
} from './analytics/analyses.ts';
import { checkedCollectorOptions, type TelemetryCollectorOptions } from './collector-options.ts';
import { DELIVERY_HOOK, EventHooks, type Hook } from './events/event-hooks.ts';
import { EventOutbox } from './events/event-outbox.ts';
import type { JsonSnapshot } from './formats/json.ts';
import { ACCESS, type HandlerOptions, type ServeOptions } from './http/access-options.ts';
import { type Counter, type CounterOptions, recordingCounter } from './kinds/counter/recording.ts';
import { checkedConstants } from './kinds/definition.ts';
import { type Gauge, type GaugeOptions, recordingGauge } from './kinds/gauge/recording.ts';
import {
  type Histogram,
  type HistogramOptions,
  recordingHistogram,
} from './kinds/histogram/recording.ts';
import { histogramKind } from './kinds/histogram/shape.ts';
import { type Info, type InfoOptions, recordingInfo } from './kinds/info/recording.ts';
import { labelText, MAX_LABEL_VALUE_LENGTH } from './kinds/labels.ts';
import {
  recordingStateSet,
  type StateSet,
  type StateSetOptions,
} from './kinds/state-set/recording.ts';
import { recordingSummary, type Summary, type SummaryOptions } from './kinds/summary/recording.ts';
import type { Connection, Diagnostics, PartOutbox, Recorder } from './links/connection.ts';
import { Registry } from './metrics/registry.ts';
import {
  type AlertReport,
  type AnomalyReport,
  type CollectionRun,
  type DeliveryReport,
  type Erasure,
  type FamilyDefinition,
  type LabelValue,
  type LinkKind,
  OVERFLOW_LABEL,
  TelemetryError,
  type TelemetryEvent,
  type ThreadPort,
  textOf,
} from './model.ts';
import { check, checked, FUNCTION, type Rules, readOption, withMethods } from './options.ts';
import { outsideZones, ownFields } from './platform/realm.ts';
import type { QueryResult } from './promql/engine.ts';
import type {
  InstantQueryOptions,
  ParsedQuery,
  Queries,
  RangeQueryOptions,
} from './promql/queries.ts';
import type { PersistOptions } from './protocol/config.ts';
import type { Feature, FeatureCall } from './protocol/feature.ts';
import type { Rendered, RenderRequest } from './protocol/requests.ts';
import type { SoleService } from './protocol/service.ts';
import type { FlushOutcome } from './protocol/status.ts';

/** A metric of any kind. */
export type AnyMetric = Counter | Gauge | Histogram | Summary | Info | StateSet;

/** What may be recorded with an event. */
export interface EventOptions {
  /** Labels, 64 at most, e.g. `{ source: 'web' }`. */
  readonly labels?: Readonly<Record<string, LabelValue>> | undefined;
  /** Anything else that belongs to the event. It is copied. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The outcome of a flush if there is no collector, or no longer one. */
const UNREACHED: FlushOutcome = {
  collected: false,
  stored: undefined,
  exported: undefined,
  failures: ['no answer from the collector'],
};
/** The label names that samples of some series use for themselves. */
const RESERVED = [OVERFLOW_LABEL, ...histogramKind.reserved()];
const PORT = withMethods('postMessage');
const MAX_EVENT_LABELS = 64;
/** The most resets and removals that are kept for a collector to come. */
const MAX_ERASURES = 1000;
/** For browsers that lack the symbol, esbuild and Babel compile `await using` to code that uses this one. */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/**
 * Holds the metrics of this thread and speaks with the collector, which usually lives in a worker.
 * The constructor starts nothing; the first call that needs the collector does.
 * @example
 * ```ts
 * import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector({ labels: { service: 'shop' } });
 * const orders = collector.registerCounter('orders_total', 'Orders');
 * orders.increment();
 * console.log((await formatPrometheus(collector)).split('\n')[2]);
 * // -> orders_total{service="shop"} 1
 * await collector.shutdown();
 * ```
 */
export class TelemetryCollector {
  /**
   * @internal The ready-made hooks that were set up. They are kept here, since another copy of the package
   * may set up the same.
   */
  readonly hooksSetUp = new Set<string>();
  /** @internal Returns labels for an event, such as those that tell the span in which it is recorded. Never throws. */
  eventLabels: (() => Readonly<Record<string, string>> | undefined) | undefined;
  readonly #registry: Registry;
  readonly #strict: boolean | undefined;
  readonly #hooks: EventHooks;
  readonly #outbox: EventOutbox;
  readonly #recorder: Recorder;
  /** What features offer, by their names. */
  readonly #apis = new Map<string, unknown>();
  #connection: Connection | undefined;
  /** Whether anything has needed the connection. It may still be loading. */
  #asked = false;
  #running = false;
  /** Starts the collection. It is always the same function, however often that is asked for. */
  readonly #start = async (service: SoleService) => {
    if (this.#running) await service.start();
  };
  #withdrawStart: (() => void) | undefined;
  #shutdown: Promise<void> | undefined;
  /** Is set later than `#shutdown`, since the application's exporters still ask in the last flush. */
  #ended = false;

  constructor(options?: TelemetryCollectorOptions | null);
  /** @internal */
  constructor(options: TelemetryCollectorOptions | null | undefined, port: MessagePort);
  constructor(options?: TelemetryCollectorOptions | null, port?: MessagePort) {
    const unknown: string[] = [];
    const taken = checkedCollectorOptions(options, (message) => unknown.push(message));
    const { collectionInterval = 30, eventLimit = 1000, seriesLimit = 2000 } = taken;
    const { collectTimeout, expireAfter, logger = console, names = 'legacy' } = taken;
    const { worker, use = [] } = taken;
    const persist = taken.persist && settled(taken.persist);
    const link = persist?.storage ? 'inline' : (taken.link ?? 'auto');
    this.#strict = taken.strict;
    this.#registry = new Registry({
      onDuplicate: taken.onDuplicate,
      strict: taken.strict,
      shared: runtime.sharedMemory && link !== 'message',
      seriesLimit,
      expireAfter,
      names,
      logger,
      onRegister: (definition) => this.#keep(definition),
      onErasure: (erasure) => this.#erase(erasure),
      sendExemplars: (batch) => this.#connection?.sendExemplars(batch),
      after: runtime.after,
    });
    this.#hooks = new EventHooks(this.#registry);
    this.#outbox = new EventOutbox(eventLimit, {
      send: (batch) => this.#connection?.sendBatch(batch),
      after: runtime.after,
      dropped: (count) => this.#registry.eventsDropped.increment(count),
    });
    const labels = readOption('labels', () =>
      checkedConstants('labels', taken.labels ?? {}, RESERVED, names),
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
        names,
        persist,
      },
      features: [...use],
      late: [],
      outboxes: new Set(),
      registry: this.#registry,
      hooks: this.#hooks,
      outbox: this.#outbox,
      erased: new Set(),
    };
    for (const message of unknown) this.#warnOnce(message);
    if (port) void this.call((connection) => connection.service(), undefined);
  }

  /**
   * Joins the collector of another thread, which made `port` with `createPort()`. The metrics that this
   * thread registers add up with those of the same name and labels in other threads.
   */
  static connect(port: ThreadPort, options?: TelemetryCollectorOptions | null): TelemetryCollector {
    check('connect() port', port, PORT);
    return new TelemetryCollector(options, port);
  }

  /**
   * Registers a total that only grows, such as requests or bytes.
   * @param name by the rules of Prometheus; the option `names` of the collector allows others
   * @param description the help text of the exposition
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerCounter<const N extends string = never>(
    name: string,
    description = '',
    options?: CounterOptions<N, Counter<N>> | null,
  ): Counter<N> {
    return this.#registry.register(
      recordingCounter,
      name,
      description,
      options,
    ) as unknown as Counter<N>;
  }

  /**
   * Registers a value that goes up and down, such as a size or a temperature.
   * @param name by the rules of Prometheus; the option `names` of the collector allows others
   * @param description the help text of the exposition
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerGauge<const N extends string = never>(
    name: string,
    description = '',
    options?: GaugeOptions<N, Gauge<N>> | null,
  ): Gauge<N> {
    return this.#registry.register(
      recordingGauge,
      name,
      description,
      options,
    ) as unknown as Gauge<N>;
  }

  /**
   * Registers a distribution of observations, such as durations, which are counted in buckets.
   * @param name by the rules of Prometheus; the option `names` of the collector allows others
   * @param description the help text of the exposition
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerHistogram<const N extends string = never>(
    name: string,
    description = '',
    options?: HistogramOptions<N, Histogram<N>> | null,
  ): Histogram<N> {
    return this.#registry.register(recordingHistogram, name, description, options) as Histogram<N>;
  }

  /**
   * Registers a distribution of observations, of which quantiles over a sliding window are told.
   * @param name by the rules of Prometheus; the option `names` of the collector allows others
   * @param description the help text of the exposition
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerSummary<const N extends string = never>(
    name: string,
    description = '',
    options?: SummaryOptions<N> | null,
  ): Summary<N> {
    return this.#registry.register(
      recordingSummary,
      name,
      description,
      options,
    ) as unknown as Summary<N>;
  }

  /**
   * Registers facts such as a version, which stand in labels. The name must end in `_info`.
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerInfo<const N extends string = never>(
    name: string,
    description = '',
    options?: InfoOptions<N, Info<N>> | null,
  ): Info<N> {
    return this.#registry.register(recordingInfo, name, description, options) as Info<N>;
  }

  /**
   * Registers the states that something can be in. The name is also that of a label.
   * @throws TelemetryError when the definition is not sound or the name is taken
   */
  registerStateSet<const S extends string, const N extends string = never>(
    name: string,
    description: string,
    options: StateSetOptions<S, N, StateSet<S, N>>,
  ): StateSet<S, N> {
    return this.#registry.register(
      recordingStateSet,
      name,
      description,
      options,
    ) as unknown as StateSet<S, N>;
  }

  /**
   * Returns what a feature offers. This collector must use it.
   * @throws TelemetryError `invalid_option` unless it is one of `use`
   */
  feature<Api>(feature: Feature<Api>): Api {
    const { features } = this.#recorder;
    check('feature()', feature, [(one) => features.includes(one as never), 'one of `use`']);
    const { name } = feature;
    if (!this.#apis.has(name)) {
      const others = features.slice(0, features.indexOf(feature as never)).map((one) => one.name);
      const call: FeatureCall = (method, ...args) => this.#callPart(name, method, args);
      this.#apis.set(name, feature.api(call, others));
    }
    return this.#apis.get(name) as Api;
  }

  /**
   * Evaluates an expression of PromQL at one time, over what `history()` keeps. It needs
   * `use: [history(), promql()]`.
   * @throws QueryError when the query cannot be answered; TelemetryError `invalid_option` without those features
   */
  async query(expr: string, options?: InstantQueryOptions | null): Promise<QueryResult> {
    return this.#queries().query(expr, options);
  }

  /** Evaluates an expression at each step from `start` to `end`. Otherwise it is like `query()`. */
  async queryRange(expr: string, options: RangeQueryOptions): Promise<QueryResult> {
    return this.#queries().queryRange(expr, options);
  }

  /**
   * Resolves to the tree of an expression. Otherwise it is like `query()`. The `errors` of a QueryError are all that is
   * wrong with the expression, as editors show it.
   */
  async parsePromQL(expr: string): Promise<ParsedQuery> {
    return this.#queries().parse(expr);
  }

  /**
   * Scores each value of a target from now on, beside the collector: how unusual it is. An `'anomaly'` hook is told
   * when a score reaches the threshold. It needs `use: [analytics()]`, and for an expression of PromQL
   * `use: [history(), promql(), analytics()]`.
   * @throws TelemetryError `invalid_option` if it cannot be watched, `duplicate_watch` if there is one of that name
   */
  watch(target: Target, options?: WatchOptions | null): Watch {
    return this.#analyses().watch(target, options);
  }

  /** Describes what the history has of a target. It needs `use: [history(), analytics()]`, and `promql()` as above. */
  async describe(target: Target, options: DescribeOptions): Promise<Description> {
    return this.#analyses().describe(target, options);
  }

  /** Tells how far two targets go together, and by how many seconds one follows the other. Otherwise as `describe()`. */
  async correlate(one: Target, other: Target, options: CorrelateOptions): Promise<Correlation> {
    return this.#analyses().correlate(one, other, options);
  }

  /** Tells which of all series in the history have changed most between two spans. It needs the same features. */
  async changes(options: ChangesOptions): Promise<Changes> {
    return this.#analyses().changes(options);
  }

  /** Returns the metric that this thread has registered under a name; `undefined` if there is none. */
  getMetric(name: string): AnyMetric | undefined {
    return this.#registry.metrics.get(name) as AnyMetric | undefined;
  }

  /** Returns all metrics that this thread has registered, by their names. The map is a copy. */
  getAllMetrics(): ReadonlyMap<string, AnyMetric> {
    return new Map(this.#registry.metrics as Map<string, AnyMetric>);
  }

  /** Removes the family and its series, in every thread. Returns `false` if there was none here. */
  unregister(name: string): boolean {
    return this.#registry.unregister(name);
  }

  /** Sets all metrics to zero and removes all events, in every thread. */
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
    const own = options && safely(options);
    const around = this.eventLabels?.();
    const details = around
      ? { labels: { ...around, ...own?.labels }, metadata: own?.metadata ?? {} }
      : own;
    this.#outbox.add(type, timestamp, value, details?.labels, details?.metadata);
    this.#registry.events.increment();
    // Hooks called `collection` are told of collection runs only, not of events with that name.
    if (type === 'collection' || !this.#hooks.has(type)) return;
    const event = { name: type, value, timestamp, labels: {}, metadata: {}, ...details };
    this.#hooks.run(type, event);
  }

  /**
   * Resolves to the newest events of all threads, the oldest first. Unless `limit` is given, these are all
   * that are kept.
   */
  getEvents(limit?: number | null): Promise<TelemetryEvent[]> {
    return this.ask((service) => service.getEvents(limit ?? Infinity), []);
  }

  /**
   * Calls `hook` synchronously with each event called `type` that this thread records. A hook for
   * `'collection'` is called after each collection run instead. With the feature `alerting`, a hook for `'alert'` is
   * also called each time an alert changes its state, in the thread that has started the collector. With the feature
   * `analytics`, one for `'anomaly'` is called there each time a value that is watched becomes an anomaly.
   * @returns a function that removes it
   */
  addHook(type: 'collection', hook: Hook<CollectionRun>): () => void;
  addHook(type: 'alert', hook: Hook<AlertReport>): () => void;
  addHook(type: 'anomaly', hook: Hook<AnomalyReport>): () => void;
  addHook(type: string, hook: Hook<TelemetryEvent>): () => void;
  addHook(type: string, hook: Hook<never>): () => void {
    return this.#hooks.add(type, hook);
  }

  /** Removes a hook that `addHook()` has added. One that was not added is ignored. */
  removeHook(type: string, hook: Hook<never>): void {
    this.#hooks.remove(type, hook);
  }

  /**
   * Calls `callback` just before a collection run, scrape, export or snapshot reads the metrics of this
   * thread, and waits for it as for the `collect` of a metric. It is for several metrics that have one source.
   * @returns a function that removes it
   * @throws TelemetryError `invalid_option` if it is no function
   */
  onCollect(callback: () => unknown): () => void {
    check('onCollect()', callback, FUNCTION);
    return this.#registry.onCollect(callback);
  }

  /**
   * Calls `callback` with what becomes of each export: with failures, and with what has arrived. Only the thread that
   * has started the collector is told.
   * @returns a function that removes it
   * @throws TelemetryError `invalid_option` if it is no function
   */
  onDelivery(callback: (report: DeliveryReport) => unknown): () => void {
    check('onDelivery()', callback, FUNCTION);
    return this.#hooks.add(DELIVERY_HOOK, callback);
  }

  /** Starts the periodic runs in the collector. The first run starts at once. */
  async startCollection(): Promise<void> {
    if (this.#running || this.#shutdown) return;
    this.#running = true;
    const asked = await this.call((connection) => connection.askEach(this.#start), undefined);
    // This may fail, e.g. in an edge function while its module loads. Then the next call tries again.
    if (!asked) this.#running = false;
    this.#withdrawStart = asked;
    if (!this.#running) asked?.();
  }

  /** Ends the periodic runs. Metrics can be recorded, scraped and exported all the same. */
  async stopCollection(): Promise<void> {
    this.#running = false;
    this.#withdrawStart?.();
    // A collector that is yet to come need not be told: it starts only what is still wanted.
    if (this.link) await this.ask((service) => service.stop(), undefined);
  }

  /** Whether this thread has asked for periodic runs. */
  get running(): boolean {
    return this.#running;
  }

  /** How this thread and the collector are connected, once that is known. */
  get link(): LinkKind | undefined {
    return this.#connection?.link?.kind;
  }

  /** Resolves to everything that is recorded up to now, over all threads. */
  getSnapshot(): Promise<JsonSnapshot> {
    return this.ask((service) => service.snapshot() as Promise<JsonSnapshot>, {
      timestamp: Date.now() / 1000,
      metrics: {},
      events_count: 0,
      running: false,
    });
  }

  /**
   * Brings all that was recorded to the collector, storage and exporters. Resolves to which of these it has
   * reached.
   * @throws TelemetryError `flush_failed` if it has not reached all of them and the collector is strict
   */
  async flush(): Promise<FlushOutcome> {
    const outcome = await this.call((connection) => connection.flush(), UNREACHED);
    const [failure] = outcome.failures;
    if (this.#strict && failure && !this.#ended) throw new TelemetryError('flush_failed', failure);
    return outcome;
  }

  /**
   * Answers scrapes from the collector's worker, even while this thread is busy. This does not hold the
   * process open, unless `keepAlive` is set.
   * @throws TelemetryError `cannot_serve` in a browser or an edge function
   */
  serve(options: ServeOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
    return this.#use((connection) => connection.serve(options));
  }

  /**
   * Returns a function that answers scrapes in any server that speaks Fetch. It chooses the format by
   * `Accept` and compresses with gzip.
   */
  handler(options?: HandlerOptions | null): (request: Request) => Promise<Response> {
    // The options are checked now: the first request would be too late to learn that everybody is served.
    const access = this.checked('handler()', options, ACCESS);
    if (access.api) this.#queries();
    return async (request) => {
      // It is loaded here, so that a page that answers no requests does not pay for it.
      const { respond } = await import('./http/handler.ts');
      return respond(
        request,
        access,
        (wanted) => this.render(wanted),
        (...call) => this.#callPart(...call),
      );
    };
  }

  /** Makes a port by which another thread joins, with `TelemetryCollector.connect(port)`. */
  createPort(): ThreadPort {
    const { port1, port2 } = new MessageChannel();
    // The port is closed if nobody takes it, so that the other thread does not wait for an answer.
    const accepted = async () => {
      const refused = await this.call((connection) => connection.acceptPort(port1), port1);
      // A message says so, too: in Node 20 a port that is transferred after this does not tell that it is
      // closed.
      if (this.#shutdown) refused?.postMessage({ ended: true });
      refused?.close();
    };
    void accepted();
    return port2;
  }

  /** Tells which link and storage are in use, and why others are not. */
  diagnostics(): Promise<Diagnostics> {
    return this.call((connection) => connection.diagnostics(), {
      runtime: '',
      link: this.link,
      failed: [],
    });
  }

  /** Flushes and ends the worker, or leaves the collector of another thread. Never rejects. */
  shutdown(): Promise<void> {
    // An exporter that calls this in the last flush would wait for itself.
    if (this.#shutdown && this.#connection?.isExporting) return Promise.resolve();
    this.#shutdown ??= this.#end();
    return this.#shutdown;
  }

  /** Does what `shutdown()` does, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.shutdown();
  }

  /**
   * @internal Uses a feature that was not in `use`, and hands over what is recorded for its part whenever this thread
   * hands over. In a thread that has joined it does only the latter: the owner says which features there are.
   * @returns the timer of this place
   */
  extend(feature: Feature, outbox: PartOutbox): typeof runtime.after {
    const { features, late, outboxes } = this.#recorder;
    outboxes.add(outbox);
    if (!this.hasJoined && !this.uses(feature.name)) {
      features.push(feature);
      late.push(feature);
    }
    return runtime.after;
  }

  /** @internal Whether it uses a feature of that name. */
  uses(feature: string): boolean {
    return this.#recorder.features.some(({ name }) => name === feature);
  }

  /** @internal Sends what is for the part of a feature. Returns `undefined` while there is no collector. */
  give(part: string, batch: unknown): Promise<unknown> | undefined {
    return this.#connection?.give(part, batch);
  }

  /** @internal Whether this thread has joined the collector of another. */
  get hasJoined(): boolean {
    return this.#recorder.port !== undefined;
  }

  /** @internal Whether `shutdown` has been called. */
  get isShutDown(): boolean {
    return this.#shutdown !== undefined;
  }

  /** @internal @throws TelemetryError after shutdown, or if the collector failed */
  render(request: RenderRequest): Promise<Rendered> {
    return this.#use(async (connection) => (await connection.service()).render(request));
  }

  /** @internal Counts a failure, and warns of it at most once a minute per `topic`. */
  fail(reason: string, message: string, topic?: string): void {
    this.#registry.fail(reason, message, topic);
  }

  /** @internal Does the same as `checked` in options.ts, for code that has only the collector. */
  checked<O extends object>(what: string, options: O | null | undefined, rules: Rules<O>): O {
    return checked(what, options, rules, (message) => this.#warnOnce(message));
  }

  /** @internal Resolves to what the collector answers, or to `otherwise` if it cannot be asked. */
  ask<T>(use: (service: SoleService) => Promise<T>, otherwise: T): Promise<T> {
    return this.call(async (connection) => use(await connection.service()), otherwise);
  }

  /** @internal Resolves to `otherwise` after shutdown, or if the collector cannot be had. */
  async call<T>(use: (connection: Connection) => Promise<T>, otherwise: T): Promise<T> {
    if (this.#ended) return otherwise;
    try {
      return await this.#use(use);
    } catch (error) {
      if (!this.#ended) this.fail('collector', `no answer from the collector: ${textOf(error)}`);
      return otherwise;
    }
  }

  /** @throws TelemetryError `invalid_option` without the features that answer queries */
  #queries(): Queries {
    const { features } = this.#recorder;
    const at = (name: string) => features.findIndex((one) => one.name === name);
    if (at('history') < 0 || at('promql') < at('history')) {
      throw new TelemetryError('invalid_option', 'queries need `use: [history(), promql()]`');
    }
    return this.feature(features[at('promql')] as Feature<Queries>);
  }

  /** @throws TelemetryError `invalid_option` without that feature */
  #analyses(): Analyses {
    const found = this.#recorder.features.find(({ name }) => name === 'analytics');
    if (found) return this.feature(found as Feature<Analyses>);
    throw new TelemetryError('invalid_option', 'this needs `use: [analytics()]`');
  }

  #callPart(part: string, method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#use(async (connection) => (await connection.service()).call(part, method, args));
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
        // If it is there already, it is not awaited: so a thread that ends right after it has joined still
        // counts.
        const connect = typeof found === 'function' ? found : await found;
        this.#connection ??= connect(this.#recorder);
      }
      return use(this.#connection);
    });
  }

  /**
   * Opens the connection if records are to be kept and nothing else has needed the collector. It keeps what
   * is recorded. Also if series are to expire: the collector must see for how long nobody records them.
   */
  #keep(definition?: FamilyDefinition): void {
    if (definition?.expireAfter) void this.call((connection) => connection.watchIdle(), undefined);
    if (this.#recorder.config.persist && !this.#asked) void this.call(async () => {}, undefined);
  }

  #erase(erasure: Erasure): void {
    const { erased, config } = this.#recorder;
    if (this.#shutdown || !(this.#asked || config.persist)) return;
    // It stays in this set until a collector has it. If one fails before that, the next gets it.
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
    // A collector that nothing has needed yet is needed now if it is to keep what was recorded.
    if (this.#asked || this.#recorder.config.persist) await this.call(end, undefined);
    this.#ended = true;
  }
}

/**
 * Returns labels as text, at most as many as the log takes, and the metadata. Both are empty if a getter of
 * the options throws.
 */
function safely(options: EventOptions) {
  try {
    const { labels: given, metadata } = ownFields(options);
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

/** Settles which directory is meant now, since the process may change its working directory. */
function settled(persist: PersistOptions): PersistOptions {
  if (!runtime.recordsIn || persist.storage) return persist;
  return { ...persist, directory: runtime.recordsIn(persist.directory) };
}
