import type { CollectorService, OwnerClient } from './collector/protocol.ts';
import { OwnerSession } from './collector/sessions.ts';
import { createServices } from './collector-services.ts';
import type { CollectorPlace } from './runtime/collector-side.ts';

/** The collector in the thread that calls this; the place is found out unless it is given. */
export function inlineService(client: OwnerClient, place?: CollectorPlace): CollectorService {
  return new OwnerSession(client, createServices(place));
}
