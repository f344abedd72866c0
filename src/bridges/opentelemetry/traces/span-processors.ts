import type { Context } from '@opentelemetry/api';
import { type ResourceOption, resourceAttributes } from '../../../features/traces/resource.ts';
import { TelemetryError } from '../../../model.ts';
import { check, withMethods } from '../../../options.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { SpanView } from './span-view.ts';

/** OpenTelemetry's own processors of spans have this form. */
export interface AnySpanProcessor {
  /** Is told of a span that has begun. */
  onStart(span: never, context: Context): void;
  /** Is told of a span that has ended. */
  onEnd(span: never): void;
  /** Resolves when all that it was told of is sent. */
  forceFlush(): Promise<void>;
  /** Ends it. */
  shutdown(): Promise<void>;
}

const PROCESSOR = /* @__PURE__ */ withMethods('onStart', 'onEnd', 'forceFlush', 'shutdown');

/** What `spanProcessors()` returns. */
export interface SpanProcessors {
  /** Called once, by the provider. @param resource what was given for it */
  begin(resource: ResourceOption, failed: (error: unknown) => void): void;
  /** Tells of a span that has begun. */
  started(span: RecordedSpan, context: Context): void;
  /** Tells of a span that has ended. */
  ended(span: RecordedSpan): void;
  /** Resolves when each has sent all that it was told of. */
  forceFlush(): Promise<void>;
  /** Ends each. */
  shutdown(): Promise<void>;
}

/**
 * Takes processors of OpenTelemetry, such as a `BatchSpanProcessor` with one of its exporters, for the option
 * `processors`. They are told of spans beside the collector, and run in this thread.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { spanProcessors, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const names: string[] = [];
 * const processor = {
 *   onStart: () => {},
 *   onEnd: (span: { name: string }) => void names.push(span.name),
 *   forceFlush: async () => {},
 *   shutdown: async () => {},
 * };
 * const collector = new TelemetryCollector();
 * const provider = tracerProvider(collector, { processors: spanProcessors([processor]) });
 * provider.getTracer('shop').startSpan('order').end();
 * console.log(names);
 * // -> [ 'order' ]
 * await collector.shutdown();
 * ```
 */
export function spanProcessors(all: readonly AnySpanProcessor[]): SpanProcessors {
  if (!Array.isArray(all)) {
    throw new TelemetryError(
      'invalid_option',
      `spanProcessors() must be given a list; got ${typeof all}`,
    );
  }
  for (const one of all) check('spanProcessors()', one, PROCESSOR);
  return new Processors([...all]);
}

/** Tells processors of spans. What they throw goes no further. */
class Processors implements SpanProcessors {
  readonly #all: readonly AnySpanProcessor[];
  readonly #views = new WeakMap<RecordedSpan, SpanView>();
  #resource: object = {};
  #failed: (error: unknown) => void = () => {};

  constructor(all: readonly AnySpanProcessor[]) {
    this.#all = all;
  }

  begin(resource: ResourceOption, failed: (error: unknown) => void): void {
    const attributes = resourceAttributes(resource);
    // Processors wait themselves for what a resource of OpenTelemetry's is yet to find.
    const isWhole = attributes === resource;
    this.#resource = isWhole ? { attributes, asyncAttributesPending: false } : resource;
    this.#failed = failed;
  }

  started(span: RecordedSpan, context: Context): void {
    const view = new SpanView(span, this.#resource);
    this.#views.set(span, view);
    this.#each((one) => one.onStart(view as never, context));
  }

  ended(span: RecordedSpan): void {
    const view = this.#views.get(span);
    if (view) this.#each((one) => one.onEnd(view as never));
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.forceFlush()));
  }

  async shutdown(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.shutdown()));
  }

  #each(tell: (one: AnySpanProcessor) => void): void {
    for (const one of this.#all) {
      try {
        tell(one);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
