/** What OpenTelemetry's conventions for HTTP say: https://opentelemetry.io/docs/specs/semconv/http/ */

import { isError } from '../platform/realm.ts';

/** The buckets that they recommend for the duration of requests. Seconds. */
export const DURATION_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** The methods that become label values. Anything else must not (RFC 9110, RFC 5789, QUERY). */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY)$/;

/** What stands for all other methods and errors. */
export const OTHER = '_OTHER';

/** Returns a method of HTTP as a label has it. */
export function knownMethod(method: string | undefined): string {
  return METHODS.test(method ?? '') ? method! : OTHER;
}

/** So many kinds of error are told apart by a metric. Classes are few, but an application may make up names as it goes. */
const MOST_ERRORS = 20;

/** Whether a set has the value, or still takes it. */
export function among(known: Set<string>, value: string, most = MOST_ERRORS): boolean {
  return known.has(value) || (known.size < most && !!known.add(value));
}

/** One parameter of a query: what is before its name, the name, the value. Safari 16.3 knows no lookbehind. */
const PARAMETER = /([?&])([^?&=#]*)=([^&#]*)/g;

/**
 * Names of parameters whose values are secrets, by which anybody could ask for the same: those of the conventions, those
 * of AWS's and Google's signed URLs, and those by which OAuth 2.0 and many services take credentials.
 */
const SECRET =
  /^(AWSAccessKeyId|sig|signature|x-(goog|amz)-(signature|credential|security-token)|((access|refresh|id|auth)_?)?token|(client_?)?secret|api_?key|password|passwd|pwd)$/i;

/** Returns a query, with its question mark, as a span may have it. */
export function redactedQuery(search: string): string {
  return search.replace(PARAMETER, (whole, before: string, name: string) =>
    isSecret(name) ? `${before}${name}=REDACTED` : whole,
  );
}

/** Whoever reads a query decodes the names in it. */
function isSecret(name: string): boolean {
  try {
    return SECRET.test(decodeURIComponent(name));
  } catch {
    return SECRET.test(name); // it is not encoded as it must be
  }
}

/** Returns a URL as a span may have it: without a name, a password and a fragment, and without secrets in its query. */
export function redactedUrl({ protocol, host, pathname, search }: URL): string {
  // `data:` and the like have no host.
  return `${protocol}${host && '//'}${host}${pathname}${redactedQuery(search)}`;
}

/** Returns `error.type` of what was thrown. Never throws. */
export function errorName(error: unknown): string {
  try {
    return isError(error) ? String(error.name).slice(0, 100) || 'Error' : typeof error;
  } catch {
    return 'Error'; // a getter of the application has thrown
  }
}
