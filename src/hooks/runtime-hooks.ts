import { instrumentRuntime } from '#runtime-metrics';
import type { RuntimeGroup } from '../model.ts';
import { COLLECTOR, check, type Rule, type Rules } from '../options.ts';
import { outsideZones } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { once } from './event-hook-fields.ts';

/** The options of `setupRuntimeHooks()`. */
export interface RuntimeHooksOptions {
  /**
   * The groups of metrics that are wanted. Groups that the runtime lacks are left out.
   * @defaultValue all
   */
  readonly only?: readonly RuntimeGroup[] | undefined;
  /** The beginning of each name, e.g. `shop_`. */
  readonly prefix?: string | undefined;
}

const GROUPS: readonly RuntimeGroup[] = [
  'process',
  'memory',
  'files',
  'resources',
  'eventLoop',
  'garbageCollection',
  'version',
  'frames',
  'longTasks',
  'pageLoad',
];

export const PREFIX: Rule = [
  (value) => typeof value === 'string' && /^([a-zA-Z_:][\w:]*)?$/.test(value),
  'the beginning of a metric name, such as "shop_"',
];

const RULES: Rules<RuntimeHooksOptions> = {
  only: [
    (value) => Array.isArray(value) && value.every((group) => GROUPS.includes(group)),
    `a list of ${GROUPS.join(', ')}`,
  ],
  prefix: PREFIX,
};

/** The name under which a collector notes that a group is set up. */
export const runtimeHook = (prefix: string, group: RuntimeGroup): string =>
  `runtime ${prefix} ${group}`;

/**
 * Registers the metrics of the runtime. In Node, Deno and Bun those are the `process_*` and `nodejs_*`
 * metrics that existing Grafana dashboards expect, as far as the runtime has them. In browsers they are
 * frame durations, long tasks, page load, and memory where the browser shows it. Each group is set up once
 * for each prefix: a second call adds the groups that are not there yet.
 *
 * A thread that joined can call this, too. It adds its own heap, event loop and collections to those of the
 * others. What belongs to the process counts once, and the collector's owner counts the CPU time.
 *
 * @returns in browsers a promise, since the metrics are loaded first: it resolves when they are registered
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { formatPrometheus, setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * await setupRuntimeHooks(collector);
 * console.log((await formatPrometheus(collector)).includes('process_resident_memory_bytes'));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export function setupRuntimeHooks(
  collector: TelemetryCollector,
  options?: RuntimeHooksOptions | null,
): Promise<void> | void {
  const what = 'setupRuntimeHooks()';
  check(`${what} collector`, collector, COLLECTOR);
  const { only = GROUPS, prefix = '' } = collector.checked(what, options, RULES);
  let result: ReturnType<typeof instrumentRuntime> | undefined;
  const groups = GROUPS.filter((group) => only.includes(group));
  for (const group of groups) {
    const made = once(collector, runtimeHook(prefix, group), () =>
      outsideZones(() => instrumentRuntime(collector, group, prefix)),
    );
    // One file has all groups: once it is loaded for one, it is there for each.
    result = made ?? result;
  }
  return result;
}
