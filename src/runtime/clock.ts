import type { Clock } from '../collector/services.ts';
import { after, every } from './runtime.ts';

/** The machine's clock. */
export const clock: Clock = {
  now: () => Date.now() / 1000,
  elapsed: () => performance.now() / 1000,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
};
