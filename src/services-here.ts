import { transfer } from 'comlink';
import { openPersistence } from './collector/open-persistence.ts';
import type { CollectorServices } from './collector/services.ts';
import { exporting } from './collector-export.ts';
import { writing } from './collector-services.ts';
import { PrometheusTextCache } from './formats/prometheus-text-cache.ts';
import { acceptPort } from './links/accept-port.ts';
import { canListen, nextTurn, onLockFree, storageHere } from './runtime/collector-side.ts';
import { listen } from './runtime/http-listener.ts';

/** For so long at a time an exposition is written. Milliseconds. */
const SLICE = 0.5;

/** In browsers, Node, Deno and Bun: in a worker, and inline. */
export function servicesHere(): CollectorServices {
  const text = new PrometheusTextCache();
  const written = writing((snapshot) => inSlices(text.render(snapshot)));
  return {
    ...written,
    openPersistence,
    transfer: (answer, memory) => transfer(answer, [memory]),
    storage: storageHere,
    export: exporting(written, () => storageHere(undefined)),
    serve: canListen ? listen : undefined,
    acceptPort,
    onLockFree,
  };
}

/** Lets the thread do something else now and then: it may be the application's only one. */
async function inSlices<T>(work: Iterable<T>): Promise<T[]> {
  const done: T[] = [];
  // Its values have just been read, which may have been a slice of its own.
  await nextTurn();
  let began = performance.now();
  for (const part of work) {
    done.push(part);
    if (performance.now() - began < SLICE) continue;
    await nextTurn();
    began = performance.now();
  }
  return done;
}
