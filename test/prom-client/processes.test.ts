/** What leaves the process: cluster workers that answer their primary, and a real Pushgateway. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { pushgatewayPath, requirePart } from '../parts.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

const require = createRequire(import.meta.url);
const PATHS = {
  'prom-client': require.resolve('prom-client'),
  ours: 'utilityfog-telemetry/prom-client',
};
const resolved = (name: string) =>
  JSON.stringify(name.startsWith('/') ? name : require.resolve(name));

/** Starts two workers, and prints what they have recorded together. */
const CLUSTER = (primary: string, worker: string) => `
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  const { AggregatorRegistry } = require(${resolved(primary)});
  const registry = new AggregatorRegistry();
  let ready = 0;
  for (const id of [1, 2]) cluster.fork({ ID: id }).on('message', (message) => {
    if (message === 'ready' && ++ready === 2) print();
  });
  const print = async () => {
    const text = await registry.clusterMetrics();
    console.log(text.split('\\n').filter((line) => /^\\w/.test(line)).join(' '));
    cluster.disconnect();
  };
} else {
  const { AggregatorRegistry, Counter, Gauge } = require(${resolved(worker)});
  new AggregatorRegistry();
  new Counter({ name: 'c', help: 'help', labelNames: ['a'] }).inc({ a: 'x' }, Number(process.env.ID));
  new Gauge({ name: 'g', help: 'help', aggregator: 'max' }).set(Number(process.env.ID));
  process.send('ready');
}
`;

it.each([
  [PATHS['prom-client'], PATHS['prom-client']],
  [PATHS.ours, PATHS.ours],
  [PATHS.ours, PATHS['prom-client']],
  [PATHS['prom-client'], PATHS.ours],
])('a primary asks its workers: %s of %s', async (primary, worker) => {
  // A program of `node -e` cannot fork itself.
  const place = await mkdtemp(join(tmpdir(), 'telemetry-cluster-'));
  try {
    await writeFile(`${place}/program.cjs`, CLUSTER(primary, worker));
    const child = spawn(process.execPath, [`${place}/program.cjs`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout!);
    const [[line], [code]] = await Promise.all([once(lines, 'line'), once(child, 'exit')]);
    expect(line).toBe('c{a="x"} 3 g 2');
    expect(code).toBe(0);
  } finally {
    await rm(place, { recursive: true });
  }
});

describe.skipIf(!requirePart('pushgateway', pushgatewayPath()))('a real Pushgateway', () => {
  it.each(IMPLEMENTATIONS)('takes and deletes what %s pushes', async (_, client) => {
    const server = spawn(pushgatewayPath()!, ['--web.listen-address=127.0.0.1:0']);
    try {
      const lines = createInterface(server.stderr!);
      let url = '';
      for await (const line of lines) {
        const [, address] = /127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (address && address !== '0') url = `http://127.0.0.1:${address}`;
        if (url) break;
      }
      const shown = async () => (await fetch(`${url}/metrics`)).text();
      const register = new client.Registry();
      new client.Counter({ name: 'pushed', help: 'help', registers: [register] }).inc(3);
      const gateway = new client.Pushgateway(url, {}, register);
      await gateway.pushAdd({ jobName: 'a job', groupings: { instance: 'one' } });
      expect(await shown()).toContain('pushed{instance="one",job="a job"} 3');
      const gzip = new client.Pushgateway(
        url,
        { headers: { 'Content-Encoding': 'gzip' } },
        register,
      );
      const { resp } = await gzip.push({ jobName: 'zipped' });
      expect(resp?.statusCode).toBe(200);
      expect(await shown()).toContain('pushed{instance="",job="zipped"} 3');
      await gzip.delete({ jobName: 'zipped' });
      expect(await shown()).not.toContain('job="zipped"');
      expect(() => gateway.push({})).toThrow('Missing jobName parameter');
      const nowhere = new client.Pushgateway('http://127.0.0.1:1', {}, register);
      await expect(nowhere.push({ jobName: 'j' })).rejects.toThrow('ECONNREFUSED');
    } finally {
      server.kill();
    }
  });
});
