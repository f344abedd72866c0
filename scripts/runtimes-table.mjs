/**
 * Writes the table in docs/runtimes.md from what the conformance suite has found. The tests leave that in
 * files under .parts/conformance/. A place that was not tested keeps its row.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { tableOf } from './table.mjs';

const RESULTS = new URL('../.parts/conformance/', import.meta.url);
const PAGE = new URL('../docs/runtimes.md', import.meta.url);
const BEGIN = '<!-- conformance: written by scripts/runtimes-table.mjs -->';
const END = '<!-- conformance end -->';
const HEAD = ['where', 'version', 'link', 'storage', 'passed', 'not offered'];

/** Returns the cells of a place's row from what test/runtimes/results.ts has kept. */
export function rowOf({ place, version, link, storage, cases }) {
  const of = (outcome) => cases.filter((one) => one.outcome === outcome).map(({ name }) => name);
  const failed = of('failed');
  const passed = `${of('passed').length} of ${cases.length}`;
  return [
    place,
    version,
    link ?? '',
    storage ?? '',
    failed.length > 0 ? `${passed}; failed: ${failed.join(', ')}` : passed,
    of('not offered').join(', ') || '-',
  ];
}

/** Resolves to the rows of the committed table, by place. */
export async function committedRows() {
  const page = await readFile(PAGE, 'utf8');
  return rowsIn(page.slice(page.indexOf(BEGIN), page.indexOf(END)));
}

export const conformanceTable = (rows) => tableOf(HEAD, rows);

function rowsIn(table) {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  const rows = lines.slice(2).map((line) => {
    const cells = line.split('|').slice(1, -1);
    return cells.map((cell) => cell.trim());
  });
  return new Map(rows.map((row) => [row[0], row]));
}

async function measuredRows() {
  const files = await readdir(RESULTS);
  const rows = [];
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    rows.push(rowOf(JSON.parse(await readFile(new URL(file, RESULTS), 'utf8'))));
  }
  return rows;
}

async function main() {
  const rows = await committedRows();
  for (const row of await measuredRows()) rows.set(row[0], row);
  const page = await readFile(PAGE, 'utf8');
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  const after = page.slice(page.indexOf(END));
  const sorted = [...rows.values()].sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(PAGE, `${before}\n\n${conformanceTable(sorted)}\n\n${after}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
