/**
 * The Numenta Anomaly Benchmark: 28 of its files, with its scoring. They are not part of the repository, so the
 * test is skipped where they are not beside it.
 */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

interface NabModule {
  readonly hasBenchmark: boolean;
  nabTables(): Promise<{ tables: readonly string[]; score: number }>;
}

const root = new URL('../../', import.meta.url);
const { hasBenchmark, nabTables } = (await import(
  new URL('scripts/nab.mjs', root).href
)) as NabModule;

it.skipIf(!hasBenchmark)('reaches 62 in the benchmark, and what the page says', async () => {
  const { tables, score } = await nabTables();
  expect(score).toBeGreaterThanOrEqual(62);
  const page = await readFile(new URL('docs/analytics.md', root), 'utf8');
  for (const table of tables) {
    expect(page, 'Run node scripts/nab.mjs, and put the tables into docs/analytics.md').toContain(
      table,
    );
  }
});
