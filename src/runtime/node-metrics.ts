/**
 * What Node, Deno and Bun tell of their process, under the names that prom-client gave them and
 * that the Grafana dashboards for Node.js query.
 */
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { nodeBuiltin } from './node-builtin.ts';
import { instrumentProcFiles } from './proc-metrics.ts';

const GC_KINDS: Record<number, string> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

export function instrumentNode(collector: TelemetryCollector): void {
  instrumentCpu(collector);
  instrumentMemory(collector);
  instrumentResources(collector);
  instrumentProcFiles(collector);
  instrumentEventLoop(collector);
  instrumentGarbageCollection(collector);
  const version = process.version;
  const [major, minor, patch] = version.slice(1).split('.');
  collector.registerGauge('nodejs_version_info', 'Node.js version info.', {
    labelNames: ['version', 'major', 'minor', 'patch'],
    combine: 'max',
    // Again and again: it must not stay 0 after a reset.
    collect: (info) => info.set(1, { version, major, minor, patch }),
  });
}

function instrumentCpu(collector: TelemetryCollector): void {
  const counter = (name: string, description: string) =>
    collector.registerCounter(name, description, { unit: 'seconds' });
  const user = counter('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.');
  const system = counter(
    'process_cpu_system_seconds_total',
    'Total system CPU time spent in seconds.',
  );
  const total = counter(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
  );
  let last = { user: 0, system: 0 };
  const start = Date.now() / 1000 - process.uptime();
  collector.registerGauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    {
      unit: 'seconds',
      // Counters have no callback of their own: they are brought up to date along with this one.
      collect() {
        const now = process.cpuUsage();
        const userSeconds = (now.user - last.user) / 1e6;
        const systemSeconds = (now.system - last.system) / 1e6;
        last = now;
        user.increment(userSeconds);
        system.increment(systemSeconds);
        total.increment(userSeconds + systemSeconds);
        return start;
      },
    },
  );
}

function instrumentMemory(collector: TelemetryCollector): void {
  const gauge = (name: string, description: string) =>
    collector.registerGauge(name, description, { unit: 'bytes' });
  const heapTotal = gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
  );
  const heapUsed = gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
  );
  const external = gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.');
  collector.registerGauge('process_resident_memory_bytes', 'Resident memory size in bytes.', {
    unit: 'bytes',
    collect() {
      const usage = process.memoryUsage();
      heapTotal.set(usage.heapTotal);
      heapUsed.set(usage.heapUsed);
      external.set(usage.external);
      return usage.rss;
    },
  });
  const v8 = nodeBuiltin('node:v8');
  if (typeof v8?.getHeapSpaceStatistics !== 'function') return;
  const space = (what: string) =>
    collector.registerGauge(
      `nodejs_heap_space_size_${what}_bytes`,
      `Process heap space size ${what} from Node.js in bytes.`,
      { labelNames: ['space'], unit: 'bytes' },
    );
  const used = space('used');
  const available = space('available');
  collector.registerGauge(
    'nodejs_heap_space_size_total_bytes',
    'Process heap space size total from Node.js in bytes.',
    {
      labelNames: ['space'],
      unit: 'bytes',
      collect(total) {
        for (const statistics of v8.getHeapSpaceStatistics()) {
          const labels = { space: statistics.space_name.replace('_space', '') };
          total.set(statistics.space_size, labels);
          used.set(statistics.space_used_size, labels);
          available.set(statistics.space_available_size, labels);
        }
      },
    },
  );
}

/** Undocumented, but what the handles and requests of Node's dashboards come from. */
interface NodeInternals {
  readonly _getActiveHandles?: () => readonly object[];
  readonly _getActiveRequests?: () => readonly object[];
}

function instrumentResources(collector: TelemetryCollector): void {
  const { _getActiveHandles: handles, _getActiveRequests: requests } = process as NodeInternals;
  const kind = (thing: object) => thing?.constructor?.name ?? 'unknown';
  if (typeof process.getActiveResourcesInfo === 'function') {
    const what = 'resources that are currently keeping the event loop alive';
    countByType(collector, 'resources', what, () => process.getActiveResourcesInfo());
  }
  if (typeof handles === 'function') {
    const active = () => handles.call(process).map(kind);
    countByType(collector, 'handles', 'libuv handles, each a resource that is open', active);
  }
  if (typeof requests === 'function') {
    const active = () => requests.call(process).map(kind);
    countByType(collector, 'requests', 'libuv requests, each an operation under way', active);
  }
}

function countByType(
  collector: TelemetryCollector,
  name: string,
  what: string,
  types: () => readonly string[],
): void {
  const total = collector.registerGauge(`nodejs_active_${name}_total`, `Total number of ${what}.`);
  let before = new Map<string, number>();
  collector.registerGauge(`nodejs_active_${name}`, `Number of ${what}, by type.`, {
    labelNames: ['type'],
    collect(gauge) {
      const counts = new Map<string, number>();
      const active = types();
      for (const type of active) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const [type, count] of counts) gauge.set(count, { type });
      for (const type of before.keys()) if (!counts.has(type)) gauge.remove({ type });
      before = counts;
      total.set(active.length);
    },
  });
}

function instrumentEventLoop(collector: TelemetryCollector): void {
  const monitor = nodeBuiltin('node:perf_hooks')?.monitorEventLoopDelay;
  if (typeof monitor !== 'function') return;
  const histogram = monitor({ resolution: 10 });
  histogram.enable();
  const seconds = (nanoseconds: number) =>
    Number.isFinite(nanoseconds) && nanoseconds < 2 ** 53 ? nanoseconds / 1e9 : 0;
  const gauge = (suffix: string, what: string) =>
    collector.registerGauge(
      `nodejs_eventloop_lag${suffix}_seconds`,
      `${what} of the event loop delay in seconds since the last reading.`,
      { unit: 'seconds', combine: 'max' },
    );
  const min = gauge('_min', 'The minimum');
  const max = gauge('_max', 'The maximum');
  const stddev = gauge('_stddev', 'The standard deviation');
  const percentiles = ([50, 90, 99] as const).map(
    (percent) => [percent, gauge(`_p${percent}`, `The ${percent}th percentile`)] as const,
  );
  const mean = gauge('_mean', 'The mean');
  collector.registerGauge('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.', {
    unit: 'seconds',
    combine: 'max',
    async collect() {
      min.set(seconds(histogram.min));
      max.set(seconds(histogram.max));
      mean.set(seconds(histogram.mean));
      stddev.set(seconds(histogram.stddev));
      for (const [percent, lag] of percentiles) lag.set(seconds(histogram.percentile(percent)));
      histogram.reset();
      // As prom-client measures it: how long the loop takes to come round to what was asked of it.
      const asked = performance.now();
      await new Promise((turn) => setImmediate(turn));
      return (performance.now() - asked) / 1000;
    },
  });
}

interface GcDetail {
  readonly kind?: number;
}

function instrumentGarbageCollection(collector: TelemetryCollector): void {
  if (typeof PerformanceObserver !== 'function') return;
  if (!PerformanceObserver.supportedEntryTypes?.includes('gc')) return;
  const duration = collector.registerHistogram(
    'nodejs_gc_duration_seconds',
    'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    { labelNames: ['kind'], unit: 'seconds', buckets: GC_BUCKETS },
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { detail?: GcDetail })[]) {
      const { kind } = entry.detail ?? {};
      duration.observe(entry.duration / 1000, { kind: GC_KINDS[kind ?? 0] ?? 'unknown' });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}
