/**
 * Series as a server has them, made from a seed: daily seasons, trends, bursts and noise of several kinds. None
 * has an anomaly.
 */
import { randomOf } from './random.ts';

export const STEP = 60;
const DAY = 86_400;

/** What a series is like. Each function returns the value at a time of the day, from 0 to 1. */
type Kind = (random: Random, size: number) => (day: number) => number;
export type Random = ReturnType<typeof randomOf>;

/** A daily season: half at night, and twice that by day. */
const busy = (day: number) =>
  1 + 0.4 * Math.sin(2 * Math.PI * day) + 0.05 * Math.sin(4 * Math.PI * day);

export const KINDS: Readonly<Record<string, Kind>> = {
  'Gaussian noise': (random, size) => () => size * (1 + 0.05 * random.gaussian()),
  'a season with Gaussian noise': (random, size) => (day) =>
    size * (busy(day) + 0.05 * random.gaussian()),
  'a season with lognormal noise': (random, size) => (day) =>
    size * busy(day) * Math.exp(0.4 * random.gaussian()),
  'lognormal noise': (random, size) => () => size * Math.exp(0.8 * random.gaussian()),
  'exponential noise': (random, size) => () => -size * Math.log(1 - random.uniform()),
  'few events': (random) => (day) => random.poisson(3 * busy(day)),
  'many events': (random) => (day) => random.poisson(200 * busy(day)),
  'a trend': (random, size) => (day) => size * (busy(day) + 0.1 * day + 0.05 * random.gaussian()),
  'noise that lasts': (random, size) => {
    let lasting = 0;
    return (day) => {
      lasting = 0.9 * lasting + random.gaussian();
      return size * (busy(day) + 0.02 * lasting);
    };
  },
  'bursts of some minutes': (random, size) => {
    let left = 0;
    return (day) => {
      if (random.uniform() < 0.02) left = 3 + Math.floor(6 * random.uniform());
      left = Math.max(0, left - 1);
      return size * (busy(day) + (left > 0 ? 0.5 : 0) + 0.05 * random.gaussian());
    };
  },
};

/** Returns the values of one series, from midnight on. */
export function seriesOf(kind: string, seed: number, days: number): Float64Array {
  const random = randomOf(seed);
  const value = KINDS[kind]!(random, 10 ** (4 * random.uniform() - 1));
  return Float64Array.from({ length: (days * DAY) / STEP }, (_, i) => value((i * STEP) / DAY));
}
