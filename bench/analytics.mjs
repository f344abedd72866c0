/**
 * Measures what a value costs a detector, and how much memory a detector takes, beside what one would write
 * instead: a running z-score, the z-score of the last 100 values by simple-statistics, and a quantile by tdigest.
 * `node --expose-gc bench/analytics.mjs [--series 1000]`
 */
import { createRequire } from 'node:module';
import { createDetector } from '../dist/analytics/detectors.js';

const peers = createRequire(new URL('peers/', import.meta.url));
const { mean, standardDeviation } = peers('simple-statistics');
const { TDigest } = peers('tdigest');

const SERIES = Number(process.argv[process.argv.indexOf('--series') + 1]) || 1000;
/** Values that each series has before the measurement: the detector is warm then. */
const BEFORE = 150;
const ROUNDS = 15;
const WINDOW = 100;

function runningZScore() {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return (_, value) => {
    const error = value - mean;
    const score = count > 1 ? Math.abs(error) / Math.sqrt(squares / (count - 1)) : 0;
    count++;
    mean += error / count;
    squares += error * (value - mean);
    return score;
  };
}

function windowedZScore() {
  const values = [];
  return (_, value) => {
    const deviation = values.length > 1 ? standardDeviation(values) : 0;
    const score = deviation > 0 ? Math.abs(value - mean(values)) / deviation : 0;
    if (values.push(value) > WINDOW) values.shift();
    return score;
  };
}

function quantile() {
  const digest = new TDigest();
  return (_, value) => {
    digest.push(value);
    return digest.p_rank(value);
  };
}

function detector() {
  const made = createDetector();
  return (seconds, value) => made.next(seconds, value).score;
}

const CONTENDERS = {
  'createDetector()': detector,
  'running z-score': runningZScore,
  'simple-statistics, 100 values': windowedZScore,
  tdigest: quantile,
};

/** A daily season with noise that is the same each time. */
let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
};
const valueAt = (seconds) =>
  10 + Math.sin((2 * Math.PI * seconds) / 86_400) + random() + random() + random();
const used = () => {
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

if (!globalThis.gc) {
  console.error('Run it with: node --expose-gc bench/analytics.mjs');
  process.exit(1);
}
const all = Object.entries(CONTENDERS).map(([name, make]) => {
  const before = used();
  const series = Array.from({ length: SERIES }, make);
  // Values are an hour apart, so that all times of the day are known.
  for (let i = 0; i < BEFORE; i++) for (const next of series) next(3600 * i, valueAt(3600 * i));
  return { name, series, bytes: (used() - before) / SERIES, times: [] };
});
let sum = 0;
for (let round = 0; round < ROUNDS; round++) {
  const seconds = 3600 * (BEFORE + round);
  for (const { series, times } of all) {
    const values = series.map(() => valueAt(seconds));
    const began = performance.now();
    for (let i = 0; i < SERIES; i++) sum += series[i](seconds, values[i]);
    times.push(performance.now() - began);
  }
}
const middle = (values) => values.sort((one, other) => one - other)[values.length >> 1];
const rows = all.map(({ name, bytes, times }) => ({
  name,
  bytes,
  microseconds: (1000 * middle(times)) / SERIES,
}));
console.log(`${SERIES} series, one value each, ${ROUNDS} times (checksum ${sum.toFixed(0)})`);
for (const { name, microseconds, bytes } of rows) {
  const ratio = microseconds / rows[0].microseconds;
  console.log(
    `${name.padEnd(30)} ${microseconds.toFixed(2).padStart(7)} µs a value  ${ratio.toFixed(2).padStart(6)}x  ${bytes.toFixed(0).padStart(6)} bytes a series`,
  );
}
const share = (rows[0].microseconds * 10_000) / 1e6;
console.log(`10,000 detectors with one value a second: ${(100 * share).toFixed(1)} % of one core`);
