/**
 * `node scripts/nab.mjs` prints the tables of docs/analytics.md: what detectors reach in the Numenta Anomaly
 * Benchmark, whose files are beside the repository, and what the default reaches in changed copies of them. Build first.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COPIES } from './nab-copies.mjs';

const SCORER = new URL('../../shared/nab/score.mjs', import.meta.url);
/** The score from which on a value counts as an anomaly. */
const THRESHOLD = 0.9;
const ALL = ['level', 'season', 'change', 'rate', 'distribution'];
/** The detectors: their names, and their options. */
const DETECTORS = [
  ['**default: level and season**', {}],
  ...ALL.map((part) => [`${part} alone`, { parts: [part] }]),
  ['level, season and change', { parts: ['level', 'season', 'change'] }],
  ['all parts', { parts: ALL }],
  ["with `season: 'found'`", { season: 'found' }],
];

/** Whether the benchmark is there. */
export const hasBenchmark = existsSync(SCORER);

/** Resolves to the tables, and the score of the default. */
export async function nabTables() {
  const { loadCorpus, sweep } = await import(SCORER.href);
  const { createDetector } = await import(
    new URL('../dist/analytics/detectors.js', import.meta.url)
  );
  const corpus = loadCorpus();
  const scoreOf = (series, options) => {
    const scores = series.map(({ file, times, values }) => {
      const detector = createDetector(options);
      return [file, Array.from(values, (value, i) => detector.next(times[i] / 1000, value).score)];
    });
    return sweep(series, new Map(scores), 'standard', THRESHOLD).norm;
  };
  const rows = DETECTORS.map(([name, options]) => [name, scoreOf(corpus, options)]);
  const copies = COPIES.map(([name, change]) => [name, scoreOf(corpus.map(change))]);
  return { tables: [table('parts', rows), table('copy', copies)], score: rows[0][1] };
}

function table(title, rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(
    ([name, score]) => `| ${name.padEnd(width)} | ${score.toFixed(1).padStart(5)} |`,
  );
  const head = [`| ${title.padEnd(width)} | score |`, `| ${'-'.repeat(width)} | ----: |`];
  return [...head, ...lines].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await nabTables()).tables.join('\n\n'));
}
