import { CUSTOM_BOUNDS } from './float-histogram.ts';
import {
  addTo,
  emptySide,
  merged,
  type OpenSide,
  type Side,
  sameNumbers,
  withoutEmpty,
} from './side.ts';

type Bounds = readonly number[];

/** Whether custom bounds are the same. */
export const sameBounds = (one: Bounds = [], other: Bounds = []): boolean =>
  sameNumbers(one, other);

/** Adds up buckets that have custom bounds. Where these differ, those are left that both have. */
export function mergedCustom(
  [one, bounds]: readonly [Side, Bounds],
  [other, otherBounds]: readonly [Side, Bounds],
  sign: number,
): [Side, Bounds] {
  if (sameBounds(bounds, otherBounds)) {
    return [merged(one, other, sign, CUSTOM_BOUNDS, 0), bounds];
  }
  const theirs = new Set(otherBounds);
  const common = bounds.filter((bound) => theirs.has(bound));
  const all = emptySide(common.length + 1);
  mapInto(all, common, one, bounds, 1);
  mapInto(all, common, other, otherBounds, sign);
  return [withoutEmpty(all), common];
}

/** Adds the counts of buckets to those of fewer bounds. */
export function mapInto(into: OpenSide, fewer: Bounds, side: Side, bounds: Bounds, sign: number) {
  let to = 0;
  for (let i = 0; i < side.indices.length; i++) {
    const bound = bounds[side.indices[i]!] ?? Infinity;
    while (to < fewer.length && fewer[to]! < bound) to++;
    addTo(into, to, sign * side.counts[i]!);
    addTo(into, to, sign * (side.lost?.[i] ?? 0));
  }
}
