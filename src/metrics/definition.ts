import {
  type Combine,
  type FamilyDefinition,
  type Labels,
  type LabelValue,
  type MetricType,
  OVERFLOW_LABEL,
  shown,
  TelemetryError,
  textOf,
} from '../model.ts';
import { isWhole } from '../options.ts';
import { wellFormed } from '../platform/realm.ts';
import { checkLabelName, isName, labelText } from './labels.ts';

export interface MetricOptions<N extends string = string> {
  /** Constant labels, the same on every series of this metric. */
  labels?: Readonly<Record<string, LabelValue>> | undefined;
  /** The labels that tell the series of this metric apart. */
  labelNames?: readonly N[] | undefined;
  /** Unit of the values in base units, e.g. `seconds`, `bytes`. */
  unit?: string | undefined;
}

export interface GaugeOptions<N extends string = string, G = unknown> extends MetricOptions<N> {
  /** How the values of several threads become one; `sum` unless given. */
  combine?: Combine | undefined;
  /**
   * Called just before a collection run or scrape reads the gauge. A number that it returns, or
   * resolves to, is set.
   */
  collect?: ((this: G, gauge: G) => unknown) | undefined;
  /**
   * Where the gauge combines by `max` or `min` and has `collect`: the largest or smallest that the
   * callback gave is shown for so many seconds at least, and for twice as many at most, since others
   * read it, too. 65 unless given; 0 shows what was given last.
   */
  keepFor?: number | undefined;
}

export interface HistogramOptions<N extends string = string> extends MetricOptions<N> {
  /** Upper bounds in ascending order; `+Inf` is added. */
  buckets?: readonly number[] | undefined;
}

/** The buckets of every Prometheus client, made for request durations in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Descriptions longer than this are cut. UTF-16 units. */
const MAX_DESCRIPTION_LENGTH = 4096;
/** Seconds: whoever scrapes once a minute sees each peak. */
const PEAK_WINDOW = 65;
const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
/** Label names that the formats use themselves, on some series or on all. */
export const RESERVED: readonly string[] = [OVERFLOW_LABEL, 'le'];
const USAGE = "the order is: name, description, { labelNames: ['method'] }";
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
  checkArguments(name, description, options);
  const labelNames = [...(options.labelNames ?? [])];
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

/**
 * For how long peaks are shown. Seconds.
 * @throws TelemetryError `invalid_option`
 */
export function checkedKeepFor(
  { name, type, combine }: FamilyDefinition,
  { collect, keepFor }: GaugeOptions,
): number {
  const mayHave = type === 'gauge' && !!collect && (combine === 'max' || combine === 'min');
  if (keepFor === undefined) return mayHave ? PEAK_WINDOW : 0;
  if (!(Number.isFinite(keepFor) && keepFor >= 0)) {
    throw wrong('invalid_option', keepFor, `is no keepFor of ${name}`, 'give a number of seconds');
  }
  if (keepFor > 0 && !mayHave) {
    const remedy = "it is for gauges with collect that combine by 'max' or 'min'";
    throw wrong('invalid_option', keepFor, `cannot be the keepFor of ${name}`, remedy);
  }
  return keepFor;
}

/**
 * Other clients take one object, or options in the place of the description, or bare lists.
 * @throws TelemetryError which says what was given, and what goes where
 */
function checkArguments(name: unknown, description: unknown, options: GaugeOptions): void {
  if (!isName(name, METRIC_NAME)) {
    const remedy = typeof name === 'string' ? `one matches ${METRIC_NAME.source}` : USAGE;
    throw wrong('invalid_name', name, 'is no metric name', remedy);
  }
  const demand = (what: string, value: unknown, sound: boolean) => {
    if (!sound) throw wrong('invalid_option', value, `is no ${what} of ${name}`, USAGE);
  };
  demand('description', description, typeof (description ?? '') !== 'object');
  demand('object of options', options, isRecord(options));
  demand('unit', options.unit, typeof (options.unit ?? '') === 'string');
  demand('array of labelNames', options.labelNames, Array.isArray(options.labelNames ?? []));
}

function wrong(code: string, given: unknown, what: string, remedy: string): TelemetryError {
  return new TelemetryError(code, `${shown(given)} ${what}; ${remedy}`);
}

const isRecord = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Constant labels as text. */
export function checkedConstants(
  owner: string,
  labels: Readonly<Record<string, LabelValue>>,
  reserved: readonly string[],
): Labels {
  if (!isRecord(labels)) {
    const remedy = "give constants, { region: 'eu' }; labels that vary are labelNames: ['method']";
    throw wrong('invalid_label', labels, `is no object of labels of ${owner}`, remedy);
  }
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

function checkBounds(what: string, ...given: readonly [number, number, number]): void {
  if (given.every(Number.isFinite) && isWhole(given[2])) return;
  const remedy = 'three numbers, the last a count';
  throw wrong('invalid_buckets', given.map(textOf), `is not what ${what}() takes`, remedy);
}

function checkedBuckets(name: string, buckets: readonly number[]): number[] {
  if (!Array.isArray(buckets)) {
    throw wrong('invalid_option', buckets, `is no array of buckets of ${name}`, USAGE);
  }
  const bounds = [...(buckets as readonly number[])];
  if (bounds.at(-1) === Infinity) bounds.pop();
  const rises = (bound: number, i: number) =>
    Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!);
  if (bounds.length === 0 || !bounds.every(rises)) {
    throw new TelemetryError(
      'invalid_buckets',
      `${name}: buckets must be finite and rising, at least one; got [${bounds.map(textOf).join(', ')}]`,
    );
  }
  return bounds;
}

/** `count` bounds, `width` apart, the first at `start`. @throws TelemetryError `invalid_buckets` */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkBounds('linearBuckets', start, width, count);
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * `count` bounds, each `factor` times the one before, the first at `start`.
 * @throws TelemetryError `invalid_buckets`
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkBounds('exponentialBuckets', start, factor, count);
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}
