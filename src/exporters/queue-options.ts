import { runtime } from '#place';
import { isWhole, type Rule, SECONDS, TEXT } from '../options.ts';
import type { PushPlan } from '../protocol/requests.ts';

/** How much may wait to be delivered while a server cannot be reached. The oldest is given up first. */
export interface QueueOptions {
  /**
   * How many bytes, as they are sent.
   * @defaultValue 16 MiB
   */
  maxBytes?: number | undefined;
  /**
   * For how many seconds.
   * @defaultValue 3600
   */
  maxAge?: number | undefined;
  /**
   * Keeps what waits in storage, under this name, and sends what earlier processes or pages have left there. Each
   * exporter of an application needs a name of its own. Unless given, what waits is lost with the process or page.
   */
  persist?: string | undefined;
  /** The directory, for storage in files: see `PersistOptions`. */
  directory?: string | undefined;
}

export const QUEUE: Rule = [
  (value) => {
    const { maxBytes = 1, maxAge = 1, persist = 'x', directory = 'x' } = value as QueueOptions;
    const areTexts = TEXT[0](persist) && TEXT[0](directory);
    return isWhole(maxBytes) && maxBytes > 0 && SECONDS[0](maxAge) && areTexts;
  },
  'an object with maxBytes, a whole number above 0; maxAge, seconds; persist and directory, texts',
];

/** @param suffix tells apart what one exporter keeps in several queues */
export function queueLimits(
  queue: QueueOptions | undefined,
  suffix = '',
): Pick<PushPlan, 'maxBytes' | 'maxAge' | 'persist'> {
  const { maxBytes = 16_777_216, maxAge = 3600, persist: name, directory } = queue ?? {};
  if (name === undefined) return { maxBytes, maxAge };
  // The path is resolved now, since the process may change its directory.
  return {
    maxBytes,
    maxAge,
    persist: { name: name + suffix, directory: runtime.recordsIn?.(directory) },
  };
}
