import { COLLECTOR, check, oneOf, type Rule } from '../options.ts';
import type { RenderRequest } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** A function, so that bundlers can leave it out. */
export const escapingRule = (): Rule => oneOf('allow-utf-8', 'underscores', 'dots', 'values');

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
