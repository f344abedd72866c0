import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import { checkedMiddleware } from '../../http-metrics.ts';

// biome-ignore lint/suspicious/noEmptyInterface: The options follow with the instruments.
export interface MeterProviderOptions {}

/** Returns a provider whose meters record nothing yet. */
export function meterProvider(
  collector: TelemetryCollector,
  options: MeterProviderOptions = {},
): MeterProvider {
  checkedMiddleware('meterProvider()', { ...options, collector }, {});
  const meter = createNoopMeter();
  return { getMeter: () => meter };
}
