import {
  type Attributes,
  type Context,
  isValidTraceId,
  type Link,
  type SpanKind,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { TelemetryError } from '../../../model.ts';
import { check, withMethods } from '../../../options.ts';
import { bitsAt } from './ids.ts';

/** What a sampler decides: whether a span is recorded, and whether it is also sent. As `SamplingDecision` has it. */
export type Decision = 0 | 1 | 2;
const DROP = 0;
const SEND = 2;

/** The samplers of OpenTelemetry have this form, too. */
export interface SpanSampler {
  /** Decides about a span that begins. It must not throw. */
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): {
    readonly decision: Decision;
    readonly attributes?: Readonly<Attributes> | undefined;
    readonly traceState?: TraceState | undefined;
  };
  /** Returns the name of the sampler, as OpenTelemetry's specification gives it to those that it knows. */
  toString(): string;
}

export const SAMPLER = /* @__PURE__ */ withMethods('shouldSample');

const deciding = (name: string, decide: SpanSampler['shouldSample']): SpanSampler => ({
  shouldSample: decide,
  toString: () => name,
});

const always = { decision: SEND } as const;
const never = { decision: DROP } as const;

/** Samples every trace. */
export const alwaysOn: SpanSampler = /* @__PURE__ */ deciding('AlwaysOnSampler', () => always);

/** Samples no trace. IDs still go on to other services. */
export const alwaysOff: SpanSampler = /* @__PURE__ */ deciding('AlwaysOffSampler', () => never);

/**
 * Samples a share of all traces. All services that ask for the same share choose the same traces, those with
 * OpenTelemetry's `TraceIdRatioBasedSampler` for JavaScript among them.
 * @param share from 0 to 1
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { ratio } from 'utilityfog-telemetry/opentelemetry';
 *
 * console.log(`${ratio(0.25)}`);
 * // -> TraceIdRatioBased{0.25}
 * ```
 */
export function ratio(share: number): SpanSampler {
  if (!(typeof share === 'number' && share >= 0 && share <= 1)) {
    throw new TelemetryError(
      'invalid_option',
      `ratio() must be a number from 0 to 1; got ${share}`,
    );
  }
  const end = Math.floor(share * 0xffffffff);
  return deciding(`TraceIdRatioBased{${share}}`, (_, traceId) => {
    // Other tracers than ours may ask, too.
    if (!isValidTraceId(traceId)) return never;
    const bits = [0, 8, 16, 24].reduce((all, at) => (all ^ bitsAt(traceId, at)) >>> 0, 0);
    return bits < end ? always : never;
  });
}

/**
 * Does what the parent of a span does. For a span without one, `root` decides.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { parentBased, ratio, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const provider = tracerProvider(collector, { sampler: parentBased(ratio(0.1)) });
 * provider.getTracer('shop').startSpan('order').end();
 * await collector.shutdown();
 * ```
 */
export function parentBased(root: SpanSampler = alwaysOn): SpanSampler {
  check('parentBased()', root, SAMPLER);
  const like = (parent: string) =>
    `${parent}ParentSampled=${alwaysOn}, ${parent}ParentNotSampled=${alwaysOff}`;
  const name = `ParentBased{root=${root}, ${like('remote')}, ${like('local')}}`;
  return deciding(name, (context, ...about) => {
    const parent = trace.getSpanContext(context);
    if (!parent || !trace.isSpanContextValid(parent)) return root.shouldSample(context, ...about);
    return parent.traceFlags & TraceFlags.SAMPLED ? always : never;
  });
}
