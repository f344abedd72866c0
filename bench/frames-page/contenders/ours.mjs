/** utilityfog-telemetry as its documentation recommends it: the worker collects, and writes to IndexedDB. */
import {
  formatPrometheus,
  PeriodicExporter,
  PrometheusAdapter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { countSamples } from '../../harness/exposition.mjs';
import { MANY } from '../../inputs.mjs';
import { DISTANCE, DISTANCE_BUCKETS, POSITION } from './list.mjs';

const EXPORTS = 'telemetry_exports_total{exporter="prometheus",outcome="success"}';
const help = 'Benchmark';

/** @type {import('./list.mjs').Open} */
export async function open({ methods, routes }, groups) {
  const collector = new TelemetryCollector({ collectionInterval: 1, seriesLimit: 200_000 });
  const counter = collector.registerCounter(MANY, help, { labelNames: ['method', 'route'] });
  const many = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
  for (const series of many) series.increment();
  const gauge = collector.registerGauge(POSITION, help, { labelNames: ['group'] });
  const positions = groups.map((group) => gauge.labels({ group }));
  const histogram = collector.registerHistogram(DISTANCE, help, {
    labelNames: ['group'],
    buckets: DISTANCE_BUCKETS,
  });
  const distances = groups.map((group) => histogram.labels({ group }));

  const periodic = new PeriodicExporter(new PrometheusAdapter(), collector, { interval: 1 });
  await collector.flush();
  return {
    link: collector.link,
    record(index, group, value) {
      many[index].increment();
      positions[group].set(value);
      distances[group].observe(value);
    },
    async start() {
      await collector.startCollection();
      await periodic.start();
    },
    async stop() {
      await periodic.stop();
      await collector.stopCollection();
      return countSamples(await formatPrometheus(collector), EXPORTS).total;
    },
    async read() {
      const text = await formatPrometheus(collector);
      return {
        many: countSamples(text, MANY),
        positions: countSamples(text, POSITION),
        distances: countSamples(text, `${DISTANCE}_count`),
      };
    },
  };
}
