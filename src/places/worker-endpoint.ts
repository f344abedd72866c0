import type { Endpoint } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { nodeBuiltin } from '../platform/node-builtin.ts';

/** Returns the endpoint of this worker. `parentPort` decides: Bun defines `self` in both kinds of worker. */
export function ownEndpoint(): Endpoint {
  const parentPort = nodeBuiltin('node:worker_threads')?.parentPort;
  return parentPort
    ? (nodeEndpoint(parentPort as never) as Endpoint)
    : (globalThis as unknown as Endpoint);
}
