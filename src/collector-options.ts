import type { AnyWorker } from './links/link-runtime.ts';
import type { LabelValue, LinkKind, Logger } from './model.ts';
import {
  checked,
  FLAG,
  FUNCTION,
  having,
  isWhole,
  OBJECT,
  oneOf,
  type Rules,
  SECONDS,
  TEXT,
} from './options.ts';
import type { PersistOptions } from './protocol/config.ts';
import type { Feature } from './protocol/feature.ts';

export interface TelemetryCollectorOptions {
  /** Seconds between collection runs; 30 unless given. */
  collectionInterval?: number | undefined;
  /**
   * Seconds for which a reading waits for `collect` callbacks, and at most: 5 unless given, or as long
   * as a scraper says that it waits. Exports and `flush()` wait twice as long.
   */
  collectTimeout?: number | undefined;
  /** `auto`: the fastest that the place allows. */
  link?: 'auto' | LinkKind | undefined;
  /** Starts the worker, for bundlers and policies that need the application to do it. */
  worker?: (() => AnyWorker) | undefined;
  /** Constant labels on every series. */
  labels?: Readonly<Record<string, LabelValue>> | undefined;
  /** Newest events that are kept; 1000 unless given. */
  eventLimit?: number | undefined;
  /** Series per metric family; 2000 unless given. What is beyond goes to the overflow series. */
  seriesLimit?: number | undefined;
  /** Keeps totals and events over a restart or reload; without it nothing is written. */
  persist?: PersistOptions | undefined;
  /** Features, each with a part that runs beside the collector. A thread that joins uses none. */
  use?: readonly Feature[] | undefined;
  /** `reuse` returns the metric that is registered if the definition is the same: hot reload. */
  onDuplicate?: 'throw' | 'reuse' | undefined;
  /**
   * Throws `RangeError` for recordings that otherwise are refused, counted and logged, and lets
   * `flush()` reject when it has not reached all.
   */
  strict?: boolean | undefined;
  /** Takes warnings and errors; the console unless given. */
  logger?: Logger | undefined;
}

const PERSIST: Rules<PersistOptions> = {
  name: [(value) => typeof value === 'string', 'a text', true],
  directory: TEXT,
  maxAge: [(value) => typeof value === 'number' && value > 0, 'a positive number of seconds'],
  storage: having('open', 'put'),
};

const isFeature = ({ name, code, api }: Feature): boolean =>
  typeof name === 'string' &&
  /^[\w-]{1,64}$/.test(name) &&
  [code.module, api].every((method) => FUNCTION[0](method));
const areFeatures = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(isFeature) &&
  new Set(value.map(({ name }) => name)).size === value.length;

const COLLECTOR: Rules<TelemetryCollectorOptions> = {
  collectionInterval: SECONDS,
  collectTimeout: [
    (value) => typeof value === 'number' && value > 0 && value <= 3600,
    'a number of seconds above 0 and not above 3600',
  ],
  link: oneOf('auto', 'shared', 'message', 'inline'),
  worker: FUNCTION,
  labels: OBJECT,
  eventLimit: [isWhole, 'a whole number'],
  seriesLimit: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
  persist: OBJECT,
  use: [areFeatures, 'a list of features, each with a name of its own'],
  onDuplicate: oneOf('throw', 'reuse'),
  strict: FLAG,
  logger: having('warn'),
};

/** @throws TelemetryError `invalid_option` */
export function checkedCollectorOptions(
  options: TelemetryCollectorOptions | null | undefined,
  warn: (message: string) => void,
): TelemetryCollectorOptions {
  const what = 'new TelemetryCollector()';
  const taken = checked(what, options, COLLECTOR, warn);
  if (taken.persist) taken.persist = checked(`${what} persist`, taken.persist, PERSIST, warn);
  return taken;
}
