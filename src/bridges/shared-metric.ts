import type { MetricType } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Returns the metric of that name, even if another bridge has registered it. */
export function metricOf<M>(
  collector: TelemetryCollector,
  name: string,
  type: MetricType,
  register: (name: string) => M,
): M | undefined {
  const existing = collector.getMetric(name);
  if (!existing) return register(name);
  // A metric of the application that happens to have the name stays the application's.
  return existing.type === type ? (existing as M) : undefined;
}

/**
 * Records, or asks what others have made. What is observed must not fail because of that: a strict collector throws, and so
 * may what others have replaced. Returns `undefined` then.
 */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
