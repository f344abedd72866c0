import type { GrafanaDashboard, GrafanaPanel } from 'utilityfog-telemetry/grafana';

/** A query of a dashboard, with where it stands. */
export interface DashboardQuery {
  /** The title of the panel, or the name of the annotation. */
  readonly title: string;
  readonly type: string;
  readonly expr: string;
}

/** Returns the panels, without the rows that divide them. */
export function panelsOf(dashboard: GrafanaDashboard): GrafanaPanel[] {
  return dashboard.panels.filter(({ type }) => type !== 'row');
}

/** Returns all queries of a dashboard. */
export function queriesOf(dashboard: GrafanaDashboard): DashboardQuery[] {
  const inPanels = panelsOf(dashboard).flatMap(({ title, type, targets = [] }) =>
    targets.map(({ expr }) => ({ title, type, expr })),
  );
  const marks = (dashboard.annotations.list ?? []) as { name: string; target: { expr: string } }[];
  return [
    ...inPanels,
    ...marks.map(({ name, target }) => ({ title: name, type: 'annotation', expr: target.expr })),
  ];
}

/** Puts values in for variables. Of those that are not given, Grafana has chosen all. */
export function substituted(expr: string, values: Readonly<Record<string, string>> = {}): string {
  return expr.replaceAll('$__rate_interval', '30s').replace(/"\$(\w+)"/g, (_, name: string) => {
    const value = values[name];
    return JSON.stringify(value === undefined ? '.*' : escapedRegex(value));
  });
}

/** Grafana escapes a value that was chosen, since the matcher is a regular expression. */
function escapedRegex(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
