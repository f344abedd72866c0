import { type Combine, MetricType } from '../../model.ts';
import type { DashboardFamily } from './family.ts';
import { EVENTS_PER_SECOND, rateUnitOf, TIME_AGO, unitOf } from './grafana-units.ts';
import type { PanelPlan, PanelQuery } from './panel-plan.ts';
import type { PromQL } from './promql.ts';

/** What the panels of all metrics depend on. */
export interface Style {
  readonly promql: PromQL;
  /** From 0 to 1. */
  readonly quantiles: readonly number[];
  /** Which buckets of histograms are asked for that have native ones; those that the server has unless given. */
  readonly native: boolean | undefined;
}

type Planner = (family: DashboardFamily, style: Style) => PanelPlan[];

/** How instances become one value. Of `last` nobody knows which of them was the last one. */
const OPERATORS: Readonly<Record<Combine, string>> = {
  sum: 'sum',
  min: 'min',
  max: 'max',
  mean: 'avg',
  last: 'avg',
};

/** Names of gauges that hold a time, in seconds since 1970. */
const HOLDS_TIME = /(timestamp|start_time)_seconds$/;
/** Longer descriptions are no titles. */
const LONGEST_TITLE = 60;

const PLANNERS: Readonly<Record<string, Planner>> = {
  [MetricType.Counter]: counterPanels,
  [MetricType.Gauge]: gaugePanels,
  [MetricType.Histogram]: histogramPanels,
  [MetricType.Summary]: summaryPanels,
  [MetricType.Info]: infoPanels,
  [MetricType.StateSet]: stateSetPanels,
};

/** Plans the panels of a metric. */
export function familyPanels(family: DashboardFamily, style: Style): PanelPlan[] {
  const planner = Object.hasOwn(PLANNERS, family.type) ? PLANNERS[family.type] : undefined;
  return (planner ?? valuePanels)(family, style);
}

function counterPanels(family: DashboardFamily, { promql }: Style): PanelPlan[] {
  const expr = promql.rate(promql.counter(family.name), family.labelNames);
  const queries = [{ expr, legend: legendOf(family), hasExemplars: true }];
  return [
    {
      ...about(family, ' per second'),
      unit: rateUnitOf(family),
      type: 'timeseries',
      width: 12,
      queries,
    },
  ];
}

function gaugePanels(family: DashboardFamily, style: Style): PanelPlan[] {
  const { name, labelNames = [], combine = 'sum' } = family;
  const { promql } = style;
  // In other clients, and in Node's own metrics, infos are gauges.
  if (name.endsWith('_info')) return infoPanels(family, style);
  const holdsTime = HOLDS_TIME.test(name);
  const operator = holdsTime ? 'max' : OPERATORS[combine];
  const value = promql.aggregate(operator, promql.select(name), labelNames);
  const stat: PanelPlan = {
    ...about(family),
    unit: holdsTime ? TIME_AGO : unitOf(family),
    type: 'stat',
    width: 6,
    queries: [
      { expr: holdsTime ? `${value} * 1000` : value, legend: legendOf(family), isInstant: true },
    ],
  };
  return holdsTime ? [stat] : [stat, ...valuePanels(family, style)];
}

/** Shows the values as they are, of each instance. */
function valuePanels(family: DashboardFamily, { promql }: Style): PanelPlan[] {
  const queries = [{ expr: promql.select(family.name) }];
  return [{ ...about(family), unit: unitOf(family), type: 'timeseries', width: 18, queries }];
}

