/**
 * The metrics of Node, Deno and Bun. They have the names that prom-client gave them and that the Grafana
 * dashboards for Node.js query.
 */

import type { IntervalHistogram } from 'node:perf_hooks';
import type { RuntimeGroup } from '../model.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { currentTime, monotonic, nextTurn } from '../platform/timers.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { recentDelays } from './event-loop-lag.ts';
import type { StartPageMetrics } from './page.ts';
import { instrumentFiles, instrumentProcessMemory } from './proc-metrics.ts';

const GC_KINDS: Record<number, string> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

/** What a group needs to register its families, whose names get the prefix. */
interface Group {
  readonly collector: TelemetryCollector;
  readonly prefix: string;
}

const GROUPS: Partial<Record<RuntimeGroup, (group: Group) => void>> = {
  process: instrumentProcess,
  memory: instrumentMemory,
  files: instrumentFiles,
  resources: instrumentResources,
  eventLoop: instrumentEventLoop,
  garbageCollection: instrumentGarbageCollection,
  version: instrumentVersion,
};

/** There is no page in a server, even if it renders some. */
export const startPageMetrics: StartPageMetrics | undefined = undefined;

export function instrumentRuntime(
  collector: TelemetryCollector,
  group: RuntimeGroup,
  prefix: string,
): void {
  GROUPS[group]?.({ collector, prefix });
}

function instrumentVersion({ collector, prefix }: Group): void {
  const version = process.version;
  const [major = '', minor = '', patch = ''] = version.slice(1).split('.');
  collector.registerGauge(`${prefix}nodejs_version_info`, 'Node.js version info.', {
    labelNames: ['version', 'major', 'minor', 'patch'],
    combine: 'max',
    // It is set at every reading, since it must not stay 0 after a reset.
    collect: (info) => info.set(1, { version, major, minor, patch }),
  });
}

function instrumentProcess({ collector, prefix }: Group): void {
  const start = currentTime() / 1000 - process.uptime();
  collector.registerGauge(
    `${prefix}process_start_time_seconds`,
    'Start time of the process since unix epoch in seconds.',
    // It is the same in every thread.
    { unit: 'seconds', combine: 'min', collect: () => start },
  );
  // Counts of all threads are added up, and stay when a thread has gone. So only one thread can count for
  // the process.
  if (collector.hasJoined) return;
  const usage = onceATurn(() => process.cpuUsage());
  const counter = (name: string, description: string, kinds: readonly ('user' | 'system')[]) => {
    const last = { user: 0, system: 0 };
    const options = {
      unit: 'seconds',
      collect(total: ReturnType<TelemetryCollector['registerCounter']>) {
        const now = usage();
        for (const kind of kinds) {
          // In some containers this value goes back now and then. What was counted once is not counted
          // again.
          if (!(now[kind] > last[kind])) continue;
          total.increment((now[kind] - last[kind]) / 1e6);
          last[kind] = now[kind];
        }
      },
    };
    collector.registerCounter(`${prefix}process_cpu_${name}`, description, options);
  };
  counter('user_seconds_total', 'Total user CPU time spent in seconds.', ['user']);
  counter('system_seconds_total', 'Total system CPU time spent in seconds.', ['system']);
  counter('seconds_total', 'Total user and system CPU time spent in seconds.', ['user', 'system']);
}

function instrumentMemory({ collector, prefix }: Group): void {
  const usage = onceATurn(() => process.memoryUsage());
  collector.registerGauge(
    `${prefix}process_resident_memory_bytes`,
    'Resident memory size in bytes.',
    { unit: 'bytes', combine: 'last', collect: () => usage().rss },
  );
  instrumentProcessMemory(collector, prefix);
  const gauge = (name: string, description: string, collect: () => number) =>
    collector.registerGauge(`${prefix}nodejs_${name}`, description, { unit: 'bytes', collect });
  gauge(
    'heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
    () => usage().heapTotal,
  );
  gauge(
    'heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
    () => usage().heapUsed,
  );
  gauge('external_memory_bytes', 'Node.js external memory size in bytes.', () => usage().external);
  const v8 = nodeBuiltin('node:v8');
  if (typeof v8?.getHeapSpaceStatistics !== 'function') return;
  const spaces = onceATurn(() => v8.getHeapSpaceStatistics());
  const fields = {
    total: 'space_size',
    used: 'space_used_size',
    available: 'space_available_size',
  } as const;
  for (const [what, field] of Object.entries(fields)) {
    collector.registerGauge(
      `${prefix}nodejs_heap_space_size_${what}_bytes`,
      `Process heap space size ${what} from Node.js in bytes.`,
      {
        labelNames: ['space'],
        unit: 'bytes',
        collect(gauge) {
          for (const space of spaces()) {
            gauge.set(space[field], { space: space.space_name.replace('_space', '') });
          }
        },
      },
    );
  }
}

