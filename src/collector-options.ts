import { EXPIRE_AFTER } from './kinds/definition.ts';
import type { AnyWorker } from './links/link-runtime.ts';
import type { LabelValue, LinkKind, Logger } from './model.ts';
import {
  checked,
  FLAG,
  FUNCTION,
  isWhole,
  OBJECT,
  oneOf,
  type Rules,
  SECONDS,
  TEXT,
  withMethods,
} from './options.ts';
import type { PersistOptions } from './protocol/config.ts';
import type { Feature } from './protocol/feature.ts';

/** The options of `new TelemetryCollector()`. All of them may be left out. */
export interface TelemetryCollectorOptions {
  /**
   * How many seconds lie between collection runs.
   * @defaultValue 30
   */
  collectionInterval?: number | undefined;
  /**
   * How many seconds, at most, a reading waits for `collect` callbacks. A scraper that says how long it waits is
   * taken at its word. Exports and `flush()` wait twice as long.
   * @defaultValue 5
   */
  collectTimeout?: number | undefined;
  /**
   * How this thread and the collector are connected; `auto` is the fastest link that the place allows.
   * @defaultValue `auto`
   */
  link?: 'auto' | LinkKind | undefined;
  /** Starts the worker. It is for bundlers and policies that need the application to do this. */
  worker?: (() => AnyWorker) | undefined;
  /** Constant labels on every series. */
  labels?: Readonly<Record<string, LabelValue>> | undefined;
  /**
   * How many of the newest events are kept.
   * @defaultValue 1000
   */
  eventLimit?: number | undefined;
  /**
   * How many series a metric family may have. Further ones go to the overflow series.
   * @defaultValue 2000
   */
  seriesLimit?: number | undefined;
  /**
   * A series that no thread has recorded for so many seconds goes, in every thread, and starts anew when it is
   * recorded again. Metrics may say otherwise. Unless given, all series stay.
   */
  expireAfter?: number | undefined;
  /**
   * Which names metrics and labels may have. `legacy` allows what every version of Prometheus takes. `utf8` allows
   * any text of 1 to 1024 characters, as Prometheus 3 does. Readers that cannot take such a name get it escaped,
   * so two names that may be written the same are refused. The rule of the collector also holds for other threads,
   * for features, and for what earlier processes have left.
   * @defaultValue `legacy`
   */
  names?: 'legacy' | 'utf8' | undefined;
  /** Keeps totals and events over a restart or reload; without it nothing is written. */
  persist?: PersistOptions | undefined;
  /** Features, each with a part that runs beside the collector. A thread that joins cannot use any. */
  use?: readonly Feature[] | undefined;
  /**
   * What happens if a name is registered again with the same definition. `reuse` returns the metric that is there,
   * which hot reload needs.
   * @defaultValue `throw`
   */
  onDuplicate?: 'throw' | 'reuse' | undefined;
  /**
   * Whether a bad recording throws `RangeError`; otherwise it is refused, counted and logged. It also makes
   * `flush()` reject if it has not done everything.
   * @defaultValue `false`
   */
  strict?: boolean | undefined;
  /**
   * Gets warnings and errors.
   * @defaultValue the console
   */
  logger?: Logger | undefined;
}

const PERSIST: Rules<PersistOptions> = {
  name: [(value) => typeof value === 'string', 'a text', true],
  directory: TEXT,
  maxAge: [(value) => typeof value === 'number' && value > 0, 'a positive number of seconds'],
  storage: withMethods('open', 'put'),
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
  expireAfter: EXPIRE_AFTER,
  names: oneOf('legacy', 'utf8'),
  persist: OBJECT,
  use: [areFeatures, 'a list of features, each with a name of its own'],
  onDuplicate: oneOf('throw', 'reuse'),
  strict: FLAG,
  logger: withMethods('warn'),
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
