/**
 * Measures how many bytes an application loads when it imports the package, bundled and minified as by a
 * bundler and compressed as by a server. Fails if something is over its budget.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { PARTS, PEERS, SUBPATHS } from './subpaths.mjs';

/** What is measured: for each subpath the `sizes` of its entry in the table, or all that it exports. */
const BUDGETS = SUBPATHS.flatMap(
  ({ name, limit, besideNode, sizes = [{ name, what: '*', limit }] }) => [
    // What it imports of the package, the application has already.
    ...sizes.map((size) => ({
      from: `dist/${name}.js`,
      shared: besideNode ? ['*/node.js'] : [],
      ...size,
    })),
    ...PARTS.filter((part) => part.name === name || part.name.startsWith(`${name}-`)).map(
      (part) => ({
        name: `${part.name}, its part`,
        from: `dist/${part.name}-part.js`,
        isCopied: true,
        limit: part.partLimit,
      }),
    ),
  ],
);

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = (await Promise.all(BUDGETS.map(measure))).flat();
printTable(rows);
const over = rows.filter((row) => row.bytes > row.limit);
for (const row of over) {
  console.error(`${row.name} is ${row.bytes - row.limit} bytes over its budget of ${row.limit}.`);
}
if (over.length > 0) process.exitCode = 1;

/** Resolves to one row for what the entry loads at once, and one for every chunk that it may load later. */
async function measure({ name, from, shared, what, limit, collecting, isCopied }) {
  if (!existsSync(`${root}${from}`)) {
    console.error(`${from} is missing. Build first: npm run build.`);
    process.exit(1);
  }
  // Bundlers copy the file of a part as it is.
  if (isCopied) {
    const bytes = gzipSync(readFileSync(`${root}${from}`), { level: 9 }).length;
    return [{ name, bytes, limit }];
  }
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    // A worker is run, and nothing is imported from it. For the others `what` says what is imported.
    ...(what
      ? { stdin: { contents: `export ${what} from './${from}';`, resolveDir: root } }
      : { entryPoints: [from] }),
    outdir: '.parts/size',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    // A server's entry may name node: modules, which need no download.
    external: ['node:*', ...PEERS, ...shared],
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const gzipped = new Map(
    outputFiles.map((file) => [
      file.path.slice(root.length),
      gzipSync(file.contents, { level: 9 }),
    ]),
  );
  const bytes = (paths) => paths.reduce((sum, path) => sum + gzipped.get(path).length, 0);

  const outputs = Object.keys(metafile.outputs);
  const first = outputs.find(
    (path) => metafile.outputs[path].entryPoint === (what ? '<stdin>' : from),
  );
  const atOnce = staticallyReachable(metafile.outputs, first);
  const later = outputs.filter((path) => !atOnce.includes(path));
  const together = [];
  if (collecting) {
    const chunk = outputs.find((path) => basename(path).startsWith(collecting.chunk));
    const all = new Set([...atOnce, ...staticallyReachable(metafile.outputs, chunk)]);
    together.push({
      name: `${name}, collecting over the shared link`,
      bytes: bytes([...all]),
      limit: collecting.limit,
    });
  }
  return [
    { name, bytes: bytes(atOnce), limit },
    ...together,
    ...later.map((path) => ({
      name: `  ${name}, later: ${basename(path)}`,
      bytes: bytes([path]),
      limit: Infinity,
    })),
  ];
}

/** Returns the chunk and all that it imports by `import` statements, which load before it runs. */
function staticallyReachable(outputs, path, seen = []) {
  if (seen.includes(path)) return seen;
  seen.push(path);
  for (const { path: next, kind, external } of outputs[path].imports) {
    if (kind === 'import-statement' && !external) staticallyReachable(outputs, next, seen);
  }
  return seen;
}

function printTable(rows) {
  const width = Math.max(...rows.map((row) => row.name.length));
  const cell = (value) => String(Number.isFinite(value) ? value : '-').padStart(9);
  console.log(`${'gzipped bytes'.padEnd(width)}${'size'.padStart(9)}${'budget'.padStart(9)}`);
  for (const row of rows) {
    console.log(`${row.name.padEnd(width)}${cell(row.bytes)}${cell(row.limit)}`);
  }
}
