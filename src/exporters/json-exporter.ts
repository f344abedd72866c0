import { own } from '../realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { exposition } from './exposition.ts';
import { type FileOptions, PlannedExporter } from './planned-exporter.ts';

export interface JSONOptions {
  /** Indented by two spaces. */
  pretty?: boolean;
}

/** Writes the JSON shape of a snapshot. */
export class JSONExporter extends PlannedExporter {
  /**
   * @param destination a file, replaced in one step, or in a browser a key in IndexedDB; relative to
   *   the working directory as it is now
   * @throws TelemetryError when the mode is none
   */
  constructor(destination = 'metrics.json', options?: (JSONOptions & FileOptions) | null) {
    const { pretty, mode } = own(options);
    const plan = { exporter: 'json', format: 'json', destination, pretty, mode } as const;
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
