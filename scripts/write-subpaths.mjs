/**
 * `npm run subpaths` writes the table of scripts/subpaths.mjs into the files that cannot import it. In
 * package.json it writes the fields that say what is published; all others stay as they are.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CLASSIC_SCRIPT, DATA, exportOf, rootFilesOf, SUBPATHS } from './subpaths.mjs';

const ROOT = new URL('../', import.meta.url);
const NAME = 'utilityfog-telemetry';

/** Every file that is written, with what it must hold. A test compares them. */
export async function writtenFiles() {
  const read = (path) => readFile(new URL(path, ROOT), 'utf8');
  return {
    'package.json': withFields(await read('package.json')),
    'test/tsconfig.json': withPaths(await read('test/tsconfig.json')),
  };
}

function withFields(text) {
  const conditions = exportOf(SUBPATHS.find(({ name }) => name === 'index'))[1];
  const effective = SUBPATHS.filter(({ sideEffects }) => sideEffects);
  const fields = {
    sideEffects: effective.flatMap(({ name }) => [`./dist/${name}.js`, `./${name}.js`]),
    files: [
      'dist',
      ...SUBPATHS.flatMap(rootFilesOf),
      ...DATA,
      'CHANGELOG.md',
      'THIRD_PARTY_NOTICES.md',
    ],
    exports: {
      ...Object.fromEntries(SUBPATHS.map(exportOf)),
      './package.json': './package.json',
    },
    main: conditions.node,
    browser: conditions.browser,
    types: conditions.types,
    unpkg: `./dist/${CLASSIC_SCRIPT}`,
    jsdelivr: `./dist/${CLASSIC_SCRIPT}`,
  };
  return `${JSON.stringify({ ...JSON.parse(text), ...fields }, null, 2)}\n`;
}

/** Where TypeScript finds the package in tests: in the sources, which need no build. */
function withPaths(text) {
  const lines = SUBPATHS.map(
    ({ name, source }) =>
      `      "${name === 'index' ? NAME : `${NAME}/${name}`}": ["../src/${source}"]`,
  );
  return text.replace(/("paths": \{\n)[^}]*(\n {4}\})/, `$1${lines.join(',\n')}$2`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await writtenFiles())) {
    await writeFile(new URL(path, ROOT), text);
  }
}
