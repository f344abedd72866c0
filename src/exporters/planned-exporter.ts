import type { ExportPlan } from '../collector/protocol.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { MetricsExporter, type PlannedExport } from './metrics-exporter.ts';

/** An export that the collector's side does, with its retries. */
export abstract class PlannedExporter extends MetricsExporter {
  override readonly plans: readonly PlannedExport[] | undefined;
  readonly #plan: ExportPlan;

  /** @internal `itself`: whether the class was not subclassed; a subclass may override anything. */
  constructor(plan: ExportPlan, itself: boolean) {
    super();
    this.#plan = plan;
    this.plans = itself ? [{ plan }] : undefined;
  }

  /** `false` when it failed after several attempts; the failure is logged and counted. */
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    const refused = { succeeded: false };
    try {
      return (await collector.ask((service) => service.runExport(this.#plan), refused)).succeeded;
    } catch {
      return false; // no collector was given
    }
  }
}
