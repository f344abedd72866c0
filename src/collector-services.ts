import type { ExportOutcome, ExportPlan, Rendered, RenderRequest } from './collector/protocol.ts';
import type { CollectorServices } from './collector/services.ts';
import { withRetry } from './exporters/retry.ts';
import { renderJson, toJsonSnapshot } from './formats/json.ts';
import { PROMETHEUS_TEXT_CONTENT_TYPE, renderPrometheusText } from './formats/prometheus-text.ts';
import type { Snapshot } from './model.ts';
import { clock } from './runtime/clock.ts';
import type { Storage } from './storage/storage.ts';

/** What differs from place to place. */
export type Place = Omit<CollectorServices, 'clock' | 'json' | 'render' | 'export'>;

/** What surrounds the collector in the place where this runs, put together. */
export function createServices(place: Place): CollectorServices {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Storage | undefined;
  return {
    ...place,
    clock,
    json: toJsonSnapshot,
    render,
    export(plan, snapshot, given) {
      destinations ??= given ?? place.storage(undefined);
      return runExport(destinations, plan, snapshot);
    },
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
  destinations: Storage,
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
