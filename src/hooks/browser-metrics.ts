/** The metrics that a page can have: frames, long tasks, page load, and memory where the browser shows it. */

import type { RuntimeGroup } from '../model.ts';
import { frames } from '../platform/timers.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/**
 * Bounds around the frame times of 120, 60 and 30 Hz and their multiples, and of pages that freeze.
 * Seconds.
 */
const FRAME_BUCKETS = [0.009, 0.0175, 0.025, 0.034, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/**
 * The browser ends a page that is frozen for longer, so a longer pause means that the machine has slept.
 * Milliseconds.
 */
const LONGEST_FRAME = 60_000;

/** The family of each group. */
export const BROWSER_FAMILIES = {
  frames: 'browser_frame_duration_seconds',
  longTasks: 'browser_long_task_duration_seconds',
  pageLoad: 'browser_page_load_seconds',
  memory: 'browser_heap_used_bytes',
} as const;

const GROUPS: Partial<
  Record<RuntimeGroup, (collector: TelemetryCollector, prefix: string) => void>
> = {
  frames: instrumentFrames,
  longTasks: instrumentLongTasks,
  pageLoad: instrumentPageLoad,
  memory: instrumentHeap,
};

export function instrumentBrowser(
  collector: TelemetryCollector,
  group: RuntimeGroup,
  prefix: string,
): void {
  GROUPS[group]?.(collector, prefix);
}

function instrumentFrames(collector: TelemetryCollector, prefix: string): void {
  // A worker can ask for frames, too, but has no document that tells whether anybody sees them.
  const next = frames();
  if (!next || typeof document === 'undefined') return;
  const duration = collector.registerHistogram(
    prefix + BROWSER_FAMILIES.frames,
    'Time between animation frames while the page is visible.',
    { unit: 'seconds', buckets: FRAME_BUCKETS },
  );
  let last: number | undefined;
  // The page was hidden for a while, so the time between the frames around that does not count.
  const hidden = () => {
    last = undefined;
  };
  const drawn = (now: number) => {
    if (!isRegistered(collector, duration)) {
      document.removeEventListener('visibilitychange', hidden);
      return;
    }
    if (last !== undefined && now - last < LONGEST_FRAME) duration.observe((now - last) / 1000);
    last = document.visibilityState === 'visible' ? now : undefined;
    next(drawn);
  };
  document.addEventListener('visibilitychange', hidden);
  next(drawn);
}

function instrumentLongTasks(collector: TelemetryCollector, prefix: string): void {
  if (!observable('longtask')) return;
  const duration = collector.registerHistogram(
    prefix + BROWSER_FAMILIES.longTasks,
    'Tasks that held the main thread for more than 50 milliseconds.',
    { unit: 'seconds', buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  );
  const observer = new PerformanceObserver((list) => {
    if (!isRegistered(collector, duration)) observer.disconnect();
    else for (const entry of list.getEntries()) duration.observe(entry.duration / 1000);
  });
  observer.observe({ type: 'longtask', buffered: true });
}

function instrumentPageLoad(collector: TelemetryCollector, prefix: string): void {
  if (!observable('navigation')) return;
  const load = collector.registerGauge(
    prefix + BROWSER_FAMILIES.pageLoad,
    'Time from the start of the navigation to each stage of the page load.',
    // It is set once.
    { labelNames: ['stage'], unit: 'seconds', expireAfter: Infinity },
  );
  const observer = new PerformanceObserver((list) => {
    if (!isRegistered(collector, load)) {
      observer.disconnect();
      return;
    }
    for (const entry of list.getEntries() as PerformanceNavigationTiming[]) {
      // BROWSER: in Firefox this may be a few milliseconds below 0.
      const responseStart = Math.max(entry.responseStart, 0);
      load.set(responseStart / 1000, { stage: 'response_start' });
      load.set(entry.domContentLoadedEventEnd / 1000, { stage: 'dom_content_loaded' });
      load.set(entry.loadEventEnd / 1000, { stage: 'load' });
    }
  });
  observer.observe({ type: 'navigation', buffered: true });
}

function instrumentHeap(collector: TelemetryCollector, prefix: string): void {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  if (!memory) return;
  collector.registerGauge(prefix + BROWSER_FAMILIES.memory, 'JavaScript heap in use.', {
    unit: 'bytes',
    collect: () => memory.usedJSHeapSize,
  });
}

/** Whether the metric is still registered. What the application has unregistered is not recorded any more. */
function isRegistered(collector: TelemetryCollector, metric: { readonly name: string }): boolean {
  return (collector.getMetric(metric.name) as unknown) === metric;
}

function observable(type: string): boolean {
  return (
    typeof PerformanceObserver === 'function' &&
    PerformanceObserver.supportedEntryTypes?.includes(type)
  );
}
