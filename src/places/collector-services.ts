import { transfer } from 'comlink';
import type { CollectorServices } from '../collector/services.ts';
import { exporting } from '../delivery/export.ts';
import { HttpOutbox } from '../delivery/outbox.ts';
import { Pushes } from '../delivery/pushes.ts';
import { compact, compactEvents } from '../formats/compact/compact.ts';
import { csv } from '../formats/csv.ts';
import { json, toJsonSnapshot } from '../formats/json.ts';
import { ndjson } from '../formats/ndjson.ts';
import type { Formats } from '../formats/negotiation.ts';
import { openMetrics } from '../formats/openmetrics/openmetrics.ts';
import { otlpLogs } from '../formats/otlp/logs.ts';
import { otlp } from '../formats/otlp/otlp.ts';
import { cachedPrometheusText } from '../formats/prometheus-text-cache.ts';
import { metricFamilies } from '../formats/protobuf/metric-families.ts';
import { remoteWrite } from '../formats/remote-write/remote-write.ts';
import { rendering } from '../formats/rendering.ts';
import { listen } from '../http/listener.ts';
import type { Kinds } from '../kinds/kind.ts';
import { READING_KINDS } from '../kinds/reading-kinds.ts';
import { acceptPort, adopt } from '../links/accept-port.ts';
import { clock } from '../platform/clock.ts';
import { monotonic, nextTurn } from '../platform/timers.ts';
import { canListen, destinationsHere, onLockFree, storageHere } from './storage-here.ts';

/** In seconds. How long cells are read and bytes are written before the thread may do something else. */
const SLICE = 0.0005;

/** The formats of all collectors but those of edge functions. Who asks for no format gets the first. */
export const FORMATS: Formats = [
  cachedPrometheusText,
  ...[json, openMetrics, metricFamilies, ndjson, csv],
];

interface Given {
  readonly loadPart: CollectorServices['loadPart'];
  readonly formats?: Formats;
  readonly kinds?: Kinds;
  readonly destinations?: ReturnType<typeof destinationsHere>;
}

/** Returns the services of a collector in browsers, Node, Deno and Bun, in a worker or inline. */
export function servicesHere({
  loadPart,
  formats = FORMATS,
  kinds = READING_KINDS,
  destinations = destinationsHere(),
}: Given): CollectorServices {
  const written = rendering(formats, inSlices);
  const pushes = new Pushes({
    ...{ clock, inSlices, storage: storageHere },
    formats: async () => [remoteWrite, otlp, otlpLogs, compact, compactEvents],
  });
  return {
    rendering: async () => written,
    json: async (snapshot) => toJsonSnapshot(snapshot),
    clock,
    kinds,
    inSlices,
    loadPart,
    outbox: (options) => new HttpOutbox(options, clock),
    transfer: (answer, memory) => transfer(answer, [memory]),
    storage: storageHere,
    export: exporting(clock, async () => written, destinations),
    pushes: async () => pushes,
    ...(canListen && { serve: listen }),
    acceptPort,
    adopt,
    onLockFree,
  };
}

async function inSlices<R>(work: Iterator<void, R>, check?: () => void): Promise<R> {
  for (;;) {
    // The caller may have just used up a slice of its own.
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
