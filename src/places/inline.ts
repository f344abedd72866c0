import { OwnerSession } from '../collector/sessions.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { PartConfig, PartModule } from '../protocol/feature.ts';
import type { CollectorService } from '../protocol/service.ts';
import { servicesHere } from './collector-services.ts';

/** Makes the collector in the thread that calls this. */
export function inlineService(
  client: OwnerClient,
  loadPart: (part: PartConfig) => Promise<PartModule>,
): CollectorService {
  return new OwnerSession(client, servicesHere({ loadPart }));
}
