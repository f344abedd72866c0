import { BUCKETS, LATENCIES, SETS } from '../../inputs.mjs';

const help = 'Benchmark';
const labelNames = ['method', 'route'];
const { methods, routes } = SETS[16];

/**
 * @param {typeof import('prom-client')} client
 * @param {import('prom-client').Registry[]} registers
 * @returns {(turns: number) => void}
 */
export function recordMixed(client, registers) {
  const turnsTotal = new client.Counter({ name: 'mixed_turns_total', help, registers });
  const counter = new client.Counter({ name: 'mixed_total', help, labelNames, registers });
  const level = new client.Gauge({ name: 'mixed_level', help, registers });
  const gauge = new client.Gauge({ name: 'mixed_value', help, labelNames, registers });
  const histogram = new client.Histogram({
    name: 'mixed_seconds',
    help,
    labelNames,
    buckets: BUCKETS,
    registers,
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
      turnsTotal.inc();
      counters[k].inc(2);
      counter.inc({ method, route }, 0.5);
      level.set(turn);
      gauges[k].set((turn & 7) * 0.25);
      gauge.set({ method, route }, turn & 255);
      histograms[k].observe(LATENCIES[turn & 1023]);
      histogram.observe({ method, route }, turn & 7);
    }
  };
}
