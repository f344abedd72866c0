/** This library as its documentation recommends it: the worker collects, makes the text and stores it. */
import {
  formatPrometheus,
  PeriodicExporter,
  PrometheusAdapter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import type { Open } from '../telemetry.ts';
import { textTotals } from '../text-totals.ts';
import { TimedWorker } from '../timed-worker.ts';
import { DISTANCE, DISTANCE_BUCKETS, groups, labelsOf, POSITION, STEPS } from '../workload.ts';

const WORKER = new URL('utilityfog-telemetry/worker.js', document.baseURI);

export const open: Open = async (series) => {
  let worker: TimedWorker | undefined;
  const collector = new TelemetryCollector({
    collectionInterval: 1,
    seriesLimit: series,
    worker: () => (worker = new TimedWorker(WORKER)),
  });
  const labelNames = ['group'];
  const counter = collector.registerCounter(STEPS, 'Steps', { labelNames: ['foglet', 'group'] });
  const gauge = collector.registerGauge(POSITION, 'Position', { labelNames });
  const buckets = DISTANCE_BUCKETS;
  const histogram = collector.registerHistogram(DISTANCE, 'Distance', { labelNames, buckets });
  const steps = Array.from({ length: series }, (_, foglet) => counter.labels(labelsOf(foglet)));
  const positions = groups.map((group) => gauge.labels({ group }));
  const distances = groups.map((group) => histogram.labels({ group }));
  const adapter = new PrometheusAdapter('compare');
  const periodic = new PeriodicExporter(adapter, collector, { interval: 1 });
  await collector.flush();
  return {
    link: collector.link,
    record(foglet, group, position) {
      steps[foglet].increment();
      positions[group].set(position);
      distances[group].observe(position);
    },
    spent: () => worker?.spent ?? 0,
    async start() {
      await collector.startCollection();
      await periodic.start();
    },
    async stop() {
      await periodic.stop();
      const text = await formatPrometheus(collector);
      // A short text takes the place of the long one in the visitor's browser.
      for (const name of [STEPS, POSITION, DISTANCE]) collector.unregister(name);
      await adapter.exportMetrics(collector);
      await collector.shutdown();
      return textTotals(text);
    },
  };
};
