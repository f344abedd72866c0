import type { Clock } from '../collector/services.ts';
import { after, every, monotonic, surelyAfter } from '../timers.ts';

/** The machine's clock. */
export const clock: Clock = {
  // The application's: it is shown, and at the edge it goes on where a timer has ended with its request.
  now: () => Date.now() / 1000,
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
