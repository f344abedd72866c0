/** A collector as a worker has it, put together from the parts of a place and what a test adds to them. */
import { onTestFinished } from 'vitest';
import { OwnerSession } from '../../src/collector/sessions.ts';
import { servicesHere } from '../../src/places/collector-services.ts';
import { partInWorker } from '../../src/places/part-code.ts';
import type { OwnerClient } from '../../src/protocol/client.ts';
import type { CollectorConfig } from '../../src/protocol/config.ts';

type Given = Omit<Parameters<typeof servicesHere>[0], 'loadPart'> & {
  readonly persist?: CollectorConfig['persist'];
};

export async function assembledCollector({
  persist,
  ...given
}: Given): Promise<{ session: OwnerSession; log: readonly string[] }> {
  const log: string[] = [];
  const nothing = async () => {};
  const owner: Partial<OwnerClient> = {
    warn: async (message) => void log.push(message),
    delivery: async () => {},
    keep: nothing,
    threadLeft: nothing,
    exported: nothing,
  };
  const services = servicesHere({ loadPart: partInWorker, ...given });
  const session = new OwnerSession(owner as OwnerClient, services);
  await session.configure({
    interval: 30,
    eventLimit: 10,
    seriesLimit: 10,
    labels: {},
    mortal: false,
    persist,
    handover: undefined,
    erased: [],
    parts: [],
  });
  onTestFinished(() => session.shutdown());
  return { session, log };
}
