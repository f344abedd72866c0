import { TelemetryCollector } from 'utilityfog-telemetry';
import { type GrafanaOptions, grafanaDashboard } from 'utilityfog-telemetry/grafana';
import { beforeEach, describe, expect, it } from 'vitest';
import { panelsOf, queriesOf } from './queries.ts';

const ALL = 'job=~"$job",instance=~"$instance"';

let collector: TelemetryCollector;
beforeEach(() => {
  collector = new TelemetryCollector({
    names: 'utf8',
    logger: {
      warn: (message) => warnings.push(message),
      error: (message) => warnings.push(message),
    },
  });
});
const warnings: string[] = [];

/** Returns the type, the title and the queries of each panel. */
function shown(options?: GrafanaOptions) {
  return panelsOf(grafanaDashboard(collector, options)).map(({ type, title, targets }) => [
    type,
    title,
    ...targets!.map(({ expr }) => expr),
  ]);
}

describe('a panel of each kind of metric', () => {
  it('shows how fast a counter rises', () => {
    collector.registerCounter('orders_total', 'Total orders', { labelNames: ['country'] });
    collector.registerCounter('idle_seconds_total');
    expect(shown()).toEqual([
      [
        'timeseries',
        'Orders per second',
        `sum by (country) (rate(orders_total{${ALL}}[$__rate_interval]))`,
      ],
      [
        'timeseries',
        'idle_seconds_total per second',
        `sum(rate(idle_seconds_total{${ALL}}[$__rate_interval]))`,
      ],
    ]);
    const [orders, idle] = panelsOf(grafanaDashboard(collector));
    expect(orders).toMatchObject({ fieldConfig: { defaults: { unit: 'cps' } } });
    expect(orders.targets).toMatchObject([{ legendFormat: '__auto', exemplar: true }]);
    // Seconds per second are a share.
    expect(idle).toMatchObject({ fieldConfig: { defaults: { unit: 'percentunit' } } });
  });

  it('finds a counter without _total in every format', () => {
    collector.registerCounter('orders');
    expect(shown()[0]?.[2]).toBe(
      `sum(rate({__name__=~"orders(_total)?",${ALL}}[$__rate_interval]))`,
    );
  });

  it('shows a gauge as it is, and as one number', () => {
    collector.registerGauge('queue_bytes', 'Waiting', { labelNames: ['queue'], combine: 'max' });
    collector.registerGauge('backup_timestamp_seconds', 'Last backup');
    expect(shown()).toEqual([
      ['stat', 'Waiting', `max by (queue) (queue_bytes{${ALL}})`],
      ['timeseries', 'Waiting', `queue_bytes{${ALL}}`],
      ['stat', 'Last backup', `max(backup_timestamp_seconds{${ALL}}) * 1000`],
    ]);
    const units = panelsOf(grafanaDashboard(collector)).map(
      ({ fieldConfig }) => (fieldConfig as { defaults: { unit: string } }).defaults.unit,
    );
    expect(units).toEqual(['bytes', 'bytes', 'dateTimeFromNow']);
  });

  it('shows a classic histogram as heat map, quantiles and rate', () => {
    collector.registerHistogram('wait_seconds', 'Waiting', { labelNames: ['queue'] });
    const buckets = `sum by (le) (rate(wait_seconds_bucket{${ALL}}[$__rate_interval]))`;
    expect(shown({ quantiles: [0.5, 0.999] })).toEqual([
      ['heatmap', 'Waiting: distribution', buckets.replace('rate(', 'increase(')],
      [
        'timeseries',
        'Waiting: quantiles',
        `histogram_quantile(0.5, ${buckets})`,
        `histogram_quantile(0.999, ${buckets})`,
      ],
      [
        'timeseries',
        'Waiting: observations per second',
        `sum by (queue) (rate(wait_seconds_count{${ALL}}[$__rate_interval]))`,
      ],
    ]);
    const [heatmap, quantiles] = panelsOf(grafanaDashboard(collector));
    expect(heatmap).toMatchObject({
      options: { calculate: false, yAxis: { unit: 's' } },
      targets: [{ format: 'heatmap', legendFormat: '{{le}}' }],
    });
    expect(quantiles.targets).toMatchObject([
      { legendFormat: 'p50' },
      { legendFormat: 'p90' },
      { legendFormat: 'p99' },
    ]);
  });

  it('asks for native buckets, for classic ones, or for both', () => {
    collector.registerHistogram('a_seconds', '', { native: true });
    collector.registerHistogram('b_seconds', '', { native: true, buckets: [1] });
    const heatmaps = (native?: boolean) =>
      shown({ native }).flatMap(([type, , expr]) => (type === 'heatmap' ? [expr] : []));
    const a = `sum(increase(a_seconds{${ALL}}[$__rate_interval]))`;
    const b = `sum(increase(b_seconds{${ALL}}[$__rate_interval]))`;
    const classic = `sum by (le) (increase(b_seconds_bucket{${ALL}}[$__rate_interval]))`;
    expect(heatmaps()).toEqual([a, `${b} or (${classic} unless on () ${b})`]);
    expect(heatmaps(true)).toEqual([a, b]);
    expect(heatmaps(false)).toEqual([classic]);
    // Without its native buckets there is not much to say of it.
    expect(shown({ native: false }).slice(0, 2)).toEqual([
      [
        'timeseries',
        'a_seconds: mean',
        `sum(rate(a_seconds_sum{${ALL}}[$__rate_interval])) / sum(rate(a_seconds_count{${ALL}}[$__rate_interval]))`,
      ],
      [
        'timeseries',
        'a_seconds: observations per second',
        `sum(rate(a_seconds_count{${ALL}}[$__rate_interval]))`,
      ],
    ]);
  });

  it('shows summaries, infos and state sets', () => {
    collector.registerSummary('size_bytes', 'Sizes');
    collector.registerInfo('build_info', 'Build', { labels: { version: '1' } });
    collector.registerStateSet('phase', 'Phase', { states: ['on', 'off'], labelNames: ['door'] });
    expect(shown()).toEqual([
      ['timeseries', 'Sizes: quantiles', `size_bytes{${ALL}}`],
      [
        'timeseries',
        'Sizes: observations per second',
        `sum(rate(size_bytes_count{${ALL}}[$__rate_interval]))`,
      ],
      ['table', 'Build', `build_info{${ALL}}`],
      ['state-timeline', 'Phase', `max by (door, phase) (phase{${ALL}})`],
    ]);
    const [, , table, states] = panelsOf(grafanaDashboard(collector));
    expect(table.targets).toMatchObject([{ format: 'table', instant: true }]);
    expect(states.targets).toMatchObject([{ legendFormat: '{{door}} {{phase}}' }]);
  });

  it('shows the values of a type that it does not know', () => {
    const families = [{ name: 'x_ratio', type: 'constructor' }];
    expect(shown({ families })).toEqual([['timeseries', 'x_ratio', `x_ratio{${ALL}}`]]);
  });
});

