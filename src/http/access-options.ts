import { FLAG, isWhole, type Rule, type Rules, TEXT } from '../options.ts';

/** The options of `serve()`. */
export interface ServeOptions {
  /** The port to listen on; 0 means any free port. */
  port: number;
  /**
   * The address to listen on. Metrics are for those who are meant to see them.
   * @defaultValue 127.0.0.1
   */
  host?: string | undefined;
  /**
   * The path of the metrics.
   * @defaultValue `/metrics`
   */
  path?: string | undefined;
  /** The token that scrapers must send, as `Authorization: Bearer …`. */
  bearerToken?: string | undefined;
  /** The name and password that scrapers may send instead, as `Authorization: Basic …`. */
  basicAuth?: BasicAuth | undefined;
  /**
   * How many scrapes may be under way at a time, 512 at most. The rest are answered with 503, and may ask again
   * after a second.
   * @defaultValue 512
   */
  maxScrapes?: number | undefined;
  /**
   * Whether answers in OpenMetrics say since when each series counts, in samples that end in `_created`. Servers
   * store each as a series of its own.
   * @defaultValue `true`
   */
  createdSamples?: boolean | undefined;
  /**
   * The names that scrapers may call this machine by, where nothing else keeps others out. Addresses,
   * `localhost`, `host` and the machine's own name are always allowed. Without this check a page of another
   * site could read the metrics (DNS rebinding).
   */
  hosts?: readonly string[] | undefined;
  /**
   * Whether Prometheus' HTTP API is served, too, at `/api/v1/`. It needs `use: [history(), promql()]`, and is for
   * the same clients as the metrics.
   * @defaultValue `false`
   */
  api?: boolean | undefined;
  /**
   * Whether the process stays open for scrapes until `close()` or `shutdown()`; unless given, it does not. It
   * is for programs that do nothing else. A signal and `process.exit()` end such a process as any other.
   */
  keepAlive?: boolean | undefined;
}

/** The name and password of `Authorization: Basic …`. */
export interface BasicAuth {
  /** The name; it must not have a colon. */
  readonly username: string;
  /** The password. */
  readonly password: string;
}

/** The options of `handler()`. */
export interface HandlerOptions {
  /** The path of the metrics. Other paths are answered with 404; without it every path gets the metrics. */
  path?: string | undefined;
  /** See `ServeOptions`. */
  bearerToken?: string | undefined;
  /** See `ServeOptions`. */
  basicAuth?: BasicAuth | undefined;
  /** See `ServeOptions`. */
  maxScrapes?: number | undefined;
  /** See `ServeOptions`. */
  createdSamples?: boolean | undefined;
  /** See `ServeOptions`. The paths must be those of the request: `/api/v1/query` and so on. */
  api?: boolean | undefined;
}

/** A header can carry visible ASCII, with spaces inside but not around it. */
const TOKEN: Rule = [
  (value) => typeof value === 'string' && /^[!-~]([ -~]*[!-~])?$/.test(value),
  'visible ASCII without line breaks or spaces around it (of a file: use trim()), or left out to serve everybody',
];
const PATH: Rule = [
  (value) => typeof value === 'string' && /^[!-~]+$/.test(value) && !/[?#]/.test(value),
  'a path such as /metrics',
];

const BASIC: Rule = [
  (value) => {
    const { username, password } = value as Partial<BasicAuth>;
    return TEXT[0](username) && TEXT[0](password);
  },
  'an object with username and password',
];

export const ACCESS: Rules<HandlerOptions> = {
  path: PATH,
  bearerToken: TOKEN,
  basicAuth: BASIC,
  maxScrapes: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
  createdSamples: FLAG,
  api: FLAG,
};
