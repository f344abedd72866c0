import type { StartedWorker } from '../links/link-runtime.ts';

/** Counts holds, and keeps the process alive while the count is above 0. */
export function processHold(
  ref: () => void,
  unref: () => void,
  initial = 0,
): Pick<StartedWorker, 'hold' | 'release'> {
  let held = initial;
  return {
    hold: () => {
      if (held++ === 0) ref();
    },
    release: () => {
      if (--held === 0) unref();
    },
  };
}