describe('names beyond ASCII', () => {
  beforeEach(() => {
    collector.registerCounter('http.requests_total', '', { labelNames: ['http.route', 'ok'] });
    collector.registerHistogram('größe "in" $job [[x]]');
    collector.registerStateSet('door.phase', '', { states: ['open'] });
  });

  it('stand in quotes', () => {
    const [[, , requests], [, , sizes]] = shown();
    expect(requests).toBe(
      `sum by ("http.route", ok) (rate({__name__="http.requests_total",${ALL}}[$__rate_interval]))`,
    );
    expect(sizes).toBe(
      `sum by (le) (increase({__name__="größe \\"in\\" \\x24job \\x5b[x]]_bucket",${ALL}}[$__rate_interval]))`,
    );
    expect(shown().at(-1)?.[2]).toBe(`max by ("door.phase") ({__name__="door.phase",${ALL}})`);
  });

  it('are written as an older server stores them', () => {
    const [[, , requests]] = shown({ escaping: 'underscores' });
    expect(requests).toBe(
      `sum by (http_route, ok) (rate(http_requests_total{${ALL}}[$__rate_interval]))`,
    );
    const states = panelsOf(grafanaDashboard(collector, { escaping: 'dots' })).at(-1);
    expect(states?.targets).toMatchObject([
      {
        expr: `max by (door_dot_phase) (door_dot_phase{${ALL}})`,
        legendFormat: '{{door_dot_phase}}',
      },
    ]);
  });
});

