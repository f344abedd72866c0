import { DEFAULT_BUCKETS } from '../../kinds/histogram/bounds.ts';
import { checkedNative, type NativeOptions } from '../../kinds/native/options.ts';
import type { AnyMetric, TelemetryCollector } from '../../telemetry-collector.ts';
import { HistogramFamily } from './histogram-family.ts';
import { NativeFamily } from './native-family.ts';
import { CounterFamily, GaugeFamily } from './number-families.ts';
import { type SeriesBudget, SeriesTable } from './series-table.ts';

/** A family that pages may write, as the collector is to have it. */
export interface RelayFamily {
  /** The name of the family, as pages register it. */
  readonly name: string;
  /** The type of the family. What pages send of another type is refused. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The help text. */
  readonly description?: string | undefined;
  /** The unit of the values, e.g. `seconds`. */
  readonly unit?: string | undefined;
  /**
   * The labels that pages may set.
   * @defaultValue none
   */
  readonly labelNames?: readonly string[] | undefined;
  /** The bounds of a histogram, which must be those of the pages. */
  readonly buckets?: readonly number[] | undefined;
  /**
   * Whether a histogram has native buckets, which OpenTelemetry calls exponential, and how. Those of the pages may be
   * finer. With `resolutionReduction: false` what would make all buckets wider is refused.
   */
  readonly native?: boolean | NativeOptions | undefined;
  /**
   * After how many seconds a series goes that no page has sent.
   * @defaultValue 300 for a gauge, never for others
   */
  readonly expireAfter?: number | undefined;
}

export type Relayed = CounterFamily | GaugeFamily | HistogramFamily | NativeFamily;

/** What holds for all families of a relay. */
interface Limits {
  readonly budget: SeriesBudget;
  /** How much a point may add. */
  readonly most: number;
  /** How many seconds a series stays that no page sends, unless its family says something else. */
  readonly expireAfter: number;
}

interface Made {
  readonly family: Relayed;
  readonly metric: AnyMetric;
}

/** Seconds. */
const GAUGES_EXPIRE_AFTER = 300;

/**
 * Registers a family with the collector.
 * @throws TelemetryError if the definition is not sound, or the name is taken
 */
export function registerFamily(
  collector: TelemetryCollector,
  definition: RelayFamily,
  { budget, most, expireAfter: usually }: Limits,
): Made {
  const { name, type, description = 'Sent by pages', unit, labelNames = [] } = definition;
  const usual = type === 'gauge' ? GAUGES_EXPIRE_AFTER : usually;
  const { expireAfter = usual } = definition;
  const options = { labelNames: [...labelNames], unit, expireAfter };
  const table = () => new SeriesTable(labelNames, budget, expireAfter, (labels) => labels);
  if (type === 'counter') {
    const counter = collector.registerCounter<string>(name, description, options);
    return { family: new CounterFamily(counter, table(), most), metric: counter };
  }
  if (type === 'gauge') {
    const last = { ...options, combine: 'last' } as const;
    const gauge = collector.registerGauge<string>(name, description, last);
    return { family: new GaugeFamily(gauge, table()), metric: gauge };
  }
  const { native } = definition;
  const buckets = native ? undefined : boundsOf(definition);
  const collect = () => family.collect() as never;
  const collected = { ...options, buckets, native, collect };
  const metric = collector.registerHistogram<string>(name, description, collected) as AnyMetric;
  const rest = [labelNames, budget, expireAfter, most] as const;
  const family = native
    ? new NativeFamily(checkedNative(name, native), ...rest)
    : new HistogramFamily(boundsOf(definition), ...rest);
  return { family, metric };
}

/** Returns a text that tells whether two definitions can be the same family. */
export function formOf(definition: RelayFamily): string {
  const { type, name, labelNames = [], native } = definition;
  if (type !== 'histogram') return JSON.stringify([type, labelNames]);
  const buckets = native ? checkedNative(name, native) : boundsOf(definition);
  return JSON.stringify([type, labelNames, buckets]);
}

const boundsOf = ({ buckets = DEFAULT_BUCKETS }: RelayFamily) =>
  buckets.filter((bound) => bound !== Infinity);
