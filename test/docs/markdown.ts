/** Reads the Markdown that the project shows to its users, and the code in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The path relative to the root, with slashes. */
export const pages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md', 'SECURITY.md'],
  ...markdownIn('docs'),
  ...markdownIn('docs/site'),
  ...markdownIn('examples', { recursive: true }),
];

export const read = (page: string): string => readFileSync(`${root}${page}`, 'utf8');

function markdownIn(folder: string, { recursive = false } = {}): string[] {
  const names = readdirSync(`${root}${folder}`, { recursive, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

export interface Block {
  readonly page: string;
  /** The line number of the first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  /** The words after the language: `browser`, `no-run <reason>`. */
  readonly info: string;
  readonly code: string;
}

/** Returns the fenced blocks of a page, in order. */
export const blocksOf = (page: string): Block[] => blocksIn(page, read(page));

/** Returns the fenced blocks of a text that stands in this file, in order. */
export function blocksIn(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; language: string; info: string } | undefined;
  let code: string[] = [];
  text.split('\n').forEach((shown, i) => {
    const fence = /^(`{3,})(\S*) *(.*)$/.exec(shown);
    if (!open && fence) {
      // What stands in brackets is the name of a tab on the site.
      const info = fence[3].replace(/\[.*\]$/, '').trim();
      open = { line: i + 2, fence: fence[1], language: fence[2], info };
      code = [];
    } else if (open && shown === open.fence) {
      const { line, language, info } = open;
      blocks.push({ page, line, language, info, code: `${code.join('\n')}\n` });
      open = undefined;
    } else {
      code.push(shown);
    }
  });
  if (open) throw new Error(`${page}:${open.line - 1}: the block is not closed`);
  return blocks;
}

/** A block that is a program by itself. */
export interface Snippet {
  /** Its place, such as `docs/threads.md:12`. */
  readonly name: string;
  /** A name for its file. */
  readonly id: string;
  readonly kind: 'node' | 'browser' | 'serves' | 'no-run';
  readonly code: string;
  /** Returns what the block says that it prints, line by line. */
  readonly output: readonly string[];
  /** What the page shows of the metrics that a program serves: the next block, if that is a text. */
  readonly scraped: readonly string[];
}

const LANGUAGES = ['ts', 'js'];

export function snippets(): Snippet[] {
  return pages.flatMap((page) => {
    const blocks = blocksOf(page);
    return blocks.flatMap((block, i) =>
      LANGUAGES.includes(block.language) ? [toSnippet(block, blocks.slice(i + 1))] : [],
    );
  });
}

export function toSnippet(
  { page, line, info, code }: Block,
  after: readonly Block[] = [],
): Snippet {
  const name = `${page}:${line}`;
  const [kind, ...reason] = info.split(' ');
  if (!['', 'browser', 'serves', 'no-run'].includes(kind))
    throw new Error(`${name}: "${info}" is unknown`);
  if (kind === 'no-run' && reason.length === 0) throw new Error(`${name}: no-run needs a reason`);
  return {
    name,
    id: name.replace(/[^a-zA-Z0-9]+/g, '-').toLowerCase(),
    kind: kind === '' ? 'node' : (kind as 'browser' | 'serves' | 'no-run'),
    code,
    output: [...code.matchAll(/^.*\/\/ -> (.*)$/gm)].map(([, shown]) => shown),
    scraped: kind === 'serves' ? linesOf(after.find(({ language }) => language === 'text')) : [],
  };
}

const linesOf = (block?: Block): string[] =>
  (block?.code ?? '').split('\n').filter((line) => line !== '' && line !== ANY);

/** In the shown output this stands for any number of lines. */
const ANY = '…';

/** Whether what was printed is what is shown, line by line. */
export function matches(printed: readonly string[], shown: readonly string[]): boolean {
  if (shown.length === 0) return printed.length === 0;
  const [first, ...rest] = shown;
  if (first !== ANY) return printed[0] === first && matches(printed.slice(1), rest);
  return printed.some((_, i) => matches(printed.slice(i), rest)) || matches([], rest);
}
