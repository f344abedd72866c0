/**
 * The mixed recordings without the calls. They show what a loop allocates and computes to have the labels
 * and values that it would record.
 */
import { MIXED_SERIES, mixedTotal, mixedWork } from '../contenders/mixed/turns.mjs';
import { LATENCIES, SETS } from '../inputs.mjs';

const { methods, routes } = SETS[16];

/** The labels are kept somewhere, so that they must exist; otherwise the engine would not make them. */
const kept = { counter: undefined, gauge: undefined, histogram: undefined };
const values = new Float64Array(8);

function record(turns) {
  for (let turn = 0; turn < turns; turn++) {
    const k = turn & 15;
    const method = methods[k];
    const route = routes[k];
    values[0] += 1;
    values[1] += 2;
    values[2] += 0.5;
    kept.counter = { method, route };
    values[3] = turn;
    values[4] = (turn & 7) * 0.25;
    values[5] = turn & 255;
    kept.gauge = { method, route };
    values[6] += LATENCIES[turn & 1023];
    values[7] += turn & 7;
    kept.histogram = { method, route };
  }
}

/** @returns {import('../contenders/list.mjs').Contender} */
export function open() {
  let last = 0;
  const run = (turns) => {
    record(turns);
    last = turns;
  };
  /** The first of the values has counted the turns. */
  const read = () => ({ series: MIXED_SERIES, total: mixedTotal(values[0], last) });
  return { works: { mixed: () => mixedWork(run, read) }, close() {} };
}
