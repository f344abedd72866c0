/** Tests that the rules of the demo are rules for Prometheus, and are about what the demo records. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, onTestFinished, test } from 'vitest';
import { instrument } from '../../demo/instrumentation.ts';
import { Simulation } from '../../demo/simulation.ts';
import { promtoolPath, requirePart } from '../parts.ts';

const RULES = fileURLToPath(new URL('../../demo/rules.yml', import.meta.url));
const TESTS = fileURLToPath(new URL('rules.test.yml', import.meta.url));
const promtool = promtoolPath();

/** Runs promtool. Rejects with what it printed if it fails. */
async function check(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(promtool!, args, { timeout: 100_000 });
  return stdout + stderr;
}

describe.skipIf(!requirePart('promtool', promtool))('the rules of the demo', () => {
  test('are accepted by Prometheus', async () => {
    expect(await check('check', 'rules', RULES)).toContain('SUCCESS: 8 rules found');
  });

  test('fire when they should', async () => {
    expect(await check('test', 'rules', TESTS)).toContain('SUCCESS');
  });
});

test('the rules ask for metrics that the swarm records', async () => {
  const collector = new TelemetryCollector();
  onTestFinished(() => collector.shutdown());
  const simulation: Simulation = new Simulation(
    instrument(collector, () => simulation),
    1,
    { depth: 4, faultRate: 5 },
  );
  for (let i = 0; i < 300; i += 1) simulation.step();
  const exposition = await formatPrometheus(collector);
  const rules = await readFile(RULES, 'utf8');
  const asked = new Set(rules.match(/(?<![\w:])(foglets|health|telemetry)_\w+(?![\w:])/g));
  expect(asked.size).toBeGreaterThanOrEqual(8);
  for (const name of asked) expect(exposition).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
});
