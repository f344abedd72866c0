/**
 * Writes the table in docs/promql.md from what test/promql/suite.test.ts has found. The test leaves that in a file
 * below .parts/.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { tableOf } from './table.mjs';

const RESULTS = new URL('../.parts/promql-suite.json', import.meta.url);
const PAGE = new URL('../docs/promql.md', import.meta.url);
const BEGIN = '<!-- suite: written by scripts/promql-table.mjs -->';
const END = '<!-- suite end -->';

const COLUMNS = {
  core: ['core'],
  durations: ['duration'],
  'native histograms': ['native'],
  experimental: ['experimental', 'native+experimental'],
};

/**
 * Returns the table of what holds, file by file.
 * @param {readonly { file: string, class: string, holds: boolean }[]} evals
 */
export function suiteTable(evals) {
  const cell = (these, classes) => {
    const of = these.filter((one) => classes.includes(one.class));
    if (of.length === 0) return '';
    const holding = of.filter(({ holds }) => holds).length;
    return holding === of.length ? `all ${of.length}` : `${holding} of ${of.length}`;
  };
  const rowOf = (name, these) => [
    name,
    ...Object.values(COLUMNS).map((classes) => cell(these, classes)),
  ];
  const files = [...new Set(evals.map(({ file }) => file))].sort();
  const rows = files.map((file) =>
    rowOf(
      file,
      evals.filter((one) => one.file === file),
    ),
  );
  return tableOf(['file', ...Object.keys(COLUMNS)], [...rows, rowOf('together', evals)]);
}

/** Resolves to the table that the page has, and to the page without it. */
export async function committedTable() {
  const page = await readFile(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  return { table: page.slice(begin, end).trim(), around: [page.slice(0, begin), page.slice(end)] };
}

async function main() {
  const table = suiteTable(JSON.parse(await readFile(RESULTS, 'utf8')));
  const { around } = await committedTable();
  await writeFile(PAGE, `${around[0]}\n\n${table}\n\n${around[1]}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
