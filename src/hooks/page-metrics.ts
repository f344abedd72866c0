/** All that is measured of a page. A page loads this when it asks for it. */

import type { RuntimeGroup } from '../model.ts';
import { outsideZones } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { BROWSER_FAMILIES, instrumentBrowser } from './browser-metrics.ts';
import type { BrowserGroup, Page } from './page.ts';
import { measureErrors } from './page-errors.ts';
import { measureNavigation, measureResources } from './page-timings.ts';
import { measureVitals } from './page-vitals.ts';

const GROUPS: Partial<Record<BrowserGroup, (page: Page) => void>> = {
  vitals: measureVitals,
  errors: measureErrors,
  resources: measureResources,
  navigation: measureNavigation,
};

/**
 * Measures the page until the function that it returns is called. Returns nothing if there is no page here.
 * @param hookOf returns the name under which the collector notes that a group of `setupRuntimeHooks` is set up
 * @throws TelemetryError if a name is taken. Then nothing is measured
 */
export function measurePage(
  collector: TelemetryCollector,
  groups: readonly BrowserGroup[],
  prefix: string,
  hookOf: (group: RuntimeGroup) => string,
): (() => void) | undefined {
  if (typeof document === 'undefined') return undefined;
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const one of stops.splice(0)) one();
  };
  const page: Page = { collector, prefix, onStop: (run) => void stops.push(run) };
  try {
    outsideZones(() => {
      for (const group of new Set(groups)) {
        const measure = GROUPS[group];
        if (measure) measure(page);
        else measureAsRuntime(page, group as keyof typeof BROWSER_FAMILIES, hookOf);
      }
    });
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

/** Measures what `setupRuntimeHooks` also measures, unless that does so already. */
function measureAsRuntime(
  { collector, prefix, onStop }: Page,
  group: keyof typeof BROWSER_FAMILIES,
  hookOf: (group: RuntimeGroup) => string,
): void {
  const hook = hookOf(group);
  if (collector.hooksSetUp.has(hook)) return;
  instrumentBrowser(collector, group, prefix);
  collector.hooksSetUp.add(hook);
  onStop(() => {
    collector.hooksSetUp.delete(hook);
    collector.unregister(prefix + BROWSER_FAMILIES[group]);
  });
}