describe('the dashboard', () => {
  it('has the title and the like that it is given', () => {
    const dashboard = grafanaDashboard(collector, {
      title: 'Shop',
      uid: 'shop-1',
      description: 'All of it',
      tags: ['a', 'b'],
      refresh: '10s',
      range: '6h',
    });
    expect(dashboard).toMatchObject({
      title: 'Shop',
      uid: 'shop-1',
      description: 'All of it',
      tags: ['a', 'b'],
      refresh: '10s',
      time: { from: 'now-6h', to: 'now' },
      schemaVersion: 42,
      panels: [],
    });
    expect(grafanaDashboard(collector, null)).toMatchObject({
      title: 'Telemetry',
      tags: ['utilityfog-telemetry'],
    });
    expect(JSON.parse(JSON.stringify(dashboard))).toEqual(dashboard);
  });

  it('lets its reader choose the data source, the job and the instance', () => {
    const { list } = grafanaDashboard(collector, { datasource: 'mimir' }).templating;
    expect(list).toMatchObject([
      { type: 'datasource', name: 'datasource', query: 'prometheus', current: { value: 'mimir' } },
      { name: 'job', query: 'label_values(telemetry_metrics_count, job)', allValue: '.*' },
      {
        name: 'instance',
        query: 'label_values(telemetry_metrics_count{job=~"$job"}, instance)',
        datasource: { type: 'prometheus', uid: '$datasource' },
      },
    ]);
  });

  it('has other variables, or none', () => {
    collector.registerInfo('build_info');
    expect(shown({ variables: ['service'] })[0]?.[2]).toBe('build_info{service=~"$service"}');
    expect(shown({ variables: [] })[0]?.[2]).toBe('build_info{}');
    collector.registerInfo('a.b_info');
    expect(shown({ variables: [] })[1]?.[2]).toBe('{__name__="a.b_info"}');
  });

  it('shows the metrics that are chosen', () => {
    for (const name of ['a_total', 'b_total', 'c_total']) collector.registerCounter(name, name);
    const titles = (options: GrafanaOptions) => shown(options).map(([, title]) => title);
    expect(titles({ metrics: ['c_total', 'a_total'] })).toEqual([
      'c_total per second',
      'a_total per second',
    ]);
    expect(titles({ metrics: ({ name }) => name > 'b' })).toEqual([
      'b_total per second',
      'c_total per second',
    ]);
    const families = [{ name: 'd', type: 'info' }];
    expect(titles({ metrics: ['d'], families })).toEqual(['d']);
    expect(() => shown({ metrics: ['a'] })).toThrow(
      'grafanaDashboard() metrics must be names of metrics that are registered here',
    );
  });

  it('does not ask for exemplars if they are not wanted', () => {
    collector.registerCounter('a_total');
    collector.registerHistogram('b_seconds');
    const asked = (options?: GrafanaOptions) =>
      panelsOf(grafanaDashboard(collector, options)).flatMap(({ targets }) =>
        targets!.map(({ exemplar }) => exemplar),
      );
    expect(asked()).not.toContain(false);
    expect(asked({ exemplars: false })).not.toContain(true);
  });

  it('has panels and marks of your own', () => {
    collector.registerCounter('a_total');
    const dashboard = grafanaDashboard(collector, {
      panels: [
        {
          title: 'Health',
          type: 'state-timeline',
          values: { 1: { text: 'up', color: 'green' } },
          queries: [{ expr: 'up{$filter} + $filtering', legend: 'up' }],
        },
      ],
      annotations: [{ name: 'Deploy', expr: 'deploys{$filter} > 0', text: '{{version}}' }],
    });
    expect(dashboard.panels[0]).toMatchObject({
      type: 'state-timeline',
      title: 'Health',
      targets: [{ expr: `up{${ALL}} + $filtering`, legendFormat: 'up' }],
      fieldConfig: { defaults: { mappings: [{ options: { 1: { text: 'up', color: 'green' } } }] } },
    });
    expect(dashboard.annotations.list).toMatchObject([
      { name: 'Deploy', titleFormat: '{{version}}', target: { expr: `deploys{${ALL}} > 0` } },
    ]);
    expect(queriesOf(dashboard)).toHaveLength(3);
  });

  it('places every panel inside the grid and none above another', () => {
    for (const word of ['http', 'db']) {
      collector.registerCounter(`${word}_calls_total`);
      collector.registerGauge(`${word}_open`);
      collector.registerHistogram(`${word}_seconds`);
      collector.registerInfo(`${word}_info`);
    }
    collector.registerCounter('lonely_total');
    const { panels } = grafanaDashboard(collector);
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      const { x, y, w, h } = gridPos as Record<'x' | 'y' | 'w' | 'h', number>;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.has(`${column} ${row}`)).toBe(false);
          taken.add(`${column} ${row}`);
        }
      }
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['http', 'db', 'other']);
  });
});

