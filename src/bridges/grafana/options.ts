import { ESCAPINGS, type Escaping } from '../../kinds/escaping.ts';
import { isLegacyLabelName } from '../../kinds/names.ts';
import { FLAG, isWhole, type Rule, type Rules, TEXT } from '../../options.ts';
import type { DashboardFamily } from './family.ts';
import type { ShownValues } from './panel-plan.ts';

/** The options of `grafanaDashboard()`. */
export interface GrafanaOptions {
  /**
   * What the dashboard is called.
   * @defaultValue `Telemetry`
   */
  readonly title?: string | undefined;
  /** By this Grafana knows the dashboard again: 1 to 40 letters, digits, `-` and `_`. */
  readonly uid?: string | undefined;
  /** What the dashboard is for; Grafana shows it beside the title. */
  readonly description?: string | undefined;
  /**
   * The tags by which Grafana finds it.
   * @defaultValue `["utilityfog-telemetry"]`
   */
  readonly tags?: readonly string[] | undefined;
  /**
   * The names of the metrics that are shown, in that order, or a function that says which are.
   * @defaultValue all
   */
  readonly metrics?: readonly string[] | ((metric: DashboardFamily) => boolean) | undefined;
  /** Metrics that this thread has not registered, such as those of other threads or programs. */
  readonly families?: readonly DashboardFamily[] | undefined;
  /** Panels of your own. They are shown first. */
  readonly panels?: readonly GrafanaPanelOptions[] | undefined;
  /** Moments that are marked in every panel. */
  readonly annotations?: readonly GrafanaAnnotationOptions[] | undefined;
  /**
   * How histograms are asked for that have native buckets: `true` for these only, `false` for classic series
   * only, as a server has them that does not scrape native ones. Unless given, whichever the server has.
   */
  readonly native?: boolean | undefined;
  /**
   * Which quantiles of histograms are shown, from 0 to 1.
   * @defaultValue 0.5, 0.9 and 0.99
   */
  readonly quantiles?: readonly number[] | undefined;
  /**
   * Labels whose values can be chosen in the dashboard.
   * @defaultValue `job` and `instance`
   */
  readonly variables?: readonly string[] | undefined;
  /**
   * The uid of the data source that is chosen at first.
   * @defaultValue Grafana's default
   */
  readonly datasource?: string | undefined;
  /**
   * How the server stores names beyond ASCII.
   * @defaultValue `allow-utf-8`, as they are
   */
  readonly escaping?: Escaping | undefined;
  /**
   * Whether panels show exemplars.
   * @defaultValue `true`
   */
  readonly exemplars?: boolean | undefined;
  /**
   * How often Grafana asks again, such as `10s`.
   * @defaultValue `30s`
   */
  readonly refresh?: string | undefined;
  /**
   * How much time is shown at first, such as `6h`.
   * @defaultValue `1h`
   */
  readonly range?: string | undefined;
}

/** A panel with queries of your own. */
export interface GrafanaPanelOptions {
  /** What stands above the panel. */
  readonly title: string;
  /** What the panel shows, in words. */
  readonly description?: string | undefined;
  /**
   * How the values are shown.
   * @defaultValue `timeseries`
   */
  readonly type?: 'timeseries' | 'stat' | 'state-timeline' | undefined;
  /**
   * Grafana's name of the unit, such as `s`, `bytes`, `percentunit`, `reqps`.
   * @defaultValue `short`
   */
  readonly unit?: string | undefined;
  /**
   * In columns of the grid, which has 24.
   * @defaultValue 12
   */
  readonly width?: number | undefined;
  /** What is shown for values that stand for something: `{ 0: { text: 'down', color: 'red' } }`. */
  readonly values?: ShownValues | undefined;
  /** PromQL. `$filter` stands for the matchers of the variables: `rate(errors_total{$filter}[$__rate_interval])`. */
  readonly queries: readonly {
    readonly expr: string;
    /** What the legend says, with labels in double braces. Unless given, it says how the series differ. */
    readonly legend?: string | undefined;
  }[];
}

