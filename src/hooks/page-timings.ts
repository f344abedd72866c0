import { after } from '../platform/timers.ts';
import type { Page } from './page.ts';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What may have asked for a resource. All else counts as `other`, since a server may name anything. */
const INITIATORS = [
  ...['audio', 'beacon', 'css', 'fetch', 'frame', 'iframe', 'img', 'image', 'input', 'link'],
  ...['script', 'track', 'video', 'xmlhttprequest'],
];

/** The phases of a navigation, each with the names of its two ends. */
const PHASES = {
  redirect: ['redirectStart', 'redirectEnd'],
  dns: ['domainLookupStart', 'domainLookupEnd'],
  connect: ['connectStart', 'connectEnd'],
  request: ['requestStart', 'responseStart'],
  response: ['responseStart', 'responseEnd'],
  dom: ['responseEnd', 'domComplete'],
  load: ['loadEventStart', 'loadEventEnd'],
  total: ['startTime', 'loadEventEnd'],
} as const;

/** Measures how long scripts, images, requests and the like took. */
export function measureResources({ collector, prefix, onStop }: Page): void {
  if (!PerformanceObserver.supportedEntryTypes?.includes('resource')) return;
  const duration = collector.registerHistogram(
    `${prefix}browser_resource_duration_seconds`,
    'How long the page took to load a resource.',
    { labelNames: ['initiator_type'], unit: 'seconds', buckets: BUCKETS },
  );
  onStop(() => collector.unregister(duration.name));
  const record = (entries: readonly PerformanceEntry[]) => {
    for (const entry of entries as readonly PerformanceResourceTiming[]) {
      const { initiatorType } = entry;
      const initiator_type = INITIATORS.includes(initiatorType) ? initiatorType : 'other';
      duration.observe(entry.duration / 1000, { initiator_type });
    }
  };
  const observer = new PerformanceObserver((list) => record(list.getEntries()));
  observer.observe({ type: 'resource', buffered: true });
  // The page may be left before the observer is called again.
  const take = () => record(observer.takeRecords());
  document.addEventListener('visibilitychange', take, true);
  onStop(() => {
    observer.disconnect();
    document.removeEventListener('visibilitychange', take, true);
  });
}

/** Measures the phases of the navigation once the page is loaded. */
export function measureNavigation({ collector, prefix, onStop }: Page): void {
  const duration = collector.registerHistogram(
    `${prefix}browser_navigation_duration_seconds`,
    'How long each phase of the navigation took.',
    { labelNames: ['phase'], unit: 'seconds', buckets: BUCKETS },
  );
  let isOver = false;
  onStop(() => {
    isOver = true;
    collector.unregister(duration.name);
  });
  const record = () => {
    const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    // It has no end before the page is loaded.
    if (isOver || !entry || entry.loadEventEnd === 0) return false;
    isOver = true;
    for (const [phase, [start, end]] of Object.entries(PHASES)) {
      const seconds = (entry[end] - entry[start]) / 1000;
      if (seconds >= 0) duration.observe(seconds, { phase });
    }
    return true;
  };
  // The end of the loading is known when its listeners have returned.
  if (!record()) addEventListener('load', () => void after(0, record), { once: true });
}
