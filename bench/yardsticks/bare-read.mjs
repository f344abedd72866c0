/**
 * What it takes to read cells by a list of their places into fresh memory: the least that a collector
 * does which reads all series in one go.
 */
import { summarise } from '../harness/statistics.mjs';

const ROUNDS = 15;

/**
 * @param {number} series
 * @returns milliseconds
 */
export function bareRead(series) {
  const cells = new Float64Array(new SharedArrayBuffer(8 * series)).fill(1);
  const places = Array.from({ length: series }, (_, i) => i);
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const values = new Float64Array(series);
    for (let i = 0; i < series; i++) values[i] += cells[places[i]];
    times.push(performance.now() - start);
    if (!values.every((value) => value === 1)) throw new Error('not all cells were read');
  }
  return summarise(times);
}
