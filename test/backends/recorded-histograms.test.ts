/** Compares native histograms that rules record here with those that a real Prometheus records with the same rules. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, onTestFinished, test } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { prometheusPath, requirePart } from '../parts.ts';
import { startPrometheus } from './prometheus-server.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());

const rulesOf = (prefix: string) => `groups:
  - name: ${prefix}
    interval: 500ms
    rules:
      - {record: '${prefix}:sum', expr: 'sum(took_seconds)'}
      - {record: '${prefix}:half', expr: 'sum by (route) (took_seconds) / 2'}
      - {record: '${prefix}:rate', expr: 'rate(took_seconds[1h])'}
`;

const EXPRESSIONS = [
  ...['count', 'sum'].map((of) => `histogram_${of}(P)`),
  ...['0.1', '0.5', '0.99'].map((q) => `histogram_quantile(${q}, P)`),
  'histogram_fraction(-Inf, 1, P)',
];

test.skipIf(!hasPrometheus)(
  'a real Prometheus scrapes what rules have recorded, fractions and gauges',
  { timeout: 300_000 },
  async () => {
    const collector = makeCollector({
      use: [history(), promql(), alerting({ rules: rulesOf('ours') })],
      ...{ collectionInterval: 0.5, link: 'auto' },
    });
    const native = { schema: 3, zeroThreshold: 0 };
    const took = collector.registerHistogram('took_seconds', '', { native, labelNames: ['route'] });
    for (let i = 1; i <= 100; i++) took.observe(i / 10, { route: i % 3 === 0 ? 'a' : 'b' });
    for (const value of [-2, 0, 1e9]) took.observe(value, { route: 'a' });
    await collector.startCollection();
    const rules = join(await makeFolder(), 'rules.yml');
    await writeFile(rules, rulesOf('theirs'));
    const { host } = new URL((await collector.serve({ port: 0 })).url);
    const features = ['native-histograms'];
    const prometheus = await startPrometheus({ targets: [host], features, rules });
    onTestFinished(() => prometheus.stop());
    await prometheus.waitForScrapes(host, 3);
    const valuesOf = async (expr: string) => {
      const samples = await prometheus.query(expr);
      return samples.map(({ labels, value }) => [labels.route, value]).sort();
    };
    for (const expr of EXPRESSIONS) {
      const theirs = await valuesOf(expr.replace('P', 'theirs:sum'));
      expect(theirs, expr).toHaveLength(1);
      expect(await valuesOf(expr.replace('P', 'ours:sum')), expr).toEqual(theirs);
    }
    // This server does not multiply histograms yet.
    expect(await valuesOf('histogram_count(ours:half)')).toEqual([
      ['a', 18],
      ['b', 33.5],
    ]);
    const median = (name: string) => valuesOf(`histogram_quantile(0.5, sum by (route) (${name}))`);
    expect(await median('ours:half')).toEqual(await median('took_seconds'));
    // Rates are asked at other moments there, so only what they are is compared: histograms, of both routes.
    const rates = await valuesOf('histogram_count(ours:rate) >= 0');
    expect(rates.map(([route]) => route)).toEqual(['a', 'b']);
    const types = await (await fetch(`${prometheus.url}/api/v1/metadata?metric=ours:rate`)).json();
    expect(types.data['ours:rate']).toMatchObject([{ type: 'gaugehistogram' }]);
  },
);
