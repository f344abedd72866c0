/**
 * `npm run test:newest` runs the tests that use other people's software with its newest versions. They run in
 * a copy of the working tree whose manifests ask for what was published last; lock files stay as they are. It
 * prints which versions those are and what does not work with them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runQuietly } from './run-quietly.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPY = join(ROOT, '.parts/newest');
const FOLDERS = ['.', 'test', 'test/parts/runtimes', 'test/parts/bundlers'];
const TESTS = ['test/runtimes', 'test/browser/conformance', 'test/examples', 'test/middleware'];

/** Tools that build or test are not what users bring, so the newest within their ranges is enough. */
const OUR_TOOLS = /^(vitest|typescript|esbuild|rollup.*|@rollup\/.*|@types\/node)$/;

/** Leaves out tests of the committed table and of the examples' manifests, which know pinned parts only. */
const NOT_OF_PINNED = '^(?!.*(the table in docs|ask for the versions that are tested))';

const json = async (path) => JSON.parse(await readFile(path, 'utf8'));
const npmView = (what) =>
  execFileSync('npm', ['view', what, 'version'], { encoding: 'utf8' }).trim();

async function makeCopy() {
  await rm(COPY, { recursive: true, force: true });
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const built = (await readdir(ROOT)).filter((name) => /\.(js|d\.ts)$/.test(name));
  for (const file of [...files, 'dist', ...built]) {
    if (!file || !existsSync(join(ROOT, file)) || file.endsWith('package-lock.json')) continue;
    await mkdir(dirname(join(COPY, file)), { recursive: true });
    await cp(join(ROOT, file), join(COPY, file), { recursive: true });
  }
}

/** Asks for the newest of each. Ranges of aliases such as `npm:…@^24.0.0` stay: the newest of that line. */
function newest(dependencies = {}) {
  const ask = ([name, range]) =>
    range.startsWith('npm:') || OUR_TOOLS.test(name) ? [name, range] : [name, 'latest'];
  return Object.fromEntries(Object.entries(dependencies).map(ask));
}

/** Resolves to an entry for a Node that is newer than all that the manifest names, if there is one. */
function newerNode(named) {
  const here = `-${process.platform}-${process.arch}`;
  const lines = Object.entries(named).filter(([name]) => name.endsWith(here));
  if (lines.length === 0) return {};
  const [, source] = /^npm:(.*)@/.exec(lines[0][1]);
  const name = `node${npmView(source).split('.')[0]}${here}`;
  return name in named ? {} : { [name]: `npm:${source}@latest` };
}

async function askForTheNewest(folder) {
  const path = join(COPY, folder, 'package.json');
  const manifest = await json(path);
  manifest.devDependencies = newest(manifest.devDependencies);
  const nodes = manifest.optionalDependencies;
  if (nodes) manifest.optionalDependencies = { ...nodes, ...newerNode(nodes) };
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Resolves to rows of name, pinned version and installed version, for those where these differ. */
async function changedVersions(folder) {
  const { devDependencies, optionalDependencies } = await json(join(COPY, folder, 'package.json'));
  const { packages } = await json(join(ROOT, folder, 'package-lock.json'));
  const rows = [];
  for (const name of Object.keys({ ...devDependencies, ...optionalDependencies })) {
    const installed = join(COPY, folder, 'node_modules', name, 'package.json');
    if (!existsSync(installed)) continue; // it is for another platform
    const pinned = packages[`node_modules/${name}`]?.version ?? '-';
    const { version } = await json(installed);
    if (version !== pinned) rows.push([name, pinned, version]);
  }
  return rows;
}

async function printResults(versions) {
  const { rowOf, tableOf } = await import(
    pathToFileURL(join(ROOT, 'scripts/runtimes-table.mjs')).href
  );
  const results = join(COPY, '.parts/conformance');
  const names = existsSync(results) ? (await readdir(results)).sort() : [];
  const rows = await Promise.all(names.map(async (name) => rowOf(await json(join(results, name)))));
  console.log(`\n${tableOf(rows)}\n`);
  console.log('Other versions than the pinned ones:');
  for (const [name, pinned, version] of versions) console.log(`  ${name} ${pinned} -> ${version}`);
  if (versions.length === 0) console.log('  none');
}

/** Resolves to the full names of failed tests, and of files that could not be loaded. */
async function failures() {
  const report = join(COPY, '.parts/vitest.json');
  if (!existsSync(report)) return ['the tests did not run to their end'];
  const { testResults } = await json(report);
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [name];
    return failed.map(({ fullName }) => fullName);
  });
}

console.log(`Installing the newest of everything into ${COPY} …`);
await makeCopy();
for (const folder of FOLDERS) {
  await askForTheNewest(folder);
  const args = ['install', '--no-package-lock', '--no-audit', '--no-fund'];
  if (!runQuietly('npm', args, { cwd: join(COPY, folder) })) process.exit(1);
}
const { makeLinks } = await import(pathToFileURL(join(COPY, 'scripts/install-packages.mjs')).href);
makeLinks('test');
const vitest = join(COPY, 'test/node_modules/vitest/vitest.mjs');
const run = spawnSync(process.execPath, [vitest, 'run', '-t', NOT_OF_PINNED, ...TESTS], {
  cwd: COPY,
  stdio: 'inherit',
});
await printResults((await Promise.all(FOLDERS.map(changedVersions))).flat());
const failed = await failures();
if (failed.length > 0) console.log(`\nDoes not work:\n  ${failed.join('\n  ')}`);
else console.log(`\n${run.status === 0 ? 'All of it works.' : 'The tests failed: see above.'}`);
if (failed.length > 0 || run.status !== 0) process.exitCode = 1;
