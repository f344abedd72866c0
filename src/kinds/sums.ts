import { indexOf, pageOf } from '../pages/layout.ts';
import { type FamilyView, NO_ADDRESS, type ThreadView } from './kind.ts';

/** The `read` of a kind for which the cells of all threads are just added up. */
export function addUp(
  { threads, retainedBlocks, overflow }: FamilyView,
  values: Float64Array,
  width: number,
  from: number,
  to: number,
  add = addBlocks,
): void {
  for (let series = from; series < to; series++) {
    // `set` would take three times as long for so few numbers.
    retainedBlocks[series]?.forEach((value, i) => {
      values[series * width + i] = value;
    });
  }
  for (const thread of threads) add(thread, values, width, from, to, overflow);
}

/** RACE: cells are read by plain loads, as in `readCell`. There are many, so it is not called for each. */
export function addBlocks(
  { reader: { pages }, addresses, folded }: ThreadView,
  values: Float64Array,
  width: number,
  from: number,
  to: number,
  overflow: number,
): void {
  const add = (address: number, series: number) => {
    if (address === NO_ADDRESS) return;
    const cells = pages[pageOf(address)]!;
    const index = indexOf(address);
    const at = series * width;
    for (let i = 0; i < width; i++) values[at + i]! += cells[index + i]!;
  };
  // `forEach` would take more than twice as long.
  const end = Math.min(to, addresses.length);
  for (let series = from; series < end; series++) add(addresses[series]!, series);
  if (from <= overflow && overflow < to) for (const address of folded) add(address, overflow);
}

/** The `retain` of a kind that adds up. */
export function sumOf(before: readonly number[] | undefined, block: readonly number[]): number[] {
  return before ? before.map((value, i) => value + block[i]!) : [...block];
}
