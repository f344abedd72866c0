import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as telemetry from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleOf } from './collectors.ts';
import { makeFolder } from './folder.ts';

const { getCollector, TelemetryCollector } = telemetry;
const quiet = { link: 'inline' } as const;

/** Loads the package once more, as if a bundler had included it twice. */
async function secondCopy(): Promise<typeof telemetry> {
  const folder = await makeFolder();
  await cp(new URL('../dist/', import.meta.url), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return import(/* @vite-ignore */ join(folder, 'node.js'));
}

describe('getCollector', () => {
  afterEach(async () => {
    await Promise.all(['a', 'b'].map((name) => getCollector(name, quiet).shutdown()));
  });

  it('makes one collector per name', () => {
    const a = getCollector('a', { ...quiet, labels: { app: 'a' } });
    expect(a).toBeInstanceOf(TelemetryCollector);
    expect(getCollector('a')).toBe(a);
    expect(getCollector('a', { labels: { app: 'other' } })).toBe(a);
    expect(getCollector('b', quiet)).not.toBe(a);
  });

  it('gives the same one to another copy of the package, where each event counts once', async () => {
    const copy = await secondCopy();
    expect(copy.TelemetryCollector).not.toBe(TelemetryCollector);
    const collector = getCollector('a', quiet);
    const other = copy.getCollector('a');
    expect(other).toBe(collector);
    telemetry.setupHealthHooks(collector);
    copy.setupHealthHooks(other);
    collector.recordEvent('health_check', { status: 'DEGRADED' });
    expect(await sampleOf(collector, 'health_checks_total')).toBe(1);
    expect(await copy.formatPrometheus(other)).toContain('health_status 2\n');
  });

  it('lets a module that runs again register its metrics again', () => {
    const run = () => getCollector('a', quiet).registerCounter('jobs_total', 'Jobs');
    expect(run()).toBe(run());
    expect(() => getCollector('a').registerGauge('jobs_total')).toThrow(/another definition/);
  });

  it('makes another after shutdown', async () => {
    const first = getCollector('a', quiet);
    await first.shutdown();
    const second = getCollector('a', quiet);
    expect(second).not.toBe(first);
    second.registerCounter('jobs_total').increment(2);
    expect(await sampleOf(second, 'jobs_total')).toBe(2);
  });
});
