import type { RuntimeGroup } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Loaded on demand: few pages want it, and it can wait. */
export async function instrumentRuntime(
  collector: TelemetryCollector,
  group: RuntimeGroup,
  prefix: string,
): Promise<void> {
  const { instrumentBrowser } = await import('./browser-metrics.ts');
  instrumentBrowser(collector, group, prefix);
}
