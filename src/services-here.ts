import { transfer } from 'comlink';
import { openPersistence } from './collector/open-persistence.ts';
import type { CollectorServices } from './collector/services.ts';
import { exporting } from './collector-export.ts';
import { writing } from './collector-services.ts';
import { PrometheusTextCache } from './formats/prometheus-text-cache.ts';
import { acceptPort, adopt } from './links/accept-port.ts';
import { canListen, onLockFree, storageHere } from './runtime/collector-side.ts';
import { listen } from './runtime/http-listener.ts';
import { monotonic, nextTurn } from './timers.ts';
import * as whenAsked from './when-asked.ts';

/** For so long at a time cells are read and bytes are written. Seconds. */
const SLICE = 0.0005;

/** In browsers, Node, Deno and Bun: in a worker, and inline. */
export function servicesHere(): CollectorServices {
  const text = new PrometheusTextCache();
  const written = writing(
    (snapshot, check) => inSlices(text.render(snapshot), check),
    async () => whenAsked,
  );
  return {
    ...written,
    inSlices,
    openPersistence,
    transfer: (answer, memory) => transfer(answer, [memory]),
    storage: storageHere,
    export: exporting(written, () => storageHere(undefined)),
    ...(canListen && { serve: listen }),
    acceptPort,
    adopt,
    onLockFree,
  };
}

async function inSlices<R>(work: Iterator<void, R>, check?: () => void): Promise<R> {
  for (;;) {
    // What has asked for it may have been a slice of its own.
    await nextTurn();
    try {
      check?.();
    } catch (error) {
      work.return?.();
      throw error;
    }
    const began = monotonic();
    while (monotonic() - began < SLICE) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }
}
