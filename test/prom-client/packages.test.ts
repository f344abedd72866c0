/** Packages that sit on prom-client run on this one unchanged, and show the same. A real Prometheus scrapes them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../backends/prometheus-server.ts';
import { packagesIn, prometheusPath, requirePart } from '../parts.ts';

const folder = packagesIn('promClient');
const PROGRAMS = ['express', 'fastify', 'nest'];
/** Puts this package in the place of prom-client, in a process that is not changed otherwise. */
const AS_OURS = ['--import', new URL('../../dist/prom-client/register.js', import.meta.url).href];

const running: ChildProcess[] = [];

async function start(program: string, options: readonly string[]): Promise<string> {
  const file = join(folder, 'programs', `${program}.cjs`);
  const child = spawn(process.execPath, [...options, file], {
    cwd: folder,
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
    theirs = await Promise.all(PROGRAMS.map((program) => start(program, [])));
    ours = await Promise.all(PROGRAMS.map((program) => start(program, AS_OURS)));
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
      expect(await sumOf('nodejs_version_info')).toBe(PROGRAMS.length);
      expect(await prometheus.query('process_resident_memory_bytes > 1e6')).toHaveLength(3);
    });
  });
});
