import type { RenderRequest } from './collector/protocol.ts';
import { type CollectorServices, type Exposition, joined } from './collector/services.ts';
import { withRetry } from './exporters/retry.ts';
import { renderJson, toJsonSnapshot } from './formats/json.ts';
import { PROMETHEUS_TEXT_CONTENT_TYPE } from './formats/prometheus-text.ts';
import type { Snapshot } from './model.ts';
import { clock } from './runtime/clock.ts';
import type { Storage } from './storage/storage.ts';

/** What differs from place to place. */
export interface Place extends Omit<CollectorServices, 'clock' | 'json' | 'render' | 'export'> {
  /** Of one collector's snapshots, one after the other. */
  prometheusText(snapshot: Snapshot): Promise<Exposition['chunks']>;
}

/** What surrounds the collector in the place where this runs, put together. */
export function createServices(place: Place): CollectorServices {
  // One for all exports: each object opens a connection of its own to IndexedDB.
  let destinations: Storage | undefined;
  const render = async (snapshot: Snapshot, request: RenderRequest): Promise<Exposition> => {
    const { format, accept = '', pretty, gzip } = request;
    const json = format ? format === 'json' : prefersJson(accept);
    const chunks = json
      ? [new TextEncoder().encode(renderJson(snapshot, { pretty }))]
      : await place.prometheusText(snapshot);
    return {
      chunks: gzip ? [await compressed(chunks)] : chunks,
      contentType: json ? 'application/json; charset=utf-8' : PROMETHEUS_TEXT_CONTENT_TYPE,
    };
  };
  return {
    ...place,
    clock,
    json: toJsonSnapshot,
    render,
    async export({ format, pretty, destination }, snapshot, given) {
      destinations ??= given ?? place.storage(undefined);
      const storage = destinations;
      try {
        const body = joined((await render(snapshot, { format, pretty })).chunks);
        await withRetry(() => storage.put(destination, body), {
          after: (seconds) => clock.pause(seconds),
          random: Math.random,
        });
        return { succeeded: true };
      } catch (error) {
        return { succeeded: false, error: String(error) };
      }
    },
  };
}

/** JSON only for those who ask for it and not for text; Prometheus asks for text and for any. */
function prefersJson(accept: string): boolean {
  return accept.includes('application/json') && !/text\/plain|openmetrics/.test(accept);
}

async function compressed(
  chunks: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([...chunks]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