/** Moments that a query finds. */
export interface GrafanaAnnotationOptions {
  /** What the marks are called in the dashboard. */
  readonly name: string;
  /** PromQL, as in a panel. Each moment at which it has a value is marked. */
  readonly expr: string;
  /**
   * What the mark says, with labels in double braces.
   * @defaultValue the name
   */
  readonly text?: string | undefined;
}

/** The most of anything that a dashboard may have. */
const MOST = 10_000;
/** In units of UTF-16. */
const LONGEST = 10_000;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST;
const isAbsentOr = (test: (value: unknown) => boolean, value: unknown) =>
  value === undefined || test(value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf = (test: (item: unknown) => boolean, value: unknown): value is unknown[] =>
  // `every` would skip holes.
  Array.isArray(value) && value.length <= MOST && Array.from<unknown>(value).every(test);
const isQuantile = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
const isWidth = (value: unknown) => isWhole(value) && value >= 1 && value <= 24;

const PANEL_TYPES: readonly unknown[] = ['timeseries', 'stat', 'state-timeline'];
const COMBINES: readonly unknown[] = ['sum', 'last', 'min', 'max', 'mean'];

/** A number and a unit, as in `30s`. */
const DURATION: Rule = [
  (value) => typeof value === 'string' && /^[1-9]\d{0,5}[smhdw]$/.test(value),
  'a number with s, m, h, d or w, such as "30s"',
];

export const RULES: Rules<GrafanaOptions> = {
  title: TEXT,
  uid: [
    (value) => typeof value === 'string' && /^[\w-]{1,40}$/.test(value),
    '1 to 40 letters, digits, - and _',
  ],
  description: TEXT,
  tags: [(value) => isListOf(isText, value), 'a list of texts'],
  metrics: [
    (value) => typeof value === 'function' || isListOf(isText, value),
    'a list of names, or a function',
  ],
  families: [(value) => isListOf(isFamily, value), 'a list of { name, type, … }'],
  panels: [(value) => isListOf(isPanel, value), 'a list of { title, queries: [{ expr }], … }'],
  annotations: [(value) => isListOf(isAnnotation, value), 'a list of { name, expr, … }'],
  native: FLAG,
  quantiles: [
    (value) => isListOf(isQuantile, value) && value.length > 0,
    'a list of numbers from 0 to 1, at least one',
  ],
  variables: [
    (value) =>
      isListOf((name) => isText(name) && isLegacyLabelName(name), value) &&
      !value.includes('datasource') &&
      new Set(value).size === value.length,
    'a list of different label names, without "datasource"',
  ],
  datasource: TEXT,
  escaping: [(value) => ESCAPINGS.includes(value as Escaping), `one of ${ESCAPINGS.join(', ')}`],
  exemplars: FLAG,
  refresh: DURATION,
  range: DURATION,
};

function isFamily(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.name, value.type].every(isText) &&
    isAbsentOr((one) => typeof one === 'string', value.description) &&
    isAbsentOr((one) => typeof one === 'string', value.unit) &&
    isAbsentOr((one) => isListOf(isText, one), value.labelNames) &&
    isAbsentOr((one) => COMBINES.includes(one), value.combine) &&
    isAbsentOr(Array.isArray, value.buckets) &&
    isAbsentOr((one) => typeof one === 'boolean', value.native)
  );
}

function isPanel(value: unknown): boolean {
  const isQuery = (query: unknown) =>
    isRecord(query) && isText(query.expr) && isAbsentOr(isText, query.legend);
  return (
    isRecord(value) &&
    isText(value.title) &&
    isAbsentOr((one) => typeof one === 'string', value.description) &&
    isAbsentOr((one) => PANEL_TYPES.includes(one), value.type) &&
    isAbsentOr(isText, value.unit) &&
    isAbsentOr(isWidth, value.width) &&
    isAbsentOr(areShown, value.values) &&
    isListOf(isQuery, value.queries) &&
    value.queries.length > 0
  );
}

function areShown(values: unknown): boolean {
  const isShown = (one: unknown) =>
    isRecord(one) && isText(one.text) && isAbsentOr(isText, one.color);
  return isRecord(values) && isListOf(isShown, Object.values(values));
}

function isAnnotation(value: unknown): boolean {
  return (
    isRecord(value) && [value.name, value.expr].every(isText) && isAbsentOr(isText, value.text)
  );
}
