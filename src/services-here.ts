import { Persistence } from './collector/persistence.ts';
import type { CollectorServices } from './collector/services.ts';
import { createServices } from './collector-services.ts';
import { acceptPort } from './links/accept-port.ts';
import { canListen, onLockFree, storageHere } from './runtime/collector-side.ts';
import { listen } from './runtime/http-listener.ts';

/** In browsers, Node, Deno and Bun: in a worker, and inline. */
export function servicesHere(): CollectorServices {
  return createServices({
    Persistence,
    storage: storageHere,
    serve: canListen ? listen : undefined,
    acceptPort,
    onLockFree,
  });
}
