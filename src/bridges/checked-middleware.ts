import type { Rule, Rules } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

const given: Rule = [() => true, ''];
const tracing: Rule = [
  (value) => typeof (value as { server?: unknown } | null)?.server === 'function',
  'what requestTracing() of utilityfog-telemetry/opentelemetry returns',
];
/** What the options of a middleware must be, besides its collector. */
export const TRACING = { tracing };
/** The same for one that may be told routes. A spread would stay in bundles that do not need it. */
export const ROUTE = {
  tracing,
  route: [(value) => typeof value === 'function', 'a function'] as Rule,
};

/**
 * Checks the options of a middleware. The check itself belongs to the collector that is one of them.
 * @param rules for the options other than the collector
 */
export function checkedMiddleware<O extends { readonly collector: TelemetryCollector }>(
  what: string,
  options: O,
  rules: object,
): O {
  let collector: TelemetryCollector | undefined;
  let register: unknown;
  try {
    ({ collector } = options);
    register = collector.registerCounter;
  } catch {}
  if (typeof register !== 'function') {
    const message = `${what}: collector must be a TelemetryCollector; got ${typeof collector}`;
    // This file knows only types of the package, so it cannot use the error's class.
    throw Object.assign(new Error(message), { name: 'TelemetryError', code: 'invalid_option' });
  }
  // The collector may come from an earlier version of the package.
  return collector!.checked?.(what, options, { collector: given, ...rules } as Rules<O>) ?? options;
}
