import type { PersistOptions } from './collector/protocol.ts';
import type { LabelValue, LinkKind, Logger } from './model.ts';
import {
  checked,
  FLAG,
  FUNCTION,
  having,
  isWhole,
  OBJECT,
  oneOf,
  type Rule,
  type Rules,
  SECONDS,
  TEXT,
} from './options.ts';
import type { AnyWorker } from './runtime/runtime.ts';

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

export interface ServeOptions {
  /** 0 for any free port. */
  port: number;
  /** 127.0.0.1 unless given: metrics are for those who are meant to see them. */
  host?: string | undefined;
  /** `/metrics` unless given. */
  path?: string | undefined;
  /** What scrapers must send as `Authorization: Bearer …`. */
  bearerToken?: string | undefined;
  /**
   * Without a `bearerToken`: names that scrapers may call this machine by, besides addresses, `localhost`,
   * `host` and the machine's own name. A page elsewhere could else read the metrics (DNS rebinding).
   */
  hosts?: readonly string[] | undefined;
}

export interface HandlerOptions {
  /** Other paths are answered with 404; without it every path is answered. */
  path?: string | undefined;
  bearerToken?: string | undefined;
}

/** What a header can bring: visible ASCII, and spaces within for those who have one. */
const TOKEN: Rule = [
  (value) => typeof value === 'string' && /^[!-~]([ -~]*[!-~])?$/.test(value),
  'visible ASCII without line breaks or spaces around it (of a file: use trim()), or left out to serve everybody',
];
const PATH: Rule = [
  (value) => typeof value === 'string' && /^[!-~]+$/.test(value) && !/[?#]/.test(value),
  'a path such as /metrics',
];

export const ACCESS: Rules<HandlerOptions> = { path: PATH, bearerToken: TOKEN };

const PERSIST: Rules<PersistOptions> = {
  name: [(value) => typeof value === 'string', 'a text', true],
  directory: TEXT,
  maxAge: [(value) => typeof value === 'number' && value > 0, 'a positive number of seconds'],
  storage: having('open', 'put'),
};

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
