import type { ExportPlan } from '../collector/protocol.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Brings the metrics of a collector somewhere. Subclass it for a format or a place of your own. */
export abstract class MetricsExporter {
  /**
   * @internal What the collector's side can do without this thread; `undefined` for exporters
   * that must run here, such as an application's own.
   */
  readonly plans: readonly ExportPlan[] | undefined;

  /** `true` once the metrics have arrived. Exporters of the library never reject. */
  abstract exportMetrics(collector: TelemetryCollector): Promise<boolean>;
}
