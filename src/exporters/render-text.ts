import { COLLECTOR, check } from '../options.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/**
 * Resolves to the exposition as text; empty after shutdown.
 * @throws TelemetryError if the collector fails, or is none
 */
export async function renderText(
  collector: TelemetryCollector,
  request: RenderRequest,
): Promise<string> {
  check('collector', collector, COLLECTOR);
  try {
    return new TextDecoder().decode((await collector.render(request)).body);
  } catch (error) {
    if ((error as { code?: string } | undefined)?.code === 'shut_down') return '';
    throw error;
  }
}
