import { own } from '../realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { exposition } from './exposition.ts';
import { PlannedExporter } from './planned-exporter.ts';

export interface JSONOptions {
  /** Indented by two spaces. */
  pretty?: boolean;
}

/** Writes the JSON shape of a snapshot. */
export class JSONExporter extends PlannedExporter {
  /**
   * @param destination a file, replaced in one step, or in a browser a key in IndexedDB
   */
  constructor(destination = 'metrics.json', options?: JSONOptions | null) {
    const { pretty } = own(options);
    const plan = { exporter: 'json', format: 'json', destination, pretty } as const;
    super(plan, new.target === JSONExporter);
  }
}

/** The JSON text of a snapshot; empty after shutdown. */
export async function formatJSON(
  collector: TelemetryCollector,
  options?: JSONOptions | null,
): Promise<string> {
  const { pretty } = own(options);
  return exposition(collector, { format: 'json', pretty });
}
