/**
 * Makes links of docs/ fit the site. On the host of the repository a page may link to any file. The site has only the
 * pages, so a link to something else leads to the repository, or becomes plain text if package.json names none.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The address of the repository, or undefined. */
export const REPOSITORY = (repository?.url ?? repository)
  ?.replace(/^git\+/, '')
  .replace(/\.git$/, '');

/** Files of the repository that are pages of the site, and what shows them. */
const SHOWN = { 'CHANGELOG.md': 'changelog.md', 'README.md': 'index.md' };

/** A plugin of markdown-it. */
export function fitLinks(markdown) {
  markdown.core.ruler.push('fit-links', ({ tokens, env }) => {
    for (const { children } of tokens) if (children) fitIn(children, env);
  });
}

function fitIn(tokens, { realPath, path }) {
  const left = [];
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const target = targetOf(token.attrGet('href'), realPath ?? path);
      left.push(target === undefined);
      if (target === undefined) hide(token);
      else token.attrSet('href', target);
    } else if (token.type === 'link_close' && left.pop()) hide(token);
  }
}

function hide(token) {
  Object.assign(token, { type: 'text', content: '' });
}

/** Returns where a link leads on the site; undefined if nowhere. */
function targetOf(href, page) {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [, path, rest] = /^([^?#]*)(.*)$/.exec(href);
  // The text of this page is that of a file at the root.
  const folder = page.endsWith('/site/changelog.md') ? root : dirname(page);
  const file = relative(root, join(folder, decodeURI(path))).replaceAll('\\', '/');
  if (file in SHOWN) return `/${SHOWN[file]}`;
  if (file.startsWith('docs/') && file.endsWith('.md'))
    return `${file.slice('docs'.length)}${rest}`;
  if (!REPOSITORY) return undefined;
  const isFolder = existsSync(join(root, file)) && statSync(join(root, file)).isDirectory();
  return `${REPOSITORY}/${isFolder ? 'tree' : 'blob'}/HEAD/${file}${rest}`;
}
