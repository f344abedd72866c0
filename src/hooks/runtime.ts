import { instrumentRuntime } from '#runtime-metrics';
import type { RuntimeGroup } from '../model.ts';
import { COLLECTOR, check, type Rules } from '../options.ts';
import { outsideZones } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { once } from './system-hooks.ts';

export interface RuntimeHooksOptions {
  /** The groups of metrics that are wanted; all unless given. What the runtime has not is left out. */
  readonly only?: readonly RuntimeGroup[] | undefined;
  /** Stands before each name, e.g. `shop_`. */
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

const RULES: Rules<RuntimeHooksOptions> = {
  only: [
    (value) => Array.isArray(value) && value.every((group) => GROUPS.includes(group)),
    `a list of ${GROUPS.join(', ')}`,
  ],
  prefix: [
    (value) => typeof value === 'string' && /^([a-zA-Z_:][\w:]*)?$/.test(value),
    'the beginning of a metric name, such as "shop_"',
  ],
};

/**
 * Registers what the runtime can tell of itself: in Node, Deno and Bun the `process_*` and
 * `nodejs_*` metrics that existing Grafana dashboards expect, as far as there are any; in browsers
 * frame durations, long tasks, page load and memory where offered. Each group is set up once for a
 * prefix: a second call adds what it asks for and is not there yet.
 *
 * Also for a thread that joined: it adds its own heap, event loop and collections to those of the
 * others. What belongs to the process counts once, and CPU time is counted by the collector's owner.
 *
 * @returns in browsers, where they are loaded first, a promise of the metrics being registered
 * @throws TelemetryError `invalid_option`
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
    const made = once(collector, `runtime ${prefix} ${group}`, () =>
      outsideZones(() => instrumentRuntime(collector, group, prefix)),
    );
    // One file has all of them: once it is there for one, it is for each.
    result = made ?? result;
  }
  return result;
}
