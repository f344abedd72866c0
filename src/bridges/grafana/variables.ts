import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE } from './panel.ts';
import { matchersOf } from './promql.ts';

/** Every collector has this gauge, and it has the labels that all its series have. */
const IN_EVERY_COLLECTOR = 'telemetry_metrics_count';

/** Lets the reader choose among the data sources that speak PromQL. */
export function datasourceVariable(uid: string | undefined): DatasourceVariableBuilder {
  const variable = new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus');
  return uid === undefined ? variable : variable.current({ text: uid, value: uid });
}

/** Lets the reader choose values of each label: only those that go with what was chosen before. */
export function labelVariables(labels: readonly string[]): QueryVariableBuilder[] {
  return labels.map((label, i) => {
    const filter = matchersOf(labels.slice(0, i));
    const query = `label_values(${IN_EVERY_COLLECTOR}${filter && `{${filter}}`}, ${label})`;
    return (
      new QueryVariableBuilder(label)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        // This also matches series that lack the label, such as those that were pushed.
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] })
    );
  });
}
