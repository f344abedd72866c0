/**
 * Writes docs/performance.md, docs/performance-measurements.md, their pictures, and the figures in README.md from
 * results.json.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { entriesOf, readResults } from '../results.mjs';
import { pictureOfRuntimes, picturesOf } from './charts.mjs';
import { pageText } from './page.mjs';
import { withFigures } from './readme-table.mjs';
import { pictureOfSummary, resultsPage } from './results-page.mjs';

const README = new URL('../../README.md', import.meta.url);
const SUMMARY = new URL('../../docs/performance.md', import.meta.url);
const PAGE = new URL('../../docs/performance-measurements.md', import.meta.url);
const PICTURES = new URL('../../docs/performance/', import.meta.url);

/** @param {import('../results.mjs').Results} results */
export async function writePage(results) {
  const pictures = Object.fromEntries(
    Object.entries(results).map(([part, of]) => [part, picturesOf(part, entriesOf(of)[0])]),
  );
  const hotPaths = entriesOf(results['hot-path'] ?? {});
  if (hotPaths.length > 1) pictures.runtimes = [pictureOfRuntimes(hotPaths)];

  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES);
  for (const { name, svg } of [...Object.values(pictures).flat(), pictureOfSummary(results)]) {
    await writeFile(new URL(`${name}.svg`, PICTURES), svg);
  }
  await writeFile(PAGE, pageText(results, pictures));
  await writeFile(SUMMARY, resultsPage(results));
  await writeFile(README, withFigures(await readFile(README, 'utf8'), results));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writePage(await readResults());
