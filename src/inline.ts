import type { CollectorService, OwnerClient } from './collector/protocol.ts';
import { OwnerSession } from './collector/sessions.ts';
import { servicesHere } from './services-here.ts';

/** The collector in the thread that calls this. */
export function inlineService(client: OwnerClient): CollectorService {
  return new OwnerSession(client, servicesHere());
}
