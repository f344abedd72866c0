/** What a page tells of itself: frames, long tasks, page load and memory, where offered. */
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Around the frame times of 120, 60 and 30 Hz and their multiples. Seconds. */
const FRAME_BUCKETS = [0.009, 0.0175, 0.025, 0.034, 0.05, 0.1, 0.25, 0.5, 1];
/** After a pause longer than this the page was hidden, and nothing was drawn too late. */
const LONGEST_FRAME = 5000;

export function instrumentBrowser(collector: TelemetryCollector): void {
  instrumentFrames(collector);
  instrumentLongTasks(collector);
  instrumentPageLoad(collector);
  instrumentHeap(collector);
}

function instrumentFrames(collector: TelemetryCollector): void {
  // A worker has it too, but no document that tells whether anybody sees the frames.
  if (typeof requestAnimationFrame !== 'function' || typeof document === 'undefined') return;
  const duration = collector.registerHistogram(
    'browser_frame_duration_seconds',
    'Time between animation frames while the page is visible.',
    { unit: 'seconds', buckets: FRAME_BUCKETS },
  );
  let last: number | undefined;
  const onFrame = (now: number) => {
    if (last !== undefined && now - last < LONGEST_FRAME) duration.observe((now - last) / 1000);
    last = document.visibilityState === 'visible' ? now : undefined;
    if (collector.getMetric(duration.name) === duration) requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
}

function instrumentLongTasks(collector: TelemetryCollector): void {
  if (!observable('longtask')) return;
  const duration = collector.registerHistogram(
    'browser_long_task_duration_seconds',
    'Tasks that held the main thread for more than 50 milliseconds.',
    { unit: 'seconds', buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] },
  );
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) duration.observe(entry.duration / 1000);
  }).observe({ type: 'longtask', buffered: true });
}

function instrumentPageLoad(collector: TelemetryCollector): void {
  if (!observable('navigation')) return;
  const load = collector.registerGauge(
    'browser_page_load_seconds',
    'Time from the start of the navigation to each stage of the page load.',
    { labelNames: ['stage'], unit: 'seconds' },
  );
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceNavigationTiming[]) {
      load.set(entry.responseStart / 1000, { stage: 'response_start' });
      load.set(entry.domContentLoadedEventEnd / 1000, { stage: 'dom_content_loaded' });
      load.set(entry.loadEventEnd / 1000, { stage: 'load' });
    }
  }).observe({ type: 'navigation', buffered: true });
}

function instrumentHeap(collector: TelemetryCollector): void {
  const { memory } = performance as { memory?: { usedJSHeapSize: number } };
  if (!memory) return;
  collector.registerGauge('browser_heap_used_bytes', 'JavaScript heap in use.', {
    unit: 'bytes',
    collect: () => memory.usedJSHeapSize,
  });
}

function observable(type: string): boolean {
  return (
    typeof PerformanceObserver === 'function' &&
    PerformanceObserver.supportedEntryTypes?.includes(type)
  );
}
