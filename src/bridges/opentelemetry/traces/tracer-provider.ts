import type { Context, Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import { TRACES, type TracesOptions } from '../../../features/traces/options.ts';
import { textOf } from '../../../model.ts';
import { withMethods } from '../../../options.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import { checkedMiddleware } from '../../checked-middleware.ts';
import { scopeOf } from '../scope.ts';
import { spanExemplars } from './active-span.ts';
import { outboxOf } from './collector-outbox.ts';
import { DEFAULT_LIMITS, LIMITS, type SpanLimits } from './limits.ts';
import { OpenSpans } from './open-spans.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { SAMPLER, type SpanSampler } from './samplers.ts';
import type { SpanOutbox } from './span-outbox.ts';
import type { SpanProcessors } from './span-processors.ts';
import { RecordingTracer, type TracerHost } from './tracer.ts';

/** The options of `tracerProvider()`. */
export interface TracerProviderOptions extends TracesOptions {
  /**
   * Decides of each span as it is started whether it is recorded; unless given, a span does what its parent does, and
   * each trace that begins here is sampled. OpenTelemetry's samplers can be given, too.
   */
  readonly sampler?: SpanSampler | undefined;
  /** How much a span may have: see `spanLimits()`. */
  readonly spanLimits?: SpanLimits | undefined;
  /** OpenTelemetry's own processors, with its exporters: see `spanProcessors()`. They run in this thread. */
  readonly processors?: SpanProcessors | undefined;
}

/** What `tracerProvider()` returns. `registerTracing()` makes it the one that `@opentelemetry/api` uses. */
export interface TelemetryTracerProvider extends TracerProvider {
  /** Resolves once all spans that have ended are sent, as `collector.flush()` does, and processors are done. */
  forceFlush(): Promise<void>;
  /** Sends what has ended, ends the processors, and records nothing more. The collector stays. */
  shutdown(): Promise<void>;
}

/** So many tracers with different names are kept. */
const MOST_TRACERS = 1000;

/**
 * Returns a provider of tracers, whose spans the collector takes and sends.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
 * import { tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new OTLPExporter({ url: 'http://127.0.0.1:4318/v1/traces' });
 * const resource = { 'service.name': 'shop' };
 * // tracerProvider(collector, { exporter, resource }) sends; without an exporter, spans only become metrics.
 * tracerProvider(collector, { resource }).getTracer('shop').startSpan('order').end();
 * await collector.shutdown();
 * ```
 */
export function tracerProvider(
  collector: TelemetryCollector,
  options?: TracerProviderOptions | null,
): TelemetryTracerProvider {
  const rules = {
    ...{ ...TRACES, sampler: SAMPLER, spanLimits: LIMITS },
    processors: withMethods('started', 'ended'),
  };
  const given = checkedMiddleware('tracerProvider()', { ...options, collector }, rules);
  const provider = new Provider(collector, given, outboxOf(collector, given));
  given.processors?.begin(given.resource ?? {}, (error) => provider.failed(error));
  collector.eventLabels = () => {
    try {
      return spanExemplars() as Readonly<Record<string, string>> | undefined;
    } catch {
      return undefined; // another manager of contexts has thrown
    }
  };
  return provider;
}

class Provider implements TelemetryTracerProvider, TracerHost {
  readonly sampler: SpanSampler | undefined;
  readonly #collector: TelemetryCollector;
  readonly #processors: SpanProcessors | undefined;
  readonly #limits: SpanLimits;
  readonly #outbox: SpanOutbox;
  readonly #tracers = new Map<string, Tracer>();
  /** Made with the first span: workerd has no clock while modules are loaded. */
  #open: OpenSpans | undefined;
  #isShutDown = false;

  constructor(
    collector: TelemetryCollector,
    { sampler, processors, spanLimits = DEFAULT_LIMITS }: TracerProviderOptions,
    outbox: SpanOutbox,
  ) {
    this.#collector = collector;
    this.sampler = sampler;
    this.#processors = processors;
    this.#limits = spanLimits;
    this.#outbox = outbox;
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const scope = scopeOf(name, version, options);
    const key = JSON.stringify(scope);
    const known = this.#tracers.get(key);
    if (known) return known;
    const tracer = new RecordingTracer(this, {
      ...scope,
      limits: this.#limits,
      ended: (span) => this.#ended(span),
      refused: (what) => this.#collector.fail('traces', `the ${what} of a span is not sound`),
    });
    if (this.#tracers.size < MOST_TRACERS) this.#tracers.set(key, tracer);
    return tracer;
  }

  async forceFlush(): Promise<void> {
    await Promise.all([this.#collector.flush(), this.#processors?.forceFlush()]);
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await Promise.all([this.#collector.flush(), this.#processors?.shutdown()]);
  }

  begin(now: number): number {
    if (this.#isShutDown || this.#collector.isShutDown) return 0;
    this.#open ??= new OpenSpans(now, (count) => this.#outbox.lose('unended', count));
    const period = this.#open.start(now);
    if (period === 0) this.#outbox.lose('too_many_open');
    return period;
  }

  started(span: RecordedSpan, around: Context): void {
    this.#processors?.started(span, around);
  }

  failed(error: unknown): void {
    this.#collector.fail('traces', `spans: ${textOf(error)}`);
  }

  #ended(span: RecordedSpan): void {
    try {
      this.#open?.ended(span.period);
      if (this.#collector.isShutDown) return;
      this.#outbox.add(span);
    } catch (error) {
      this.failed(error);
    }
    this.#processors?.ended(span);
  }
}
