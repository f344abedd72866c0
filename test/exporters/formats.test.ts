import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatOpenMetrics,
  formatPrometheus,
  OpenMetricsExporter,
  TelemetryError,
} from 'utilityfog-telemetry';
import * as edge from 'utilityfog-telemetry/edge';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const JOBS = '# TYPE jobs counter\n# HELP jobs Jobs\njobs_total 3\n';

/** At the edge every series has a label that names the isolate. */
const withoutInstance = (text: string) => text.replace(/\{service_instance_id="\w+"\}/g, '');

function withJobs(collector = makeCollector()) {
  collector.registerCounter('jobs_total', 'Jobs').increment(3);
  return collector;
}

describe('formatOpenMetrics', () => {
  it('resolves to the text, and to nothing after shutdown', async () => {
    const collector = withJobs();
    const text = await formatOpenMetrics(collector);
    expect(text.startsWith(JOBS)).toBe(true);
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(await formatOpenMetrics(collector, { escaping: 'allow-utf-8' })).toContain(JOBS);
    await collector.shutdown();
    expect(await formatOpenMetrics(collector)).toBe('');
  });

  it('is the same at the edge', async () => {
    const collector = new edge.TelemetryCollector();
    collector.registerCounter('jobs_total', 'Jobs').increment(3);
    const text = await edge.formatOpenMetrics(collector);
    expect(withoutInstance(text).startsWith(JOBS)).toBe(true);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});

describe('formatPrometheus', () => {
  it.each([
    undefined,
    null,
    {},
    { version: '0.0.4' },
    { version: '1.0.0', escaping: 'dots' },
  ] as const)('takes %j', async (options) => {
    expect(await formatPrometheus(withJobs(), options)).toContain(
      '# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total 3\n',
    );
    const collector = new edge.TelemetryCollector();
    collector.registerCounter('jobs_total', 'Jobs').increment(3);
    const text = await edge.formatPrometheus(collector, options);
    expect(withoutInstance(text)).toContain('\njobs_total 3\n');
  });

  it.each([{ version: '2' }, { escaping: 'quotes' }, 'dots'])('refuses %j', async (options) => {
    await expect(formatPrometheus(withJobs(), options as never)).rejects.toThrow(TelemetryError);
  });
});

describe('OpenMetricsExporter', () => {
  it('writes a file', async () => {
    const file = join(await makeFolder(), 'metrics.om');
    expect(await new OpenMetricsExporter(file).exportMetrics(withJobs())).toBe(true);
    const text = await readFile(file, 'utf8');
    expect(text.startsWith(JOBS)).toBe(true);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});
