import { readCell } from '../pages/thread-reader.ts';
import { NO_ADDRESS, type ThreadView } from './kind.ts';
import { addBlocks, addUp } from './sums.ts';

/** Does the same as `addUp`, and checks the cells of threads that are not trusted. */
export const addUpSound: typeof addUp = (family, values, width, from, to) =>
  addUp(family, values, width, from, to, (thread, ...rest) =>
    // There are two loops, since one with the check in it would be a tenth slower for trusted threads.
    (thread.sound ? addSound : addBlocks)(thread, ...rest),
  );

function addSound(
  { reader, addresses, folded, sound }: ThreadView,
  values: Float64Array,
  width: number,
  from: number,
  to: number,
  overflow: number,
): void {
  const add = (address: number, series: number) => {
    if (address === NO_ADDRESS) return;
    for (let i = 0; i < width; i++) {
      values[series * width + i]! += sound!(readCell(reader, address, i), i);
    }
  };
  const end = Math.min(to, addresses.length);
  for (let series = from; series < end; series++) add(addresses[series]!, series);
  if (from <= overflow && overflow < to) for (const address of folded) add(address, overflow);
}

/**
 * The `since` of a kind that adds up.
 * @param counts the cells from this one on never go down by themselves: if one has, its thread has reset the
 * block, and all that is in it is new
 */
export function countedSince(
  before: readonly number[],
  now: readonly number[],
  counts = 0,
): readonly number[] | undefined {
  const wasReset = now.some((value, i) => i >= counts && value < before[i]!);
  const counted = wasReset ? now : now.map((value, i) => value - before[i]!);
  return counted.some((value) => value !== 0) ? counted : undefined;
}