function histogramPanels(family: DashboardFamily, style: Style): PanelPlan[] {
  const { name, labelNames } = family;
  const { promql, quantiles } = style;
  const ways = waysToRead(family, style);
  const unit = unitOf(family);
  const either = (native: string, classic: string) =>
    [...(ways.native ? [native] : []), ...(ways.classic ? [classic] : [])].join(' or ');
  const [whole, buckets, count] = ['', '_bucket', '_count'].map((end) => promql.select(name, end));
  const rate = either(
    `histogram_count(${promql.rate(whole!, labelNames)})`,
    promql.rate(count!, labelNames),
  );
  const observations: PanelPlan = {
    ...about(family, ': observations per second'),
    ...{ unit: EVENTS_PER_SECOND, type: 'timeseries', width: 8 },
    queries: [{ expr: rate, legend: legendOf(family), hasExemplars: true }],
  };
  if (!ways.buckets) return [meanPanel(family, style), { ...observations, width: 12 }];
  const [filled, cells] = [promql.increase(whole!), promql.increase(buckets!, ['le'])];
  // A server may have both. One heat map cannot show them together.
  const heatmap = either(filled, ways.native ? `(${cells} unless on () ${filled})` : cells);
  const quantile = (q: number): PanelQuery => ({
    expr: either(
      `histogram_quantile(${q}, ${promql.rate(whole!)})`,
      `histogram_quantile(${q}, ${promql.rate(buckets!, ['le'])})`,
    ),
    legend: `p${Number((q * 100).toPrecision(12))}`,
    hasExemplars: true,
  });
  return [
    {
      ...about(family, ': distribution'),
      ...{ unit, type: 'heatmap', width: 8 },
      queries: [{ expr: heatmap, legend: '{{le}}', format: 'heatmap', hasExemplars: true }],
    },
    {
      ...about(family, ': quantiles'),
      ...{ unit, type: 'timeseries', width: 8 },
      queries: quantiles.map(quantile),
    },
    observations,
  ];
}

/** Which series of a histogram are asked for. Its count and sum are among the classic ones. */
function waysToRead({ native, buckets }: DashboardFamily, style: Style) {
  const hasClassic = buckets === undefined ? !native : buckets.length > 0;
  const hasNative = native ?? !hasClassic;
  const asksNative = hasNative && style.native !== false;
  // Without native buckets a server has the count and the sum of any histogram.
  const asksClassic = (hasClassic && !(hasNative && style.native)) || !asksNative;
  return { native: asksNative, classic: asksClassic, buckets: asksNative || hasClassic };
}

function meanPanel(family: DashboardFamily, { promql }: Style): PanelPlan {
  const [sum, count] = ['_sum', '_count'].map((end) =>
    promql.rate(promql.select(family.name, end)),
  );
  return {
    ...about(family, ': mean'),
    ...{ unit: unitOf(family), type: 'timeseries', width: 12 },
    queries: [{ expr: `${sum} / ${count}`, legend: 'mean' }],
  };
}

function summaryPanels(family: DashboardFamily, { promql }: Style): PanelPlan[] {
  const rate = promql.rate(promql.select(family.name, '_count'), family.labelNames);
  return [
    {
      ...about(family, ': quantiles'),
      ...{ unit: unitOf(family), type: 'timeseries', width: 12 },
      // Nobody can tell the quantiles of several instances from those of each.
      queries: [{ expr: promql.select(family.name) }],
    },
    {
      ...about(family, ': observations per second'),
      ...{ unit: EVENTS_PER_SECOND, type: 'timeseries', width: 12 },
      queries: [{ expr: rate, legend: legendOf(family) }],
    },
  ];
}

function infoPanels(family: DashboardFamily, { promql }: Style): PanelPlan[] {
  const queries = [{ expr: promql.select(family.name), format: 'table', isInstant: true } as const];
  return [{ ...about(family), unit: unitOf(family), type: 'table', width: 12, queries }];
}

function stateSetPanels(family: DashboardFamily, { promql }: Style): PanelPlan[] {
  // The label for the state is called like the metric.
  const labels = [...(family.labelNames ?? []), family.name];
  const expr = promql.aggregate('max', promql.select(family.name), labels);
  const legend = labels.map((name) => `{{${promql.label(name)}}}`).join(' ');
  return [
    {
      ...about(family),
      unit: unitOf(family),
      type: 'state-timeline',
      width: 24,
      queries: [{ expr, legend }],
    },
  ];
}

/** Returns the legend of series that have only the labels of the metric, if those leave anything to say. */
function legendOf({ name, labelNames = [] }: DashboardFamily): string | undefined {
  return labelNames.length > 0 ? undefined : name;
}

function about({ name, type, description = '' }: DashboardFamily, aspect = '') {
  const text = description.trim().replace(/\.$/, '');
  const isTitle = text !== '' && text.length <= LONGEST_TITLE && !text.includes('\n');
  const kind = `\`${name}\` (${type})`;
  // What is shown is no total.
  const shortened = text.replace(/^Total (\w)/, (_, letter: string) => letter.toUpperCase());
  return {
    title: (isTitle ? shortened : name) + aspect,
    description: description === '' ? kind : `${description}\n\n${kind}`,
  };
}
