/** What OpenTelemetry's conventions for HTTP say: https://opentelemetry.io/docs/specs/semconv/http/ */

import { isError } from '../platform/realm.ts';

/** The buckets that they recommend for the duration of requests. Seconds. */
export const DURATION_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** The methods that become label values. Anything else must not (RFC 9110, RFC 5789, QUERY). */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY)$/;

/** Returns a method of HTTP as a label has it. */
export function knownMethod(method: string | undefined): string {
  return METHODS.test(method ?? '') ? method! : '_OTHER';
}

/** Names in a query whose values are secrets, by which anybody could ask for the same. */
const SECRETS = /([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature)=)[^&#]*/g;

/** Returns a query, with its question mark, as a span may have it. */
export function redactedQuery(search: string): string {
  return search.replace(SECRETS, '$1REDACTED');
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
