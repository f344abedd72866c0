/** Tells how much of a run had the core to itself: the share of slices that were not disturbed. */
import { isQuiet } from './quiet.mjs';

/** With a smaller share than this, the machine is called busy. */
export const BUSY_BELOW = 0.75;

let quiet = 0;
let all = 0;

/** @param {{ quiet: number, all: number }} slices */
export function countSlices(slices) {
  quiet += slices.quiet;
  all += slices.all;
}

/** For work that is not timed in slices: looks at some moments before and after it. */
export function probe() {
  const moments = 10;
  let found = 0;
  for (let i = 0; i < moments; i++) if (isQuiet()) found++;
  countSlices({ quiet: found, all: moments });
}

/** Returns the share since the last call. @returns {number} */
export function takeQuietShare() {
  const share = quiet / all;
  quiet = 0;
  all = 0;
  return share;
}

/** @param {number} share  of the slices, or of several parts the least */
export function describeQuiet(share) {
  const percent = `${Math.round(share * 100)} % of the slices found the core quiet`;
  return share < BUSY_BELOW ? `The machine was busy: only ${percent}.` : `${percent}.`;
}
