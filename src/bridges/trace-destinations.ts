import type { Rule } from '../options.ts';

/**
 * Which origins get the headers of traces: a list of origins such as `https://api.example.com`, and of patterns that
 * are compared with the origin alone; or a function of the URL, which must return `true` itself.
 */
export type TraceDestinations = readonly (string | RegExp)[] | ((url: URL) => boolean);

/** What the option must be. */
export const TRACE_DESTINATIONS: Rule = [
  (given) =>
    typeof given === 'function' ||
    (Array.isArray(given) && given.every((one) => one instanceof RegExp || originOf(one))),
  'a list of origins such as https://api.example.com, without a path, and of patterns; or a function',
];

/** Returns whether a URL gets the headers of traces. It never throws: where it cannot be said, it does not. */
export function traceDestinations(given: TraceDestinations): (url: URL) => boolean {
  const isMeant = typeof given === 'function' ? given : amongOrigins(given);
  return (url) => {
    try {
      return isMeant(url) === true;
    } catch {
      return false;
    }
  };
}

function amongOrigins(given: readonly (string | RegExp)[]): (url: URL) => boolean {
  const patterns = given.filter((one) => one instanceof RegExp);
  const origins = new Set(given.map(originOf));
  // `search` starts at the beginning also for a pattern that remembers where it has matched.
  return ({ origin }) =>
    origins.has(origin) || patterns.some((pattern) => origin.search(pattern) >= 0);
}

/** Returns the origin that is given as a text; `undefined` if it is none. A path would look as if it counted. */
function originOf(given: unknown): string | undefined {
  try {
    const { origin, href } = new URL(given as string);
    return origin !== 'null' && href === `${origin}/` ? origin : undefined;
  } catch {
    return undefined;
  }
}
