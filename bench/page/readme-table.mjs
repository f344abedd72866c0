/** Makes the few figures that are in README.md, so that they are those of the last run. */
import { briefTable } from './summary.mjs';

const START = '<!-- Written by `npm run bench -- --write`: -->\n';
const END = '<!-- end of what was written -->';

/**
 * README.md with the figures of these results.
 * @param {string} readme
 * @param {import('../results.mjs').Results} results
 */
export function withFigures(readme, results) {
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error('README.md has no place for the figures');
  const before = readme.slice(0, from + START.length);
  return `${before}\n${briefTable(results)}\n\n${readme.slice(to)}`;
}
