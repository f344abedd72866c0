import type { ExportPlan } from '../collector/protocol.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** What the collector's side can do without this thread. */
export interface PlannedExport {
  readonly plan: ExportPlan;
  /** Told of each outcome. */
  readonly ended?: (succeeded: boolean) => void;
}

/** Brings the metrics of a collector somewhere. Subclass it for a format or a place of your own. */
export abstract class MetricsExporter {
  /**
   * @internal `undefined` for exporters that must run in this thread, such as an application's own.
   */
  readonly plans: readonly PlannedExport[] | undefined;

  /** `true` once the metrics have arrived. Exporters of the library never reject. */
  abstract exportMetrics(collector: TelemetryCollector): Promise<boolean>;
}
