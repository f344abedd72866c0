import { type MetricType, onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { Page } from './page.ts';

type Name = MetricType['name'];

/** What is registered for a Web Vital. The bounds that https://web.dev/articles/vitals gives are among the buckets. */
interface Vital {
  readonly family: string;
  readonly description: string;
  readonly buckets: readonly number[];
  /** What the value is divided by. Times come in milliseconds. */
  readonly divisor: number;
}

const VITALS: Readonly<Record<Name, Vital>> = {
  LCP: {
    family: 'browser_largest_contentful_paint_seconds',
    description: 'Time until the largest text or image was painted.',
    buckets: [0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10],
    divisor: 1000,
  },
  INP: {
    family: 'browser_interaction_to_next_paint_seconds',
    description: 'How long the page took to react to an interaction, about the slowest of all.',
    buckets: [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2],
    divisor: 1000,
  },
  CLS: {
    family: 'browser_cumulative_layout_shift',
    description: 'How much of the page has moved unexpectedly, as a score.',
    buckets: [0.01, 0.05, 0.1, 0.15, 0.25, 0.5, 1],
    divisor: 1,
  },
  FCP: {
    family: 'browser_first_contentful_paint_seconds',
    description: 'Time until the first text or image was painted.',
    buckets: [0.25, 0.5, 1, 1.8, 2.5, 3, 4, 6, 10],
    divisor: 1000,
  },
  TTFB: {
    family: 'browser_time_to_first_byte_seconds',
    description: 'Time from the start of the navigation to the first byte of the answer.',
    buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.8, 3, 5],
    divisor: 1000,
  },
};

/** These may change as long as somebody sees the page. */
const FINAL_WHEN_HIDDEN: readonly Name[] = ['LCP', 'INP', 'CLS'];

/** The latest state of a Web Vital. The library updates the metric. */
interface Latest {
  readonly metric: MetricType;
  /** The value that was told of last. */
  reported: number | undefined;
}

/** The library cannot be told to stop, so it is started once, and tells all who listen. */
const listeners = new Set<(metric: MetricType) => void>();
let isStarted = false;

/** Measures Web Vitals. LCP, INP and CLS are known when the page is hidden or left; the others early. */
export function measureVitals({ collector, prefix, onStop }: Page): void {
  const families = Object.entries(VITALS).map(
    ([name, { family, description, buckets, divisor }]) => {
      const histogram = collector.registerHistogram(prefix + family, description, {
        labelNames: ['navigation_type'],
        buckets: [...buckets],
        ...(divisor === 1000 && { unit: 'seconds' }),
      });
      onStop(() => collector.unregister(histogram.name));
      return [name, histogram] as const;
    },
  );
  const histograms = new Map<string, (typeof families)[number][1]>(families);
  const latest = new Map<Name, Latest>();
  const report = (one: Latest) => {
    const { name, id, value, rating, navigationType: navigation_type } = one.metric;
    if (one.reported === value) return;
    const inUnit = value / VITALS[name].divisor;
    collector.recordEvent('web_vital', { name, id, value: inUnit, rating, navigation_type });
    // A page that is hidden again and again tells each value that has changed. Each page view counts once.
    if (one.reported === undefined) histograms.get(name)?.observe(inUnit, { navigation_type });
    one.reported = value;
  };
  const changed = (metric: MetricType) => {
    const known = latest.get(metric.name);
    // A page that comes back out of the back/forward cache is another page view.
    const one = known?.metric.id === metric.id ? known : { metric, reported: undefined };
    latest.set(metric.name, one);
    if (!FINAL_WHEN_HIDDEN.includes(metric.name)) report(one);
  };
  // Comes after the listeners of the library, which capture the event.
  const hidden = () => {
    if (document.visibilityState === 'hidden') for (const one of latest.values()) report(one);
  };
  listeners.add(changed);
  addEventListener('visibilitychange', hidden);
  onStop(() => {
    listeners.delete(changed);
    removeEventListener('visibilitychange', hidden);
  });
  start();
}

function start(): void {
  if (isStarted) return;
  isStarted = true;
  const tell = (metric: MetricType) => {
    for (const listener of listeners) listener(metric);
  };
  // All changes: the library does not tell of an interaction that it has yet to look at when the page is hidden.
  for (const watch of [onLCP, onINP, onCLS, onFCP, onTTFB]) watch(tell, { reportAllChanges: true });
}
