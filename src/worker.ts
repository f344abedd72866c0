/// <reference lib="webworker" />
import { type Endpoint, expose, wrap } from 'comlink';
import type { ThreadClient } from './collector/protocol.ts';
import { OwnerSession } from './collector/sessions.ts';
import { createServices } from './collector-services.ts';
import { ownEndpoint } from './runtime/worker-endpoint.ts';

const endpoint: Endpoint = ownEndpoint();
const client = wrap<ThreadClient>(endpoint) as unknown as ThreadClient;
expose(new OwnerSession(client, createServices()), endpoint);
