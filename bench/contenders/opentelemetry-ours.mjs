/** The instruments of OpenTelemetry's API over our collector, with its worker running. */
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { meterProvider } from 'utilityfog-telemetry/opentelemetry';
import { countSamples } from '../harness/exposition.mjs';
import { instrumentWorks } from './instrument-works.mjs';

/** @returns {Promise<import('./list.mjs').Contender>} */
export async function open() {
  const collector = new TelemetryCollector();
  await collector.startCollection();
  const meter = meterProvider(collector).getMeter('bench');

  /** Counters and histograms have a suffix of their own in Prometheus. */
  async function read(name) {
    const text = await formatPrometheus(collector);
    const held = ['_total', '_count', ''].map((suffix) => countSamples(text, name + suffix));
    return held.find(({ series }) => series > 0) ?? { series: 0, total: 0 };
  }

  return { works: instrumentWorks(meter, read), close: () => collector.shutdown() };
}
