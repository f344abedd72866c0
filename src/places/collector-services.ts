import { transfer } from 'comlink';
import type { CollectorServices } from '../collector/services.ts';
import { exporting } from '../delivery/export.ts';
import { PrometheusTextCache } from '../formats/prometheus-text-cache.ts';
import { rendering } from '../formats/rendering.ts';
import { listen } from '../http/listener.ts';
import { acceptPort, adopt } from '../links/accept-port.ts';
import { clock } from '../platform/clock.ts';
import { monotonic, nextTurn } from '../platform/timers.ts';
import { canListen, onLockFree, storageHere } from './best-storage.ts';
import * as onDemand from './edge-on-demand.ts';

/** For so long at a time cells are read and bytes are written. Seconds. */
const SLICE = 0.0005;

/** In browsers, Node, Deno and Bun: in a worker, and inline. */
export function servicesHere(loadPart: CollectorServices['loadPart']): CollectorServices {
  const text = new PrometheusTextCache();
  const written = rendering(
    (snapshot, check) => inSlices(text.render(snapshot), check),
    async () => onDemand,
  );
  return {
    ...written,
    clock,
    inSlices,
    loadPart,
    transfer: (answer, memory) => transfer(answer, [memory]),
    storage: storageHere,
    export: exporting(clock, written, () => storageHere(undefined)),
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
