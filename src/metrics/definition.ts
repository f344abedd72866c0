import {
  type Combine,
  type FamilyDefinition,
  type Labels,
  type LabelValue,
  type MetricType,
  OVERFLOW_LABEL,
  TelemetryError,
  textOf,
} from '../model.ts';
import { wellFormed } from '../realm.ts';
import { checkLabelName, isName, labelText } from './labels.ts';

export interface MetricOptions<N extends string = string> {
  /** Constant labels, the same on every series of this metric. */
  labels?: Readonly<Record<string, LabelValue>>;
  /** The labels that tell the series of this metric apart. */
  labelNames?: readonly N[];
  /** Unit of the values in base units, e.g. `seconds`, `bytes`. */
  unit?: string;
}

export interface GaugeOptions<N extends string = string, G = unknown> extends MetricOptions<N> {
  /** How the values of several threads become one; `sum` unless given. */
  combine?: Combine;
  /**
   * Called just before a collection run or scrape reads the gauge. A number that it returns, or
   * resolves to, is set.
   */
  collect?: (this: G, gauge: G) => unknown;
}

export interface HistogramOptions<N extends string = string> extends MetricOptions<N> {
  /** Upper bounds in ascending order; `+Inf` is added. */
  buckets?: readonly number[];
}

/** The buckets of every Prometheus client, made for request durations in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Descriptions longer than this are cut. UTF-16 units. */
const MAX_DESCRIPTION_LENGTH = 4096;
const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
/** Label names that the formats use themselves, on some series or on all. */
export const RESERVED: readonly string[] = [OVERFLOW_LABEL, 'le'];
const COMBINES: readonly Combine[] = ['sum', 'last', 'min', 'max', 'mean'];

/**
 * Checks and completes what an application says of a metric.
 * @throws TelemetryError with the code, the name and the remedy
 */
export function defineFamily(
  type: MetricType,
  name: string,
  description: string,
  options: GaugeOptions & HistogramOptions,
): FamilyDefinition {
  if (!isName(name, METRIC_NAME)) {
    throw new TelemetryError(
      'invalid_name',
      `"${textOf(name)}" is no metric name; choose one that matches ${METRIC_NAME.source}`,
    );
  }
  const labelNames = checkedList(name, 'labelNames', options.labelNames ?? []);
  const reserved = type === 'histogram' ? RESERVED : [OVERFLOW_LABEL];
  const labels = checkedConstants(name, options.labels ?? {}, reserved);
  const all = [...Object.keys(labels), ...labelNames];
  for (const label of labelNames) checkLabelName(name, label, reserved);
  if (new Set(all).size < all.length) {
    throw new TelemetryError(
      'invalid_label',
      `${name}: labels repeat (${all.join(', ')}); name each once`,
    );
  }
  const combine = options.combine ?? 'sum';
  if (!COMBINES.includes(combine)) {
    throw new TelemetryError(
      'invalid_combine',
      `${name}: combine must be one of ${COMBINES.join(', ')}`,
    );
  }
  return {
    name,
    description: wellFormed(textOf(description ?? '').slice(0, MAX_DESCRIPTION_LENGTH)),
    type,
    unit: textOf(options.unit ?? ''),
    labelNames,
    labels,
    combine,
    buckets: type === 'histogram' ? checkedBuckets(name, options.buckets ?? DEFAULT_BUCKETS) : [],
  };
}

/** Constant labels as text. */
export function checkedConstants(
  owner: string,
  labels: Readonly<Record<string, LabelValue>>,
  reserved: readonly string[],
): Labels {
  const checked: Record<string, string> = {};
  for (const [label, value] of Object.entries(labels)) {
    checkLabelName(owner, label, reserved);
    const text = labelText(value);
    if (text === undefined) {
      throw new TelemetryError(
        'invalid_label',
        `${owner}: the label "${label}" must be a string, number or boolean`,
      );
    }
    checked[label] = text;
  }
  return checked;
}

function checkedBuckets(name: string, buckets: readonly number[]): number[] {
  const bounds = checkedList(name, 'buckets', buckets);
  if (bounds.at(-1) === Infinity) bounds.pop();
  const rising = bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]);
  if (bounds.length === 0 || !rising || !bounds.every(Number.isFinite)) {
    throw new TelemetryError(
      'invalid_buckets',
      `${name}: buckets must be finite and rising, at least one; got [${buckets.join(', ')}]`,
    );
  }
  return bounds;
}

/** @throws TelemetryError `invalid_option` */
function checkedList<T>(name: string, option: string, list: readonly T[]): T[] {
  if (Array.isArray(list)) return [...list];
  throw new TelemetryError('invalid_option', `${name}: ${option} must be an array`);
}

/** `count` bounds, `width` apart, the first at `start`. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** `count` bounds, each `factor` times the one before, the first at `start`. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}
