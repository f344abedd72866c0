/** What Grafana's library says that a dashboard may consist of, as JSON has it. */
import type * as common from '@grafana/grafana-foundation-sdk/common';
import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as stateTimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** A type without its methods, and with the texts of enumerations in place of their members. */
type Plain<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : { [K in keyof T as T[K] extends () => void ? never : K]: Plain<T[K]> };

type Target = Plain<Dataquery>;

interface PanelOf<Type extends string, Options, Custom>
  extends Omit<Plain<sdk.Panel>, 'type' | 'options' | 'targets' | 'fieldConfig'> {
  type: Type;
  options: Plain<Options>;
  targets: Target[];
  fieldConfig: Omit<Plain<sdk.FieldConfigSource>, 'defaults'> & {
    defaults: Omit<Plain<sdk.FieldConfig>, 'custom'> & { custom?: Plain<Custom> };
  };
}

type Row = Omit<Plain<sdk.RowPanel>, 'type'> & { type: 'row' };

type AnyPanel =
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>
  | PanelOf<'table', table.Options, Partial<common.TableFieldOptions>>
  | Row;

type Mark = Omit<Plain<sdk.AnnotationQuery>, 'target'> & { target: Target };

/** A dashboard of panels that query Prometheus. */
export interface SdkDashboard
  extends Omit<Plain<sdk.Dashboard>, 'panels' | 'annotations' | 'templating'> {
  panels: AnyPanel[];
  templating: { list: Plain<sdk.VariableModel>[] };
  annotations: { list?: Mark[] };
}
