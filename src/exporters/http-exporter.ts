import { textOf } from '../model.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { type HeaderFields, type HeaderSource, headersFrom } from './http-options.ts';
import type { PlannedExport } from './metrics-exporter.ts';
import { PlannedExporter } from './planned-exporter.ts';

/** An export that the collector's side sends by HTTP. */
export abstract class HttpExporter extends PlannedExporter {
  readonly #name: string;
  readonly #source: HeaderSource | undefined;

  /** @internal @param headers the option, of which only a function counts here */
  constructor(
    headers: HeaderFields | HeaderSource | undefined,
    ...plans: readonly [ExportPlan, ...ExportPlan[]]
  ) {
    super(...plans);
    this.#name = plans[0].exporter;
    this.#source = typeof headers === 'function' ? headers : undefined;
  }

  /** @internal */
  override get plans(): readonly PlannedExport[] | undefined {
    const source = this.#source;
    const headers = source && (() => headersFrom(this.#name, source));
    return super.plans?.map((planned) => ({ ...planned, ...(headers && { headers }) }));
  }

  /** @internal */
  protected override async planNow(
    plan: ExportPlan,
    collector: TelemetryCollector,
  ): Promise<ExportPlan | undefined> {
    const { http } = plan;
    if (!this.#source || !http) return plan;
    try {
      const more = await headersFrom(this.#name, this.#source);
      return { ...plan, http: { ...http, headers: { ...http.headers, ...more } } };
    } catch (error) {
      collector.fail('export', `${this.#name} export failed: headers(): ${textOf(error)}`);
      await collector.ask((service) => service.countExport(this.#name, false), undefined);
      return undefined;
    }
  }
}
