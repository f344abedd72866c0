import type { RenderRequest } from '../collector/protocol.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Empty after shutdown. @throws TelemetryError when the collector failed */
export async function exposition(
  collector: TelemetryCollector,
  request: RenderRequest,
): Promise<string> {
  try {
    return new TextDecoder().decode((await collector.render(request)).body);
  } catch (error) {
    if ((error as { code?: string } | undefined)?.code === 'shut_down') return '';
    throw error;
  }
}
