/** Tests the demo without a page: compares a scrape with what the simulation has counted itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../folder.ts';
import { start } from './served.ts';

interface TotalsFile {
  readonly totals: { readonly steps: number };
  readonly series: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const STEPS = 600;

async function run(seed: number) {
  const file = join(await makeFolder(), 'totals.json');
  const options = ['--seed', String(seed), '--steps', String(STEPS), '--totals-file', file];
  const served = await start('--headless', ...options);
  await served.printed(`Stopped after ${STEPS} steps`);
  const exposition = await (await fetch(served.url)).text();
  const expected: TotalsFile = JSON.parse(await readFile(file, 'utf8'));
  return { exposition, expected, exitCode: await served.stop() };
}

test('every series of a scrape equals the simulation’s own count, to the last bit', async () => {
  const { exposition, expected, exitCode } = await run(1);
  const found = samples(exposition);
  expect(expected.totals.steps).toBe(STEPS);
  expect(expected.series.length).toBeGreaterThan(80);
  for (const { name, labels, value } of expected.series) {
    const key = seriesKey(name, Object.entries(labels));
    expect(found.get(key), key).toBe(value);
  }
  expect(exitCode).toBe(0);
});

test('the same seed gives the same totals, another seed does not', async () => {
  const [first, again, other] = await Promise.all([run(5), run(5), run(6)]);
  expect(again.expected).toEqual(first.expected);
  expect(other.expected).not.toEqual(first.expected);
});

function samples(exposition: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name, labels = '', value] of exposition.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]);
    found.set(seriesKey(name, pairs as [string, string][]), Number(value));
  }
  return found;
}

function seriesKey(name: string, labels: readonly (readonly [string, string])[]): string {
  const pairs = labels.map(([label, value]) => `${label}=${value}`);
  return `${name}{${pairs.sort().join(',')}}`;
}
