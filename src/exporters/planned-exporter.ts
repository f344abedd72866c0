import { runtime } from '#place';
import { check, isWhole, type Rules, TEXT } from '../options.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { MetricsExporter, type PlannedExport } from './metrics-exporter.ts';

/** How a file is written. It has no effect if the destination is a key. */
export interface FileOptions {
  /**
   * Permissions of the file, e.g. `0o640`: exactly these, whatever the umask is. Unless given, the file
   * keeps the permissions of the one that it replaces; a new one gets `0o644` minus the umask, so that
   * others can read it.
   */
  mode?: number | undefined;
}

export const FILE_RULES: Rules<FileOptions> = {
  mode: [
    (value) => isWhole(value) && value <= 0o777,
    'permissions as a number from 0 to 0o777, such as 0o640',
  ],
};

/**
 * An export that the collector's side does, with its retries. That also holds for subclasses, unless they
 * override `exportMetrics`: that runs in this thread.
 */
export abstract class PlannedExporter extends MetricsExporter {
  readonly #plans: readonly ExportPlan[];

  /** @internal @throws TelemetryError `invalid_option` */
  constructor(...plans: readonly ExportPlan[]) {
    super();
    for (const plan of plans) {
      check(`${plan.exporter} exporter destination`, plan.destination, TEXT);
    }
    // The path is resolved now, since the process may change its directory before it exports.
    this.#plans = plans.map((plan) =>
      plan.http ? plan : { ...plan, file: runtime.absolute?.(plan.destination) },
    );
  }

  /** @internal */
  override get plans(): readonly PlannedExport[] | undefined {
    const isOurs = this.exportMetrics === PlannedExporter.prototype.exportMetrics;
    return isOurs ? this.#plans.map((plan) => ({ plan })) : undefined;
  }

  /** Resolves to `false` if it failed after several attempts. The failure is logged and counted. */
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    const outcomes = await Promise.all(this.#plans.map((plan) => this.#export(plan, collector)));
    return outcomes.every(Boolean);
  }

  async #export(given: ExportPlan, collector: TelemetryCollector): Promise<boolean> {
    const refused = { succeeded: false };
    try {
      const plan = await this.planNow(given, collector);
      if (!plan) return false;
      return (await collector.ask((service) => service.runExport(plan), refused)).succeeded;
    } catch {
      return false; // no collector was given
    }
  }

  /** @internal Resolves to the plan of one export; to nothing if it cannot be made, which was then reported. */
  protected async planNow(
    plan: ExportPlan,
    _collector: TelemetryCollector,
  ): Promise<ExportPlan | undefined> {
    return plan;
  }
}
