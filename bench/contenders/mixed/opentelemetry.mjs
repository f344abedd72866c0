import { BUCKETS, LATENCIES, SETS } from '../../inputs.mjs';

const { methods, routes } = SETS[16];

/**
 * There are no bound handles; in their place, attributes that are made once.
 * @param {import('@opentelemetry/api').Meter} meter
 * @returns {(turns: number) => void}
 */
export function recordMixed(meter) {
  const turnsTotal = meter.createCounter('mixed_turns_total');
  const counter = meter.createCounter('mixed_total');
  const level = meter.createGauge('mixed_level');
  const gauge = meter.createGauge('mixed_value');
  const histogram = meter.createHistogram('mixed_seconds', {
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  const sets = methods.map((method, i) => ({ method, route: routes[i] }));

  return (turns) => {
    for (let turn = 0; turn < turns; turn++) {
      const k = turn & 15;
      const method = methods[k];
      const route = routes[k];
      turnsTotal.add(1);
      counter.add(2, sets[k]);
      counter.add(0.5, { method, route });
      level.record(turn);
      gauge.record((turn & 7) * 0.25, sets[k]);
      gauge.record(turn & 255, { method, route });
      histogram.record(LATENCIES[turn & 1023], sets[k]);
      histogram.record(turn & 7, { method, route });
    }
  };
}
