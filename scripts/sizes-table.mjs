/** Writes the table in docs/sizes.md from the budgets in scripts/subpaths.mjs, which `npm run size` keeps. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SUBPATHS } from './subpaths.mjs';
import { tableOf } from './table.mjs';

const PAGE = new URL('../docs/sizes.md', import.meta.url);
const BEGIN = '<!-- sizes: written by scripts/sizes-table.mjs -->';
const END = '<!-- sizes end -->';

/** Returns the rows: what is imported, what the thread loads at most, and what the worker loads besides. */
export function sizesTable() {
  const rows = SUBPATHS.flatMap(rowsOf);
  return tableOf(['import', 'the application loads', 'the worker loads besides'], rows);
}

function rowsOf({ name, limit, sizes, partLimit, furtherParts = [], besideNode }) {
  const path = name === 'index' ? 'utilityfog-telemetry' : `utilityfog-telemetry/${name}`;
  const later = furtherParts.map((part) => `${part.name}: ${kilobytes(part.partLimit)}`);
  const inWorker = partLimit ? [kilobytes(partLimit), ...later].join('; ') : '';
  const servers = besideNode ? ', servers only' : '';
  if (!sizes) return [[`\`${path}\`${servers}`, kilobytes(limit), inWorker]];
  return sizes
    .filter((size) => Number.isFinite(size.limit))
    .flatMap(({ name: what, limit: most, collecting }) => {
      const row = [`\`${path}\`: ${nameIn(what, name)}`, kilobytes(most), inWorker];
      if (!collecting) return [row];
      const all = [`\`${path}\`: what a page that collects loads`, kilobytes(collecting.limit), ''];
      return [row, all];
    });
}

/** Returns what is imported, for readers who know the subpath already. */
const nameIn = (what, subpath) =>
  what === subpath ? 'what most applications use' : what.replace(`${subpath}, `, '');

/** Rounds up, since it says how much it is at most. */
const kilobytes = (bytes) => `${(Math.ceil(bytes / 100) / 10).toFixed(1)} kB`;

/** Resolves to the table that the page has, and the page around it. */
export async function committedSizes() {
  const page = await readFile(PAGE, 'utf8');
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  return { before: page.slice(0, from), table: page.slice(from, to).trim(), after: page.slice(to) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { before, after } = await committedSizes();
  await writeFile(PAGE, `${before}\n\n${sizesTable()}\n\n${after}`);
}
