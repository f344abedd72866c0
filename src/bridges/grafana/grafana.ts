import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { type DashboardFamily, registeredFamilies } from './family.ts';
import { familyPanels } from './family-panels.ts';
import { placed, type Section, sectionsOf } from './grid.ts';
import {
  type GrafanaAnnotationOptions,
  type GrafanaOptions,
  type GrafanaPanelOptions,
  RULES,
} from './options.ts';
import { DATASOURCE, panelOf } from './panel.ts';
import type { PanelPlan } from './panel-plan.ts';
import { PromQL } from './promql.ts';
import { datasourceVariable, labelVariables } from './variables.ts';

export type { DashboardFamily, GrafanaAnnotationOptions, GrafanaOptions, GrafanaPanelOptions };

/** A dashboard as Grafana imports it: plain data, which fits JSON. */
export interface GrafanaDashboard {
  /** What the dashboard is called. */
  readonly title: string;
  /** The identity by which Grafana knows the dashboard again. */
  readonly uid?: string;
  /** The tags by which it can be found. */
  readonly tags: readonly string[];
  /** The version of Grafana's form of dashboards. */
  readonly schemaVersion: number;
  /** The panels, and the rows that divide them. */
  readonly panels: readonly GrafanaPanel[];
  /** The variables that can be chosen above the panels. */
  readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  /** The moments that are marked in every panel. */
  readonly annotations: { readonly list?: readonly Readonly<Record<string, unknown>>[] };
  readonly [field: string]: unknown;
}

/** A panel of a dashboard. */
export interface GrafanaPanel {
  /** The number of the panel in its dashboard. */
  readonly id: number;
  /** How it shows the queries, such as `timeseries`. */
  readonly type: string;
  /** What stands above it. */
  readonly title: string;
  /** Absent in rows. */
  readonly targets?: readonly { readonly expr: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

/**
 * Makes a Grafana dashboard of the metrics that this thread has registered, for a Prometheus that has
 * scraped or received them.
 *
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { grafanaDashboard } from 'utilityfog-telemetry/grafana';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders');
 * const dashboard = grafanaDashboard(collector, { title: 'Shop' });
 * console.log(dashboard.title, dashboard.panels.length > 0);
 * // -> Shop true
 * ```
 */
export function grafanaDashboard(
  collector: TelemetryCollector,
  options?: GrafanaOptions | null,
): GrafanaDashboard {
  const taken = checkedOptions(collector, options);
  const { variables = ['job', 'instance'], escaping = 'allow-utf-8', native } = taken;
  const { title = 'Telemetry', tags = ['utilityfog-telemetry'], exemplars = true } = taken;
  const { refresh = '30s', range = '1h', quantiles = [0.5, 0.9, 0.99] } = taken;
  const promql = new PromQL(variables, escaping);
  const dashboard = new DashboardBuilder(title)
    .tags([...tags])
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh(refresh)
    .time({ from: `now-${range}`, to: 'now' })
    .withVariable(datasourceVariable(taken.datasource));
  if (taken.uid !== undefined) dashboard.uid(taken.uid);
  if (taken.description !== undefined) dashboard.description(taken.description);
  for (const variable of labelVariables(variables)) dashboard.withVariable(variable);
  for (const one of taken.annotations ?? []) dashboard.annotation(annotationOf(one, promql));
  const panelsOf = (family: DashboardFamily) => familyPanels(family, { promql, quantiles, native });
  const shown = chosen(collector, taken);
  const own = (taken.panels ?? []).map((panel) => [planOf(panel, promql)]);
  const sections: Section[] = [
    { title: undefined, groups: own },
    // A list of names is an order, which sections would not keep.
    ...(Array.isArray(taken.metrics)
      ? [{ title: undefined, groups: shown.map(panelsOf) }]
      : sectionsOf(shown, panelsOf)),
  ];
  for (const [i, one] of placed(sections).entries()) {
    if ('row' in one) dashboard.withRow(new RowBuilder(one.row).id(i + 1).gridPos(one.at));
    else dashboard.withPanel(panelOf(one.plan, i + 1, one.at, exemplars));
  }
  // The objects of the library also have methods. Without a panel it has no list.
  return JSON.parse(JSON.stringify({ panels: [], ...dashboard.build() }));
}

function checkedOptions(
  collector: TelemetryCollector,
  options: GrafanaOptions | null | undefined,
): GrafanaOptions {
  if (typeof collector?.checked !== 'function') {
    const message = `grafanaDashboard(): collector must be a TelemetryCollector; got ${typeof collector}`;
    // This file knows only types of the package, so it cannot use the error's class.
    throw Object.assign(new Error(message), { name: 'TelemetryError', code: 'invalid_option' });
  }
  return collector.checked('grafanaDashboard()', options, RULES);
}

/** Returns the metrics that are shown, in their order. */
function chosen(
  collector: TelemetryCollector,
  { metrics, families = [] }: GrafanaOptions,
): DashboardFamily[] {
  const byName = new Map(
    [...registeredFamilies(collector), ...families].map((family) => [family.name, family]),
  );
  const all = [...byName.values()];
  if (metrics === undefined) return all;
  if (typeof metrics === 'function') return all.filter((family) => metrics(family));
  const known = (value: unknown) => (value as string[]).every((name) => byName.has(name));
  collector.checked<Pick<GrafanaOptions, 'metrics'>>(
    'grafanaDashboard()',
    { metrics },
    { metrics: [known, 'names of metrics that are registered here, or given as `families`'] },
  );
  return metrics.map((name) => byName.get(name)!);
}

function planOf(panel: GrafanaPanelOptions, promql: PromQL): PanelPlan {
  const { title, description = '', type = 'timeseries', unit = 'short', width = 12 } = panel;
  const queries = panel.queries.map(({ expr, legend }) => ({
    expr: filtered(expr, promql),
    legend,
    isInstant: type === 'stat',
  }));
  return { title, description, type, unit, width, queries, values: panel.values };
}

function annotationOf(
  { name, expr, text = name }: GrafanaAnnotationOptions,
  promql: PromQL,
): AnnotationQueryBuilder {
  const target = new DataqueryBuilder()
    .refId('Anno')
    .datasource(DATASOURCE)
    .expr(filtered(expr, promql))
    .range();
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('blue')
    .titleFormat(text)
    .target(target);
}

/** Puts the matchers of the variables in. Without variables nothing is left of the place for them. */
function filtered(expr: string, { filter }: PromQL): string {
  return expr.replace(/\$filter\b/g, () => filter);
}
