import type { ExportPlan } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** What the collector's side can do without this thread. */
export interface PlannedExport {
  readonly plan: ExportPlan;
  /** Told of each outcome. */
  readonly ended?: ((succeeded: boolean) => void) | undefined;
}

/** Brings the metrics of a collector somewhere. Subclass it for a format or a destination of your own. */
export abstract class MetricsExporter {
  /**
   * @internal `undefined` for exporters that must run in this thread, such as an application's own.
   * Asked when it is needed: a method may be overridden by a field, which is there only later.
   */
  get plans(): readonly PlannedExport[] | undefined {
    return undefined;
  }

  /**
   * Seconds after which an export of this exporter that has not settled is given up, by whoever has
   * begun it; 15 unless a subclass says otherwise. Without meaning for exporters of the library.
   */
  declare readonly exportTimeout?: number | undefined;

  /** `true` once the metrics have arrived. Exporters of the library never reject. */
  abstract exportMetrics(collector: TelemetryCollector): Promise<boolean>;
}
