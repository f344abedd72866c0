export {
  type CollectorMeterProvider,
  type MeterProviderOptions,
  meterProvider,
} from './metrics/meter-provider.ts';
export {
  type AggregationOption,
  AggregationType,
  type AttributesProcessor,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  type ViewOptions,
} from './metrics/view-options.ts';
export type { ResourceOption } from './resource-option.ts';
