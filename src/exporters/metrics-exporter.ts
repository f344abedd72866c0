import type { ExportPlan } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** An export that the collector's side can do without this thread. */
export interface PlannedExport {
  readonly plan: ExportPlan;
  /** Returns further headers of an export by HTTP; present if the plan says that it asks for them. */
  readonly headers?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Called with each outcome. */
  readonly ended?: ((succeeded: boolean) => void) | undefined;
}

/**
 * Sends the metrics of a collector somewhere. Subclass it for a format or a destination of your own.
 * @example
 * ```ts
 * import { formatJSON, MetricsExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * class Kept extends MetricsExporter {
 *   readonly texts: string[] = [];
 *   async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
 *     this.texts.push(await formatJSON(collector));
 *     return true;
 *   }
 * }
 *
 * const collector = new TelemetryCollector();
 * const exporter = new Kept();
 * console.log(await exporter.exportMetrics(collector), exporter.texts.length);
 * // -> true 1
 * await collector.shutdown();
 * ```
 */
export abstract class MetricsExporter {
  /**
   * @internal The exports that the collector's side can do; `undefined` for exporters that must run in this
   * thread, such as an application's own. It is read only when it is needed: a subclass may override a
   * method by a field, which is set later than this constructor runs.
   */
  get plans(): readonly PlannedExport[] | undefined {
    return undefined;
  }

  /**
   * After so many seconds, an export of this exporter that has not settled is given up by its caller; 15
   * unless a subclass says otherwise. Exporters of the library ignore it.
   */
  declare readonly exportTimeout?: number | undefined;

  /** Resolves to `true` once the metrics have arrived. Exporters of the library never reject. */
  abstract exportMetrics(collector: TelemetryCollector): Promise<boolean>;
}
