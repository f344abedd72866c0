/**
 * prom-client and @prometheus-io/client, which have one interface. Neither has a periodic export; an
 * application sets a timer and asks for the text.
 */
import { countSamples } from '../../harness/exposition.mjs';
import { MANY } from '../../inputs.mjs';
import { DISTANCE, DISTANCE_BUCKETS, POSITION } from './list.mjs';

const help = 'Benchmark';

/**
 * @param {Pick<typeof import('prom-client'), 'Registry' | 'Counter' | 'Gauge' | 'Histogram'>} client
 * @returns {import('./list.mjs').Open}
 */
export const prometheusStyle = (client) => (sets, groups) => {
  const registry = new client.Registry();
  const { many, positions, distances } = register(client, registry, sets, groups);
  let timer;
  let exports = 0;
  return {
    record(index, group, value) {
      many[index].inc();
      positions[group].set(value);
      distances[group].observe(value);
    },
    start() {
      timer = setInterval(async () => {
        if ((await registry.metrics()).length > 0) exports++;
      }, 1000);
    },
    stop() {
      clearInterval(timer);
      return exports;
    },
    async read() {
      const text = await registry.metrics();
      return {
        many: countSamples(text, MANY),
        positions: countSamples(text, POSITION),
        distances: countSamples(text, `${DISTANCE}_count`),
      };
    },
  };
};

function register({ Counter, Gauge, Histogram }, registry, { methods, routes }, groups) {
  const registers = [registry];
  const labelNames = ['group'];
  const counter = new Counter({ name: MANY, help, labelNames: ['method', 'route'], registers });
  const gauge = new Gauge({ name: POSITION, help, labelNames, registers });
  const buckets = DISTANCE_BUCKETS;
  const histogram = new Histogram({ name: DISTANCE, help, labelNames, buckets, registers });
  const many = methods.map((method, i) => counter.labels({ method, route: routes[i] }));
  for (const series of many) series.inc();
  return {
    many,
    positions: groups.map((group) => gauge.labels({ group })),
    distances: groups.map((group) => histogram.labels({ group })),
  };
}
