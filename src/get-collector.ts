import type { TelemetryCollectorOptions } from './collector-options.ts';
import { check, OBJECT, readOption, TEXT } from './options.ts';
import { TelemetryCollector } from './telemetry-collector.ts';

/** All copies of the package in a realm share this symbol. */
const COLLECTORS = Symbol.for('utilityfog-telemetry.collectors');

/**
 * Returns the collector of that name. There is one for the whole realm, even if a bundler has included the
 * package twice, or hot reload runs a module again. The first call makes it, with its options; those of
 * later calls have no effect. Metrics that are registered again are reused unless the options say
 * otherwise. After a shutdown the next call makes another collector.
 *
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { getCollector } from 'utilityfog-telemetry';
 *
 * const collector = getCollector('shop', { onDuplicate: 'reuse' });
 * console.log(getCollector('shop') === collector);
 * // -> true
 * ```
 */
export function getCollector(
  name: string,
  options?: TelemetryCollectorOptions | null,
): TelemetryCollector {
  check('getCollector() name', name, TEXT);
  check('getCollector() options', options ?? {}, OBJECT);
  const realm = globalThis as { [COLLECTORS]?: Map<string, TelemetryCollector> };
  realm[COLLECTORS] ??= new Map();
  const known = realm[COLLECTORS].get(name);
  if (known && !known.isShutDown) return known;
  const made = readOption('getCollector() options', () => {
    const onDuplicate = options?.onDuplicate ?? 'reuse';
    return new TelemetryCollector({ ...options, onDuplicate });
  });
  realm[COLLECTORS].set(name, made);
  return made;
}
