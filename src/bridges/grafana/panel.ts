import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type GridPos,
  MappingType,
  type Panel,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelPlan, PanelQuery, ShownValues } from './panel-plan.ts';

type AnyBuilder = ReturnType<(typeof BUILDERS)[PanelPlan['type']]>;

/** The data source that the reader of the dashboard has chosen. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** How Grafana names series by their labels, as far as these differ. */
const AUTOMATIC = '__auto';

const FORMATS = {
  heatmap: PromQueryFormat.Heatmap,
  table: PromQueryFormat.Table,
};

/** How a state is shown that is on, or off. */
const ON_OFF: ShownValues = {
  0: { text: 'off', color: 'transparent' },
  1: { text: 'on', color: 'green' },
};

const legend = new VizLegendOptionsBuilder()
  .displayMode(LegendDisplayMode.List)
  .placement(LegendPlacement.Bottom)
  .showLegend(true);
const tooltip = new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi);

/** Makes a panel of each type, with what differs from Grafana's defaults. */
const BUILDERS = {
  timeseries: ({ unit }: PanelPlan) =>
    new TimeseriesBuilder().unit(unit).fillOpacity(10).legend(legend).tooltip(tooltip),
  stat: ({ unit }: PanelPlan) =>
    new StatBuilder()
      .unit(unit)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull'])),
  heatmap: ({ unit }: PanelPlan) =>
    new HeatmapBuilder()
      .yAxis(new YAxisConfigBuilder().unit(unit))
      .color(
        new HeatmapColorOptionsBuilder()
          .mode(HeatmapColorMode.Scheme)
          .scheme('Oranges')
          .fill('dark-orange')
          .exponent(0.5)
          .steps(64),
      ),
  'state-timeline': ({ values }: PanelPlan) =>
    new StateTimelineBuilder()
      .mappings([mappingOf(values ?? ON_OFF)])
      .showValue(values ? VisibilityMode.Auto : VisibilityMode.Never),
  // The time is now, the value is 1, and the name is in the title.
  table: () =>
    new TableBuilder().withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true, Value: true, __name__: true } },
    }),
};

function mappingOf(values: ShownValues): ValueMapping {
  const results = Object.entries(values).map(([value, shown], index) => [
    value,
    { ...shown, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(results) };
}

/** @param asksExemplars whether counters and histograms are asked for their exemplars, too */
export function panelOf(
  plan: PanelPlan,
  id: number,
  position: GridPos,
  asksExemplars: boolean,
): { build(): Panel } {
  const builder: AnyBuilder = BUILDERS[plan.type](plan);
  if (plan.values) builder.mappings([mappingOf(plan.values)]);
  return builder
    .id(id)
    .title(plan.title)
    .description(plan.description)
    .datasource(DATASOURCE)
    .gridPos(position)
    .targets(plan.queries.map((query, i) => targetOf(query, i, asksExemplars)));
}

function targetOf(
  { expr, legend = AUTOMATIC, format, isInstant, hasExemplars = false }: PanelQuery,
  i: number,
  asksExemplars: boolean,
): DataqueryBuilder {
  const target = new DataqueryBuilder()
    .refId(refId(i))
    .datasource(DATASOURCE)
    .expr(expr)
    .legendFormat(legend)
    .format(format ? FORMATS[format] : PromQueryFormat.TimeSeries)
    .exemplar(hasExemplars && asksExemplars);
  return isInstant ? target.instant() : target.range();
}

/** Returns A to Z, then AA and so on, as Grafana does. */
function refId(i: number): string {
  const rest = Math.floor(i / 26);
  return (rest > 0 ? refId(rest - 1) : '') + String.fromCharCode(65 + (i % 26));
}
