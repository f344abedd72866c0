import { TelemetryError, textOf } from '../model.ts';

/**
 * Which origins get the headers of traces: a list of origins such as `https://api.example.com`, and of patterns that
 * are compared with the origin alone; or a function of the URL, which must return `true` itself.
 */
export type TraceDestinations = readonly (string | RegExp)[] | ((url: URL) => boolean);

/**
 * Returns whether a URL gets the headers of traces. It never throws: where it cannot be said, it does not.
 * @param what names the option in errors
 * @throws TelemetryError `invalid_option`
 */
export function traceDestinations(what: string, given: TraceDestinations): (url: URL) => boolean {
  const isMeant = typeof given === 'function' ? given : amongOrigins(what, given);
  return (url) => {
    try {
      return isMeant(url) === true;
    } catch {
      return false;
    }
  };
}

function amongOrigins(what: string, given: readonly (string | RegExp)[]) {
  if (!Array.isArray(given)) fail(what, given);
  const origins = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of given as readonly (string | RegExp)[]) {
    if (one instanceof RegExp) patterns.push(one);
    else origins.add(originOf(what, one));
  }
  // `search` starts at the beginning also for a pattern that remembers where it has matched.
  return ({ origin }: URL) =>
    origins.has(origin) || patterns.some((pattern) => origin.search(pattern) >= 0);
}

function originOf(what: string, given: unknown): string {
  try {
    const { origin, href } = new URL(given as string);
    // A path would look as if it counted.
    if (origin !== 'null' && href === `${origin}/`) return origin;
  } catch {}
  return fail(what, given);
}

function fail(what: string, given: unknown): never {
  const message = `${what} must be a list of origins and patterns, or a function; got "${textOf(given).slice(0, 80)}"`;
  throw new TelemetryError('invalid_option', message);
}
