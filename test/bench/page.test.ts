import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bench } from './modules.ts';

const { mergeResults } = await bench<{ mergeResults(before: object, found: object): object }>(
  'results.mjs',
);
const { pageText } = await bench<{ pageText(results: object, pictures: object): string }>(
  'page/page.mjs',
);

const { withFigures } = await bench<{ withFigures(readme: string, results: object): string }>(
  'page/readme-table.mjs',
);

const { resultsPage } = await bench<{ resultsPage(results: object): string }>(
  'page/results-page.mjs',
);

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

it('README.md has the figures of the results that are kept', async () => {
  const readme = await read('README.md');
  const results = JSON.parse(await read('bench/results.json'));
  expect(withFigures(readme, results)).toBe(readme);
});

it('docs/performance.md says what the results say that are kept', async () => {
  const results = JSON.parse(await read('bench/results.json'));
  const page = await read('docs/performance.md');
  expect(page).toBe(resultsPage(results));
  expect(page.split('\n').length).toBeLessThan(200);
  // A call in which another client is faster stands there, too.
  expect(page).toMatch(
    /- increment \(ns\), in Node 20\.\d+\.\d+: prom-client 3\.45, utilityfog 3\.83/,
  );
});

it('a run replaces what it has measured and leaves the rest', () => {
  const before = { 'hot-path': { node20: 1, deno: 2 }, scrape: { node20: 3 } };
  const found = { 'hot-path': { node20: 4 }, events: { node20: 5 } };
  expect(mergeResults(before, found)).toEqual({
    'hot-path': { node20: 4, deno: 2 },
    scrape: { node20: 3 },
    events: { node20: 5 },
  });
});

it('the page has the tables apart from their notes, and says that the machine was busy', () => {
  const entry = {
    machine: {
      date: '2026-01-02T03:04:05.678Z',
      runtime: 'Node 20.1.0 (V8 11)',
      system: 'Linux',
      processor: 'one',
      memoryGiB: 1,
      loadAverage: [0.5, 0, 0],
      versions: { 'some-package': '1.2.3' },
    },
    command: 'npm run bench',
    plan: { rounds: 3 },
    quietShare: 0.4,
    notes: ['left out'],
    rows: [],
    text: '| a | b |\n| - | -: |\n| increment * | 1 |\n* a note',
    figures: [
      {
        title: 'a goal',
        wanted: 'at most 2x',
        found: { median: 3, low: 3, high: 3, rounds: 3 },
        verdict: 'short',
        limitedBy: 'the reason',
      },
    ],
  };
  const page = pageText({ 'some-part': { node20: entry } }, {});
  expect(page).toContain('| increment * | 1 |\n\n\\* a note\n\nleft out');
  expect(page).toContain('## Some part\n\nIn Node 20.1.0 (V8 11):');
  expect(page).toMatch(/machine was busy.*1 of 1 .*was 40 %, for some-part in Node 20\.1\.0\./);
  expect(page).toMatch(
    /a goal +\| Node 20\.1\.0 \| +at most 2x \| +3\.00 \(3\.00–3\.00\) \| +short/,
  );
  expect(page).toContain('- the reason');
  expect(page).toContain('some-package 1.2.3');
});
