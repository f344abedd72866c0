/** A real Prometheus server scrapes the same snapshot in every format. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { Format } from '../../src/formats/format.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import { cachedPrometheusText } from '../../src/formats/prometheus-text-cache.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import { rich, richSnapshot } from '../formats/any-family.ts';
import { prometheusPath, requirePart } from '../parts.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const FORMATS = [cachedPrometheusText, openMetrics, metricFamilies];
const AWKWARD = 'a "quote" \\ and\na line, {braces} = 🚀';
const SINCE = 1_600_000_000.25;

const labelNames = ['note'];
const jobs = rich({
  name: 'jobs_total',
  description: AWKWARD,
  type: 'counter',
  labelNames,
  labelValues: [[AWKWARD], ['']],
  numbers: [[3], [0.5]],
  created: [SINCE, 0],
});
const durations = rich({
  name: 'job_seconds',
  type: 'histogram',
  unit: 'seconds',
  data: 'buckets',
  buckets: [0.5, 2],
  numbers: [[2.5, 1, 2, 3]],
  created: [SINCE],
});
const exemplar = { labels: { trace_id: 'abc' }, value: 0.25, timestamp: SINCE };
const SNAPSHOT = richSnapshot(
  { ...jobs, exemplars: new Map([[jobs.series[0], [exemplar]]]) },
  { ...durations, exemplars: new Map([[durations.series[0], [exemplar, undefined, exemplar]]]) },
  rich({
    name: 'size_bytes',
    type: 'summary',
    data: 'quantiles',
    quantiles: [0.5],
    numbers: [[12, 3, 4]],
  }),
  rich({
    name: 'phase',
    type: 'stateset',
    data: 'states',
    states: ['idle', 'busy'],
    numbers: [[0, 1]],
  }),
  rich({ name: 'build_info', type: 'info', labels: { version: '1' } }),
  // In OpenMetrics the two would have one name, if the counter did not keep its own.
  rich({ name: 'x_total', type: 'counter', numbers: [[7]] }),
  rich({ name: 'x', numbers: [[8]] }),
  rich({ name: 'an.odd.name', labels: { 'a.label': '1' }, numbers: [[9]] }),
);

describe.skipIf(!requirePart('prometheus', prometheusPath()))('a Prometheus server', () => {
  const servers: Server[] = [];
  const targets = new Map<Format, string>();
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    for (const format of FORMATS) {
      const { pieces } = runToEnd(format.open().write(SNAPSHOT, {}));
      const server = createServer((_, response) => {
        response.setHeader('content-type', format.mediaTypes[0].contentType);
        response.end(Buffer.concat(pieces));
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      targets.set(format, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    }
    prometheus = await startPrometheus({ targets: [...targets.values()] });
    await Promise.all([...targets.values()].map((one) => prometheus.waitForScrapes(one, 1)));
  }, 120_000);
  afterAll(async () => {
    await prometheus?.stop();
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it.each(FORMATS)('reads what was written as $name', async (format) => {
    const read = async (selector: string) => {
      const query = selector.replace('{', `{instance="${targets.get(format)}",`);
      const samples = await prometheus.query(`sort_desc(${query})`);
      return samples.map(({ labels: { instance: _, job: __, ...labels }, value }) => {
        return [labels, value];
      });
    };
    const named = (__name__: string, labels: Record<string, string>, value: number) => [
      { __name__, ...labels },
      value,
    ];
    expect(await read('jobs_total{}')).toEqual([
      named('jobs_total', { note: AWKWARD }, 3),
      // A label without a value is none.
      named('jobs_total', {}, 0.5),
    ]);
    const bucket = (bound: string) => read(`job_seconds_bucket{le=~"${bound}"}`);
    expect((await bucket('0[.]5')).map(([, value]) => value)).toEqual([1]);
    expect((await bucket('2|2[.]0')).map(([, value]) => value)).toEqual([3]);
    expect((await bucket('[+]Inf')).map(([, value]) => value)).toEqual([6]);
    expect(await read('job_seconds_sum{}')).toEqual([named('job_seconds_sum', {}, 2.5)]);
    expect(await read('job_seconds_count{}')).toEqual([named('job_seconds_count', {}, 6)]);
    expect(await read('size_bytes{}')).toEqual([named('size_bytes', { quantile: '0.5' }, 4)]);
    expect(await read('size_bytes_count{}')).toEqual([named('size_bytes_count', {}, 3)]);
    expect(await read('phase{}')).toEqual([
      named('phase', { phase: 'busy' }, 1),
      named('phase', { phase: 'idle' }, 0),
    ]);
    expect(await read('build_info{}')).toEqual([named('build_info', { version: '1' }, 1)]);
    expect(await read('x_total{}')).toEqual([named('x_total', {}, 7)]);
    expect(await read('x{}')).toEqual([named('x', {}, 8)]);
    expect(await read('an_odd_name{}')).toEqual([named('an_odd_name', { a_label: '1' }, 9)]);
  });

  it('reads times of creation from OpenMetrics', async () => {
    const created = await prometheus.query('{__name__=~"jobs_created|job_seconds_created"}');
    expect(created.map(({ value }) => value)).toEqual([SINCE, SINCE]);
  });
});
