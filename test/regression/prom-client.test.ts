/** Tests faults that were found in the names of prom-client. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Counter,
  Gauge,
  Histogram,
  Pushgateway,
  Registry,
  Summary,
} from 'utilityfog-telemetry/prom-client';
import { expect, it } from 'vitest';
import { makeFolder } from '../folder.ts';

it('reads at once what need not be waited for, so that a reset may follow', async () => {
  const registry = new Registry();
  const registers = [registry];
  const counter = new Counter({ name: 'jobs_total', help: 'Jobs', registers });
  const summary = new Summary({ name: 'size', help: 'Size', registers, percentiles: [0.5] });
  counter.inc(3);
  summary.observe(5);
  const text = registry.metrics();
  const json = registry.getMetricsAsJSON();
  registry.resetMetrics();
  expect(await text).toContain('jobs_total 3\n');
  expect(await text).toContain('size_sum 5\n');
  expect((await json).map(({ values }) => values[0]!.value)).toEqual([3, 5]);
  expect(await registry.metrics()).toContain('jobs_total 0\n');
});

it('refuses a symbol as a label, which would break each reading', async () => {
  const registry = new Registry();
  const gauge = new Gauge({
    ...{ name: 'depth', help: 'Depth', labelNames: ['of'], registers: [registry] },
  });
  expect(() => gauge.set({ of: Symbol('x') as never }, 1)).toThrow(TypeError);
  expect(await registry.metrics()).not.toContain('depth{');
});

it('throws nothing for what prom-client takes', async () => {
  const registry = new Registry();
  const registers = [registry];
  const none = new Histogram({ name: 'none', help: 'No bounds', buckets: [], registers });
  none.observe(3);
  const gauge = new Gauge({ name: 'depth', help: 'Depth', registers });
  gauge.set(10);
  gauge.dec('4' as never);
  gauge.dec(null as never);
  for (const [i, maxAgeSeconds] of [-1, 'long'].entries()) {
    const options = { maxAgeSeconds: maxAgeSeconds as never, ageBuckets: 2, percentiles: [0.5] };
    new Summary({ name: `s${i}`, help: 'Size', registers, ...options }).observe(5);
  }
  const labelled = new Gauge({ name: 'labelled', help: 'Labels', labelNames: ['of'], registers });
  const unknown = labelled.labels({ other: 'x' } as never);
  expect(() => unknown.set(1)).toThrow('Added label "other" is not included');
  expect(() => unknown.startTimer()()).toThrow('Added label "other" is not included');
  const text = await registry.metrics();
  expect(text).not.toContain('labelled{');
  expect(text).toContain('none_bucket{le="+Inf"} 1\nnone_sum 3\n');
  expect(text).toContain('depth 6\n');
  expect(text).toContain('s0{quantile="0.5"} 5\n');
  expect(text).toContain('s1{quantile="0.5"} 5\n');
  await registry.collector.shutdown();
});

it('counts what is recorded with an exemplar that cannot be shown', async () => {
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  const options = { help: 'Jobs', enableExemplars: true, registers: [registry] };
  const counter = new Counter({ name: 'jobs', ...options });
  const histogram = new Histogram({ name: 'seconds', buckets: [1], ...options });
  const exemplarLabels = { id: Symbol('x') } as never;
  expect(() => counter.inc({ value: 2, exemplarLabels })).toThrow(RangeError);
  expect(() => histogram.observe({ value: 3, exemplarLabels })).toThrow(RangeError);
  histogram.observe({ value: 3, exemplarLabels: null as never });
  const text = await registry.metrics();
  expect(text).toContain('jobs_total 2\n');
  expect(text).toContain('seconds_count 2\n');
});

it('lets go of a Pushgateway if the metrics cannot be read', async () => {
  // Neither the server nor the agent lets go by itself.
  const patience = { headersTimeout: 0, requestTimeout: 0 };
  const server = createServer(patience, (request) => request.resume()).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const registry = new Registry();
  const connected = once(server, 'connection');
  const collect = async () => {
    await connected;
    throw new Error('cannot be read');
  };
  new Gauge({ name: 'depth', help: 'Depth', registers: [registry], collect });
  const closed = connected.then(([socket]) => once(socket, 'close'));
  const gateway = new Pushgateway(`http://127.0.0.1:${port}`, { agent: new Agent() }, registry);
  await expect(gateway.push({ jobName: 'shop' })).rejects.toThrow('cannot be read');
  await closed;
  await new Promise((resolve) => server.close(resolve));
});

it('ends no worker that has closed its channel while its metrics are read', async () => {
  const program = join(await makeFolder(), 'program.mjs');
  const client = fileURLToPath(new URL('../../dist/prom-client-node.js', import.meta.url));
  await writeFile(
    program,
    `import cluster from 'node:cluster';
    import { AggregatorRegistry, Gauge } from ${JSON.stringify(client)};
    const registry = new AggregatorRegistry();
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      worker.on('message', (message) => message === 'up' && registry.clusterMetrics().catch(() => {}));
      worker.on('exit', (code) => process.exit(code));
    } else {
      const collect = async () => {
        cluster.worker.disconnect();
        await new Promise((resolve) => process.once('disconnect', resolve));
      };
      new Gauge({ name: 'depth', help: 'Depth', collect });
      process.send('up');
      process.once('disconnect', () => setTimeout(() => process.exit(7), 300));
    }`,
  );
  const child = fork(program, { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([7, null]);
});
