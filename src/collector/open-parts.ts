import type { Collector } from './collector.ts';
import { Parts } from './parts.ts';

/**
 * Starts the parts of the features that the application uses, if it uses any.
 * @throws Error when the code of one cannot be had in this worker
 */
export async function openParts(collector: Collector): Promise<Parts | undefined> {
  const { services, config } = collector;
  if (config.parts.length === 0) return undefined;
  const parts = new Parts({
    clock: services.clock,
    read: () => collector.read(),
    fail: (reason, message) => collector.fail(reason, message),
    kept: async () => collector.kept?.(),
  });
  await parts.open(config.parts, services.loadPart, !config.mortal);
  return parts;
}
