import { isWhole, type Rule, SECONDS } from '../options.ts';
import type { PushPlan } from '../protocol/requests.ts';

/** How much may wait to be delivered while a server cannot be reached. The oldest is given up first. */
export interface QueueOptions {
  /** How many bytes, as they are sent; 16 MiB unless given. */
  maxBytes?: number | undefined;
  /** For how many seconds; 3600 unless given. */
  maxAge?: number | undefined;
}

export const QUEUE: Rule = [
  (value) => {
    const { maxBytes = 1, maxAge = 1 } = value as QueueOptions;
    return isWhole(maxBytes) && maxBytes > 0 && SECONDS[0](maxAge);
  },
  'an object with maxBytes, a whole number above 0, and maxAge, seconds',
];

export function queueLimits(
  queue: QueueOptions | undefined,
): Pick<PushPlan, 'maxBytes' | 'maxAge'> {
  const { maxBytes = 16_777_216, maxAge = 3600 } = queue ?? {};
  return { maxBytes, maxAge };
}
