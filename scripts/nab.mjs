/**
 * `node scripts/nab.mjs` prints the table of docs/analytics.md: what detectors reach in the Numenta Anomaly
 * Benchmark, whose files are beside the repository. Build first.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SCORER = new URL('../../shared/nab/score.mjs', import.meta.url);
/** The score from which on a value counts as an anomaly. */
const THRESHOLD = 0.9;
const ALL = ['level', 'season', 'change', 'rate', 'distribution'];
/** The detectors: their names, and the parts that count. */
const DETECTORS = [
  ['**default: level and season**', ['level', 'season']],
  ...ALL.map((part) => [`${part} alone`, [part]]),
  ['level, season and change', ['level', 'season', 'change']],
  ['all parts', ALL],
];

/** Whether the benchmark is there. */
export const hasBenchmark = existsSync(SCORER);

/** Resolves to the table, and the score of the default. */
export async function nabTable() {
  const { loadCorpus, sweep } = await import(SCORER.href);
  const { createDetector } = await import(
    new URL('../dist/analytics/detectors.js', import.meta.url)
  );
  const corpus = loadCorpus();
  const scoreOf = (parts) => {
    const scores = corpus.map(({ file, times, values }) => {
      const detector = createDetector({ parts });
      return [file, values.map((value, i) => detector.next(times[i] / 1000, value).score)];
    });
    return sweep(corpus, new Map(scores), 'standard', THRESHOLD).norm;
  };
  const rows = DETECTORS.map(([name, parts]) => [name, scoreOf(parts)]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(
    ([name, score]) => `| ${name.padEnd(width)} | ${score.toFixed(1).padStart(5)} |`,
  );
  const head = [`| ${'parts'.padEnd(width)} | score |`, `| ${'-'.repeat(width)} | ----: |`];
  const table = [...head, ...lines].join('\n');
  return { table, score: rows[0][1] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await nabTable()).table);
