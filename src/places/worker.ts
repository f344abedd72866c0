/// <reference lib="webworker" />

import { OwnerSession } from '../collector/sessions.ts';
import { exchangeCalls } from '../links/guarded-endpoint.ts';
import { OWNER_SERVICE_CALLS } from '../links/service-calls.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { CollectorService } from '../protocol/service.ts';
import { servicesHere } from './collector-services.ts';
import { partInWorker } from './part-code.ts';
import { ownEndpoint } from './worker-endpoint.ts';

exchangeCalls<OwnerClient, CollectorService>(
  ownEndpoint(),
  OWNER_SERVICE_CALLS,
  (client) => new OwnerSession(client, servicesHere({ loadPart: partInWorker })),
);

export { offerPart } from './part-code.ts';
