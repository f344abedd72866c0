import { SampleKind, type Series } from '../../promql/source.ts';

/**
 * Calls `found` with each increase of a counter: when it was seen, how much it is, and in how many seconds it came. A
 * counter that is smaller than before has begun anew at 0. What was between the end of a series and its return is not
 * known, so that it does not count.
 */
export function eachIncrease(
  { times, values, kinds, begin, end }: Series,
  found: (time: number, increase: number, seconds: number) => void,
): void {
  let before = -1;
  for (let i = begin; i < end; i++) {
    if (kinds && kinds[i] !== SampleKind.Float) {
      if (kinds[i] === SampleKind.Stale) before = -1;
      continue;
    }
    if (before >= 0) {
      const increase = values[i]! < values[before]! ? values[i]! : values[i]! - values[before]!;
      found(times[i]! / 1000, increase, (times[i]! - times[before]!) / 1000);
    }
    before = i;
  }
}

/** Calls `found` with each value that is no counter. */
export function eachValue(
  { times, values, kinds, begin, end }: Series,
  found: (time: number, value: number) => void,
): void {
  for (let i = begin; i < end; i++) {
    if (kinds && kinds[i] !== SampleKind.Float) continue;
    if (!Number.isNaN(values[i])) found(times[i]! / 1000, values[i]!);
  }
}
