import { textOf } from '../model.ts';
import { check, EXPORTER, readOption } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { withTimeout } from './export-timeout.ts';
import { MetricsExporter, type PlannedExport } from './metrics-exporter.ts';

export interface ExportResult {
  /** The exporter that was asked. */
  readonly exporter: MetricsExporter;
  /** Whether it has exported. */
  readonly succeeded: boolean;
}

const isSuccess = ({ succeeded }: ExportResult) => succeeded;

/**
 * Exports with several exporters at once.
 * @example
 * ```ts
 * import { JSONExporter, MultiExporter, PrometheusAdapter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporters = [new PrometheusAdapter('both.prom'), new JSONExporter('both.json')];
 * console.log(await new MultiExporter(exporters).exportMetrics(collector));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class MultiExporter extends MetricsExporter {
  /** The last result of each exporter, in their order. Those that have yet to run are missing. */
  results: readonly ExportResult[] = [];
  readonly #exporters: readonly MetricsExporter[];

  /** @throws TelemetryError `invalid_option` */
  constructor(exporters: readonly MetricsExporter[]) {
    super();
    check('MultiExporter exporters', exporters, [Array.isArray, 'an array of exporters']);
    this.#exporters = readOption('MultiExporter exporters', () => [...exporters]);
    for (const exporter of this.#exporters) check('MultiExporter exporters', exporter, EXPORTER);
  }

  /** @internal `undefined` for a subclass with its own `exportMetrics`, which runs in this thread. */
  override get plans(): readonly PlannedExport[] | undefined {
    if (this.exportMetrics !== MultiExporter.prototype.exportMetrics) return undefined;
    const plans = this.#exporters.map((exporter) => this.#plansOf(exporter));
    return plans.every((plan) => plan !== undefined) ? plans.flat() : undefined;
  }

  #plansOf(exporter: MetricsExporter): PlannedExport[] | undefined {
    // An exporter may have several, such as one for metrics and one for events.
    const last = new Map<number, boolean>();
    return exporter.plans?.map(({ ended, ...planned }, i) => ({
      ...planned,
      ended: (succeeded) => {
        ended?.(succeeded);
        last.set(i, succeeded);
        const isNested = exporter instanceof MultiExporter;
        const outcomes = [...last.values()];
        const have = isNested ? exporter.results.some(isSuccess) : outcomes.every(Boolean);
        this.#note({ exporter, succeeded: have });
      },
    }));
  }

  #note(result: ExportResult): void {
    const known = new Map(this.results.map((earlier) => [earlier.exporter, earlier]));
    known.set(result.exporter, result);
    this.results = this.#exporters.flatMap((exporter) => known.get(exporter) ?? []);
  }

  /** Resolves to `true` if at least one exporter succeeded. */
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    this.results = await Promise.all(
      this.#exporters.map(async (exporter) => ({
        exporter,
        succeeded: await exportSafely(exporter, collector),
      })),
    );
    return this.results.some(isSuccess);
  }
}

/** Runs an exporter that may be the application's own, which may throw or never settle. */
async function exportSafely(
  exporter: MetricsExporter,
  collector: TelemetryCollector,
): Promise<boolean> {
  const exported = () => exportOrFail(exporter, collector);
  // The collector limits the time of its own exports, and a `MultiExporter` that of each of its exporters.
  const isOurs = exporter.plans || exporter.exportMetrics === MultiExporter.prototype.exportMetrics;
  if (isOurs) return exported();
  return withTimeout(exporter, exported, (what) => collector.fail('export_late', what));
}

async function exportOrFail(
  exporter: MetricsExporter,
  collector: TelemetryCollector,
): Promise<boolean> {
  try {
    return (await exporter.exportMetrics(collector)) === true;
  } catch (error) {
    collector.fail('export', `${exporter.constructor.name} failed: ${textOf(error)}`);
    return false;
  }
}

/**
 * Exports, and counts the export. The collector itself only counts exports with a plan.
 * @returns whether it succeeded
 */
export async function exportAndCount(
  exporter: MetricsExporter,
  collector: TelemetryCollector,
): Promise<boolean> {
  const succeeded = await exportSafely(exporter, collector);
  if (exporter.plans) return succeeded;
  const { name } = exporter.constructor;
  await collector.ask((service) => service.countExport(name, succeeded), undefined);
  return succeeded;
}
