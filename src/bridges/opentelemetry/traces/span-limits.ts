import { MAX_OF_A_KIND, MAX_TEXT } from '../../../features/traces/span-batch.ts';
import { checked, type Rule, type Rules } from '../../../options.ts';
import { environmentVariable } from '../../../platform/environment.ts';
import { DEFAULT_LIMITS, type SpanLimits } from './limits.ts';

/**
 * How much a span may have. The names are those of OpenTelemetry's SDK, and so are the variables of the environment
 * that count for what is not given: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
 */
export interface SpanLimitOptions {
  /**
   * How many attributes a span may have: 512 at most.
   * @defaultValue `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT`, else 128
   */
  readonly attributeCountLimit?: number | undefined;
  /**
   * How many characters a text may have that is the value of an attribute, or is in a list: 16,384 at most. Longer
   * ones are cut. This also holds for events and links.
   * @defaultValue `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else 16,384
   */
  readonly attributeValueLengthLimit?: number | undefined;
  /**
   * How many events a span may have: 512 at most. The newest stay.
   * @defaultValue `OTEL_SPAN_EVENT_COUNT_LIMIT`, else 128
   */
  readonly eventCountLimit?: number | undefined;
  /**
   * How many links a span may have: 512 at most.
   * @defaultValue `OTEL_SPAN_LINK_COUNT_LIMIT`, else 128
   */
  readonly linkCountLimit?: number | undefined;
  /**
   * How many attributes an event may have: 512 at most.
   * @defaultValue `OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT`, else 128
   */
  readonly attributePerEventCountLimit?: number | undefined;
  /**
   * How many attributes a link may have: 512 at most.
   * @defaultValue `OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT`, else 128
   */
  readonly attributePerLinkCountLimit?: number | undefined;
}

const NUMBER: Rule = [(value) => typeof value === 'number', 'a number'];
const RULES: Rules<SpanLimitOptions> = {
  attributeCountLimit: NUMBER,
  attributeValueLengthLimit: NUMBER,
  eventCountLimit: NUMBER,
  linkCountLimit: NUMBER,
  attributePerEventCountLimit: NUMBER,
  attributePerLinkCountLimit: NUMBER,
};

/**
 * Returns limits of spans for the option `spanLimits`. What is beyond them counts as dropped in the span. A negative
 * number counts as not given, and so does a limit of 0 for the length of texts, as with OpenTelemetry's SDK.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { spanLimits, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const limits = spanLimits({ attributeCountLimit: 32, attributeValueLengthLimit: 1000 });
 * tracerProvider(collector, { spanLimits: limits }).getTracer('shop').startSpan('order').end();
 * await collector.shutdown();
 * ```
 */
export function spanLimits(options?: SpanLimitOptions | null): SpanLimits {
  const given = checked('spanLimits()', options, RULES);
  const limit = (usual: number, most: number, name: keyof SpanLimitOptions, ...more: string[]) => {
    const variables = [`OTEL_SPAN_${snakeCase(name)}`, ...more].map(numberIn);
    const asked = [given[name], ...variables].find((one) => one! >= 0);
    return asked === undefined ? usual : Math.min(Math.floor(asked), most);
  };
  const count = (name: keyof SpanLimitOptions, ...more: string[]) =>
    limit(DEFAULT_LIMITS.attributes, MAX_OF_A_KIND, name, ...more);
  const length = ['attributeValueLengthLimit', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'] as const;
  return {
    attributes: count('attributeCountLimit', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    text: limit(MAX_TEXT, MAX_TEXT, ...length) || MAX_TEXT,
    events: count('eventCountLimit'),
    links: count('linkCountLimit'),
    ofEvent: count('attributePerEventCountLimit'),
    ofLink: count('attributePerLinkCountLimit'),
  };
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, '_$&').toUpperCase();

/** Returns the number in a variable of the environment; NaN if it has none. */
const numberIn = (variable: string): number =>
  Number(environmentVariable(variable)?.trim() || Number.NaN);