/** Undocumented, but the handles and requests of Node's dashboards come from these. */
interface NodeInternals {
  readonly _getActiveHandles?: () => readonly object[];
  readonly _getActiveRequests?: () => readonly object[];
}

function instrumentResources(group: Group): void {
  const { _getActiveHandles: handles, _getActiveRequests: requests } = process as NodeInternals;
  const kind = (thing: object) => thing?.constructor?.name ?? 'unknown';
  if (typeof process.getActiveResourcesInfo === 'function') {
    const what = 'resources that are currently keeping the event loop alive';
    countByType(group, 'resources', what, () => process.getActiveResourcesInfo());
  }
  if (typeof handles === 'function') {
    const active = () => handles.call(process).map(kind);
    countByType(group, 'handles', 'libuv handles, each a resource that is open', active);
  }
  if (typeof requests === 'function') {
    const active = () => requests.call(process).map(kind);
    countByType(group, 'requests', 'libuv requests, each an operation under way', active);
  }
}

function countByType(
  { collector, prefix }: Group,
  name: string,
  what: string,
  types: () => readonly string[],
): void {
  const active = onceATurn(types);
  collector.registerGauge(`${prefix}nodejs_active_${name}_total`, `Total number of ${what}.`, {
    collect: () => active().length,
  });
  let before = new Map<string, number>();
  collector.registerGauge(`${prefix}nodejs_active_${name}`, `Number of ${what}, by type.`, {
    labelNames: ['type'],
    collect(gauge) {
      const counts = new Map<string, number>();
      for (const type of active()) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const [type, count] of counts) gauge.set(count, { type });
      for (const type of before.keys()) if (!counts.has(type)) gauge.remove({ type });
      before = counts;
    },
  });
}

function instrumentEventLoop({ collector, prefix }: Group): void {
  // Measured as prom-client does: how long the loop takes to come round to what was asked of it.
  collector.registerGauge(
    `${prefix}nodejs_eventloop_lag_seconds`,
    'Lag of event loop in seconds.',
    {
      unit: 'seconds',
      combine: 'max',
      keepFor: 0,
      async collect() {
        const asked = monotonic();
        await nextTurn();
        return monotonic() - asked;
      },
    },
  );
  const monitor = nodeBuiltin('node:perf_hooks')?.monitorEventLoopDelay;
  if (typeof monitor !== 'function') return;
  const delays = onceATurn(recentDelays(() => monitor({ resolution: 10 })));
  const seconds = (nanoseconds: number) =>
    Number.isFinite(nanoseconds) && nanoseconds < 2 ** 53 ? nanoseconds / 1e9 : 0;
  const gauge = (suffix: string, what: string, read: (of: IntervalHistogram) => number) =>
    collector.registerGauge(
      `${prefix}nodejs_eventloop_lag_${suffix}_seconds`,
      `${what} of the event loop delay in seconds over the last one to two minutes.`,
      {
        unit: 'seconds',
        combine: suffix === 'min' ? 'min' : 'max',
        // The monitors have a window of their own.
        keepFor: 0,
        collect: () => seconds(read(delays())),
      },
    );
  gauge('min', 'The minimum', ({ min }) => min);
  gauge('max', 'The maximum', ({ max }) => max);
  gauge('mean', 'The mean', ({ mean }) => mean);
  gauge('stddev', 'The standard deviation', ({ stddev }) => stddev);
  for (const percent of [50, 90, 99]) {
    gauge(`p${percent}`, `The ${percent}th percentile`, (of) => of.percentile(percent));
  }
}

interface GcDetail {
  readonly kind?: number | undefined;
}

function instrumentGarbageCollection({ collector, prefix }: Group): void {
  if (typeof PerformanceObserver !== 'function') return;
  if (!PerformanceObserver.supportedEntryTypes?.includes('gc')) return;
  const duration = collector.registerHistogram(
    `${prefix}nodejs_gc_duration_seconds`,
    'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    { labelNames: ['kind'], unit: 'seconds', buckets: GC_BUCKETS },
  );
  const observer = new PerformanceObserver((list) => {
    // What the application has unregistered is not recorded any more.
    if ((collector.getMetric(duration.name) as unknown) !== duration) {
      observer.disconnect();
      return;
    }
    for (const entry of list.getEntries() as (PerformanceEntry & { detail?: GcDetail })[]) {
      const { kind } = entry.detail ?? {};
      duration.observe(entry.duration / 1000, { kind: GC_KINDS[kind ?? 0] ?? 'unknown' });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

/**
 * Reads something once for all gauges of a reading that show parts of it. Their callbacks are called in one
 * turn.
 */
function onceATurn<T>(read: () => T): () => T {
  let last: { readonly value: T } | undefined;
  return () => {
    if (!last) {
      last = { value: read() };
      void Promise.resolve().then(() => {
        last = undefined;
      });
    }
    return last.value;
  };
}
