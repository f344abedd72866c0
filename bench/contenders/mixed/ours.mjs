import { BUCKETS, LATENCIES, SETS } from '../../inputs.mjs';

const help = 'Benchmark';
const labelNames = ['method', 'route'];
const { methods, routes } = SETS[16];

/**
 * @param {import('utilityfog-telemetry').TelemetryCollector} collector
 * @returns {(turns: number) => void}
 */
export function recordMixed(collector) {
  const turnsTotal = collector.registerCounter('mixed_turns_total', help);
  const counter = collector.registerCounter('mixed_total', help, { labelNames });
  const level = collector.registerGauge('mixed_level', help);
  const gauge = collector.registerGauge('mixed_value', help, { labelNames });
  const histogram = collector.registerHistogram('mixed_seconds', help, {
    labelNames,
    buckets: BUCKETS,
  });
  const sets = methods.map((method, i) => ({ method, route: routes[i] }));
  const counters = sets.map((labels) => counter.labels(labels));
  const gauges = sets.map((labels) => gauge.labels(labels));
  const histograms = sets.map((labels) => histogram.labels(labels));

  return (turns) => {
    for (let turn = 0; turn < turns; turn++) {
      const k = turn & 15;
      const method = methods[k];
      const route = routes[k];
      turnsTotal.increment();
      counters[k].increment(2);
      counter.increment(0.5, { method, route });
      level.set(turn);
      gauges[k].set((turn & 7) * 0.25);
      gauge.set(turn & 255, { method, route });
      histograms[k].observe(LATENCIES[turn & 1023]);
      histogram.observe(turn & 7, { method, route });
    }
  };
}
