import type { ExportOutcome, ExportPlan, Rendered, RenderRequest } from './collector/protocol.ts';
import type { CollectorServices } from './collector/services.ts';
import { withRetry } from './exporters/retry.ts';
import { renderJson, toJsonSnapshot } from './formats/json.ts';
import { PROMETHEUS_TEXT_CONTENT_TYPE, renderPrometheusText } from './formats/prometheus-text.ts';
import { acceptPort } from './links/accept-port.ts';
import type { Snapshot } from './model.ts';
import { type CollectorPlace, clock, onLockFree, thisPlace } from './runtime/collector-side.ts';
import { listen } from './runtime/http-listener.ts';

type Destinations = ReturnType<CollectorPlace['storage']>;

/** What surrounds the collector in the place where this runs, put together. */
export function createServices(place: CollectorPlace = thisPlace()): CollectorServices {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Destinations | undefined;
  return {
    clock,
    storage: place.storage,
    json: toJsonSnapshot,
    render,
    export(plan, snapshot) {
      destinations ??= place.storage(undefined);
      return runExport(destinations, plan, snapshot);
    },
    serve: place.canListen ? listen : undefined,
    acceptPort,
    onLockFree,
  };
}

async function render(snapshot: Snapshot, request: RenderRequest): Promise<Rendered> {
  const json = request.format ? request.format === 'json' : prefersJson(request.accept ?? '');
  const text = json
    ? renderJson(snapshot, { pretty: request.pretty })
    : renderPrometheusText(snapshot);
  const body = new TextEncoder().encode(text);
  return {
    body: request.gzip ? await gzip(body) : body,
    contentType: json ? 'application/json; charset=utf-8' : PROMETHEUS_TEXT_CONTENT_TYPE,
  };
}

/** JSON only for those who ask for it and not for text; Prometheus asks for text and for any. */
function prefersJson(accept: string): boolean {
  return accept.includes('application/json') && !/text\/plain|openmetrics/.test(accept);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function runExport(
  destinations: Destinations,
  plan: ExportPlan,
  snapshot: Snapshot,
): Promise<ExportOutcome> {
  try {
    const { body } = await render(snapshot, { format: plan.format, pretty: plan.pretty });
    await withRetry(() => destinations.put(plan.destination, body), {
      after: (seconds) => clock.after(seconds),
      random: Math.random,
    });
    return { succeeded: true };
  } catch (error) {
    return { succeeded: false, error: String(error) };
  }
}
