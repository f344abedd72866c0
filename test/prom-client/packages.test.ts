/**
 * The examples with packages that sit on prom-client run on this one unchanged, and show the same. A real Prometheus
 * scrapes them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../backends/prometheus-server.ts';
import { type InstalledExample, installExample } from '../examples/installed-example.ts';
import { prometheusPath, requirePart } from '../parts.ts';

const EXAMPLES = ['express-prom-bundle', 'fastify-metrics', 'nestjs-prometheus'];

const running: ChildProcess[] = [];

async function start(example: InstalledExample, script: string): Promise<string> {
  const child = spawn(process.execPath, example.nodeArguments(script), {
    cwd: example.folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const [line] = await once(createInterface(child.stdout!), 'line');
  return line.replace('[::1]', '127.0.0.1').replace('localhost', '127.0.0.1');
}

async function used(url: string): Promise<string> {
  for (const path of ['/orders/1', '/orders/3', '/orders/3', '/nowhere']) {
    await (await fetch(url + path)).text();
  }
  return (await fetch(`${url}/metrics`)).text();
}

/** Returns what must be the same however long a program runs: all but the values that are measured. */
function shape(text: string): string[] {
  const isMeasured = /^(process|nodejs)_|_sum|_seconds\{quantile|_bucket/;
  const isComing = /^nodejs_(gc_|active_)/;
  return text
    .split('\n')
    .filter((line) => line && !isComing.test(line))
    .map((line) => (isMeasured.test(line) ? line.replace(/ [^ ]+$/, '') : line))
    .map((line) => (line.startsWith('up ') ? 'up' : line));
}

afterAll(async () => {
  for (const child of running) child.kill();
  await Promise.all(running.map((child) => child.exitCode === null && once(child, 'exit')));
});

describe('packages that sit on prom-client', () => {
  let theirs: string[];
  let ours: string[];
  beforeAll(async () => {
    const examples: InstalledExample[] = [];
    for (const name of EXAMPLES) examples.push(await installExample(name));
    theirs = await Promise.all(examples.map((example) => start(example, 'original')));
    ours = await Promise.all(examples.map((example) => start(example, 'start')));
  });

  it.each([0, 1, 2])('show the same names, labels and values: %$', async (i) => {
    const original = shape(await used(theirs[i]!));
    expect(original.length).toBeGreaterThan(50);
    expect(shape(await used(ours[i]!))).toEqual(original);
  });

  describe.skipIf(!requirePart('prometheus', prometheusPath()))('and a real Prometheus', () => {
    let prometheus: PrometheusServer;
    const targets: string[] = [];
    beforeAll(async () => {
      targets.push(...ours.map((url) => new URL(url).host));
      prometheus = await startPrometheus({ targets, scrapeInterval: '1s' });
      for (const target of targets) await prometheus.waitForScrapes(target, 2);
    });
    afterAll(() => prometheus?.stop());

    it('reads what they have recorded', async () => {
      const sumOf = async (expr: string) => (await prometheus.query(`sum(${expr})`))[0]?.value;
      expect(await sumOf('orders_total{kind="other"}')).toBe(2);
      expect(await sumOf('order_size_count')).toBe(3);
      expect(await sumOf('orders_total{app="shop",kind="any"}')).toBe(3);
      expect(await sumOf('order_seconds_bucket{le="1"}')).toBe(3);
      expect(await sumOf('nodejs_version_info')).toBe(EXAMPLES.length);
      expect(await prometheus.query('process_resident_memory_bytes > 1e6')).toHaveLength(3);
    });
  });
});
