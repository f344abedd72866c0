import type { Rule, Rules } from '../options.ts';

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
