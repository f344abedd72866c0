/// <reference lib="webworker" />
import { type Endpoint, expose, wrap } from 'comlink';
import type { OwnerClient } from './collector/protocol.ts';
import { OwnerSession } from './collector/sessions.ts';
import { ownEndpoint } from './runtime/worker-endpoint.ts';
import { servicesHere } from './services-here.ts';

const endpoint: Endpoint = ownEndpoint();
const client = wrap<OwnerClient>(endpoint) as unknown as OwnerClient;
expose(new OwnerSession(client, servicesHere()), endpoint);
