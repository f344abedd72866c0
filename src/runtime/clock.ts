import type { Clock } from '../collector/services.ts';
import { after, every } from './runtime.ts';

/** The machine's clock. */
export const clock: Clock = {
  now: () => Date.now() / 1000,
  elapsed: () => performance.now() / 1000,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
  pause: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  within: (seconds, work) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      const settled = () => {
        clearTimeout(timer);
        resolve();
      };
      work.then(settled, settled);
    }),
};
