import { checked } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { FILE_RULES, type FileOptions, PlannedExporter } from './planned-exporter.ts';
import { renderText } from './render-text.ts';

/** Writes the Prometheus text format, e.g. for the node exporter's textfile collector. */
export class PrometheusAdapter extends PlannedExporter {
  /**
   * @param destination a file, which is replaced in one step, or in a browser a key in IndexedDB. A
   * relative path is resolved now, from the working directory.
   * @throws TelemetryError `invalid_option`
   */
  constructor(destination = 'metrics.prom', options?: FileOptions | null) {
    const { mode } = checked('PrometheusAdapter', options, FILE_RULES);
    const plan = { exporter: 'prometheus', format: 'prometheus', destination, mode } as const;
    super(plan);
  }
}

/** Resolves to the exposition in the Prometheus text format 0.0.4; empty after shutdown. */
export async function formatPrometheus(collector: TelemetryCollector): Promise<string> {
  return renderText(collector, { format: 'prometheus' });
}
