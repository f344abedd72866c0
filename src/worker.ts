/// <reference lib="webworker" />
import type { CollectorService, OwnerClient } from './collector/protocol.ts';
import { OwnerSession } from './collector/sessions.ts';
import { meet } from './links/door.ts';
import { OWNER_SERVICE_CALLS } from './links/service-calls.ts';
import { ownEndpoint } from './runtime/worker-endpoint.ts';
import { servicesHere } from './services-here.ts';

meet<OwnerClient, CollectorService>(
  ownEndpoint(),
  OWNER_SERVICE_CALLS,
  (client) => new OwnerSession(client, servicesHere()),
);
