import type { ExportPlan } from '../collector/protocol.ts';
import { textOf } from '../model.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { MetricsExporter } from './metrics-exporter.ts';

/** Exports to several places at once. */
export class MultiExporter extends MetricsExporter {
  override readonly plans: readonly ExportPlan[] | undefined;
  /** How each exporter fared in the last `exportMetrics`, in their order. */
  results: readonly { readonly exporter: MetricsExporter; readonly succeeded: boolean }[] = [];
  readonly #exporters: readonly MetricsExporter[];

  constructor(exporters: readonly MetricsExporter[]) {
    super();
    this.#exporters = [...exporters];
    const plans = exporters.map((exporter) => exporter.plans);
    const all = new.target === MultiExporter && plans.every((plan) => plan !== undefined);
    this.plans = all ? plans.flat() : undefined;
  }

  /** `true` if at least one succeeded. */
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    this.results = await Promise.all(
      this.#exporters.map(async (exporter) => ({
        exporter,
        succeeded: await exportSafely(exporter, collector),
      })),
    );
    return this.results.some(({ succeeded }) => succeeded);
  }
}

/** Runs an exporter that may be the application's own, which may throw. */
export async function exportSafely(
  exporter: MetricsExporter,
  collector: TelemetryCollector,
): Promise<boolean> {
  try {
    return await exporter.exportMetrics(collector);
  } catch (error) {
    collector.fail('export', `${exporter.constructor.name} failed: ${textOf(error)}`);
    return false;
  }
}
