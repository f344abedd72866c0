import type { RuntimeGroup } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

export const BROWSER_GROUPS = [
  'vitals',
  'errors',
  'resources',
  'navigation',
  'frames',
  'longTasks',
  'pageLoad',
  'memory',
] as const;

/** A group of metrics that a page can have. */
export type BrowserGroup = (typeof BROWSER_GROUPS)[number];

/** What a group needs to register its families, whose names get the prefix. */
export interface Page {
  readonly collector: TelemetryCollector;
  readonly prefix: string;
  /** Called with what is to be done when the measuring ends. */
  onStop(run: () => void): void;
}

/**
 * Measures the page. Resolves to a function that ends this and unregisters the metrics, or to nothing if there is
 * no page here.
 * @param hookOf returns the name under which the collector notes that a group of `setupRuntimeHooks` is set up
 */
export type StartPageMetrics = (
  collector: TelemetryCollector,
  groups: readonly BrowserGroup[],
  prefix: string,
  hookOf: (group: RuntimeGroup) => string,
) => Promise<(() => void) | undefined>;
