/** The default metrics of memory, event loop and Node itself, with the names that they have in prom-client. */
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { monotonic, nextTurn } from '../../platform/timers.ts';
import { attempt, type DefaultGroup } from './default-group.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';

export function osMemoryHeap(group: DefaultGroup): void {
  const resident = 'Resident memory size in bytes.';
  if (process.platform !== 'linux') {
    group.gauge('process_resident_memory_bytes', resident, () =>
      attempt(() => process.memoryUsage().rss),
    );
    return;
  }
  const status = () =>
    attempt(() => nodeBuiltin('node:fs')!.readFileSync('/proc/self/status', 'utf8'));
  const first = group.gauge('process_resident_memory_bytes', resident);
  const virtual = group.gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.');
  const heap = group.gauge('process_heap_bytes', 'Process heap size in bytes.');
  first.collect = () => {
    const text = status();
    if (text === undefined) return;
    group.set(first, bytesIn(text, /^VmRSS:\s+(\d+) kB/m));
    group.set(virtual, bytesIn(text, /^VmSize:\s+(\d+) kB/m));
    group.set(heap, bytesIn(text, /^VmData:\s+(\d+) kB/m));
  };
}

function bytesIn(text: string, line: RegExp): number | undefined {
  const found = line.exec(text);
  return found ? Number(found[1]) * 1024 : undefined;
}

export function heapSizeAndUsed(group: DefaultGroup): void {
  if (typeof process.memoryUsage !== 'function') return;
  const total = group.gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
  );
  const used = group.gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
  );
  const external = group.gauge(
    'nodejs_external_memory_bytes',
    'Node.js external memory size in bytes.',
  );
  total.collect = () => {
    const usage = attempt(() => process.memoryUsage());
    group.set(total, usage?.heapTotal);
    group.set(used, usage?.heapUsed);
    group.set(external, usage?.external);
  };
}

export function heapSpacesSizeAndUsed(group: DefaultGroup): void {
  const v8 = nodeBuiltin('node:v8');
  // Bun has the function, and throws.
  if (!v8 || !attempt(() => v8.getHeapSpaceStatistics())) return;
  const gauge = (what: string) =>
    new Gauge(
      group.options(
        `nodejs_heap_space_size_${what}_bytes`,
        `Process heap space size ${what} from Node.js in bytes.`,
        ['space'],
      ),
    );
  const total = gauge('total');
  const used = gauge('used');
  const available = gauge('available');
  total.collect = () => {
    for (const one of v8.getHeapSpaceStatistics()) {
      const labels = { space: one.space_name.replace(/_space.*/, ''), ...group.labels };
      total.set(labels, one.space_size);
      used.set(labels, one.space_used_size);
      available.set(labels, one.space_available_size);
    }
  };
}

export function eventLoopLag(group: DefaultGroup): void {
  const resolution = group.config.eventLoopMonitoringPrecision ?? 10;
  const hooks = nodeBuiltin('node:perf_hooks');
  // Bun has the function, and throws.
  const delays = attempt(() => hooks?.monitorEventLoopDelay({ resolution }));
  if (!delays && hooks) return;
  delays?.enable();
  const gauge = (what: string, help: string, aggregator: 'average' | 'min' | 'max' = 'average') =>
    group.gauge(`nodejs_eventloop_lag_${what}seconds`, help, undefined, aggregator);
  const lag = gauge('', 'Lag of event loop in seconds.');
  const least = gauge('min_', 'The minimum recorded event loop delay.', 'min');
  const most = gauge('max_', 'The maximum recorded event loop delay.', 'max');
  const mean = gauge('mean_', 'The mean of the recorded event loop delays.');
  const deviation = gauge('stddev_', 'The standard deviation of the recorded event loop delays.');
  const percentiles = [50, 90, 99].map(
    (percent) =>
      [
        percent,
        gauge(`p${percent}_`, `The ${percent}th percentile of the recorded event loop delays.`),
      ] as const,
  );
  const set = (to: Gauge, nanoseconds: number) => {
    // If nothing was measured since the last time, the mean is NaN and the minimum is the largest of numbers.
    const isMeasured = Number.isFinite(nanoseconds) && nanoseconds < 2 ** 53;
    to.set(group.labels, isMeasured ? nanoseconds / 1e9 : 0);
  };
  lag.collect = () => {
    const asked = monotonic();
    // A reading does not wait for it: it shows the lag of the one before, as in prom-client.
    void nextTurn().then(() => lag.set(group.labels, monotonic() - asked));
    if (!delays) return;
    set(least, delays.min);
    set(most, delays.max);
    set(mean, delays.mean);
    set(deviation, delays.stddev);
    for (const [percent, to] of percentiles) set(to, delays.percentile(percent));
    delays.reset();
  };
}

export function version(group: DefaultGroup): void {
  const { version: full } = process;
  const [major = 0, minor = 0, patch = 0] = full.slice(1).split('.').map(Number);
  const info = new Gauge({
    ...group.options('nodejs_version_info', 'Node.js version info.', [
      ...['version', 'major', 'minor', 'patch'],
    ]),
    aggregator: 'first',
  });
  // It is set at every reading, since it must not be gone after a reset.
  info.collect = () => info.set({ version: full, major, minor, patch, ...group.labels }, 1);
}

const GC_KINDS: Record<number, string> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];

export function gc(group: DefaultGroup): void {
  if (typeof PerformanceObserver !== 'function') return;
  if (!PerformanceObserver.supportedEntryTypes?.includes('gc')) return;
  const help = 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.';
  const duration = new Histogram({
    ...group.options('nodejs_gc_duration_seconds', help, ['kind']),
    buckets: group.config.gcDurationBuckets ?? GC_BUCKETS,
  });
  const observer = new PerformanceObserver((list) => {
    const isShown = duration.registers.some(
      (register) => register.getSingleMetric(duration.name) === (duration as unknown),
    );
    if (!isShown) {
      observer.disconnect();
      return;
    }
    for (const entry of list.getEntries() as (PerformanceEntry & { detail?: GcDetail })[]) {
      const kind = GC_KINDS[entry.detail?.kind ?? 0] ?? 'unknown';
      duration.observe({ kind, ...group.labels }, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

interface GcDetail {
  readonly kind?: number | undefined;
}