describe('wrong options', () => {
  it.each<[unknown, string]>([
    [{ title: 1 }, 'title must be a text'],
    [{ uid: 'a b' }, 'uid must be 1 to 40 letters'],
    [{ uid: 'a'.repeat(41) }, 'uid must be'],
    [{ tags: 'a' }, 'tags must be a list of texts'],
    [{ metrics: 'a_total' }, 'metrics must be a list of names'],
    [{ families: [{ name: 'a' }] }, 'families must be'],
    [{ families: [{ name: 'a', type: 'gauge', combine: 'toString' }] }, 'families must be'],
    [{ panels: [{ title: 'a', queries: [] }] }, 'panels must be'],
    [{ panels: [{ title: 'a', queries: [{ expr: 'a' }], width: 25 }] }, 'panels must be'],
    [{ annotations: [{ name: 'a' }] }, 'annotations must be'],
    [{ native: 'yes' }, 'native must be true or false'],
    [{ quantiles: [2] }, 'quantiles must be'],
    [{ quantiles: [] }, 'quantiles must be'],
    [{ variables: ['a-b'] }, 'variables must be'],
    [{ variables: ['job', 'job'] }, 'variables must be'],
    [{ escaping: 'none' }, 'escaping must be one of'],
    [{ refresh: 10 }, 'refresh must be'],
    [{ range: '1 hour' }, 'range must be'],
    ['title', 'options must be an object'],
  ])('%j are refused', (options, message) => {
    expect(() => grafanaDashboard(collector, options as GrafanaOptions)).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        message: expect.stringContaining(`grafanaDashboard() ${message}`),
      }),
    );
  });

  it('are told of if they are unknown', () => {
    grafanaDashboard(collector, { titel: 'x' } as GrafanaOptions);
    expect(warnings.at(-1)).toContain(
      'grafanaDashboard() has no option "titel"; did you mean title',
    );
  });

  it.each([undefined, null, {}, 'collector'])('%j is no collector', (given) => {
    expect(() => grafanaDashboard(given as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', name: 'TelemetryError' }),
    );
  });
});
