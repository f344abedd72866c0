import type { Clock } from '../collector/services.ts';
import { after, currentTime, every, monotonic, surelyAfter } from '../timers.ts';

/** The machine's clock. */
export const clock: Clock = {
  now: () => currentTime() / 1000,
  elapsed: monotonic,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
  pause: (seconds) => new Promise((resolve) => surelyAfter(seconds, resolve)),
  within: (seconds, work) =>
    new Promise((resolve) => {
      const cancel = surelyAfter(seconds, resolve);
      const settled = () => {
        cancel();
        resolve();
      };
      work.then(settled, settled);
    }),
};
