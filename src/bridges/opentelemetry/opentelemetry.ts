export { type MeterProviderOptions, meterProvider } from './metrics/meter-provider.ts';
