import type { RuntimeGroup } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import type { StartPageMetrics } from './page.ts';

/** Loads the metrics on demand: few pages want them, and they can wait. */
export async function instrumentRuntime(
  collector: TelemetryCollector,
  group: RuntimeGroup,
  prefix: string,
): Promise<void> {
  const { instrumentBrowser } = await import('./browser-metrics.ts');
  instrumentBrowser(collector, group, prefix);
}

export const startPageMetrics: StartPageMetrics | undefined = async (...what) => {
  const { measurePage } = await import('./page-metrics.ts');
  return measurePage(...what);
};
