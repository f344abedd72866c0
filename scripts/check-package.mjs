/**
 * Checks the package as its users get it: packed, installed into an empty project without network,
 * imported, run until it ends by itself, and compiled against. Nothing here reads the source tree.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  COMMON_JS_CONSUMER,
  CONSUMER,
  DYNAMIC_PROGRAM,
  EVERY_SUBPATH,
  IMPORT_PROGRAM,
  MISTAKE_PROGRAM,
  NAME,
  PEER_TYPES,
  REQUIRE_PROGRAM,
  USE_PROGRAM,
} from './package-consumers.mjs';
import { findPart, PACKAGES } from './parts.mjs';
import { DATA, exportOf, rootFilesOf, SUBPATHS } from './subpaths.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name, folder = PACKAGES.checks) => join(folder, 'node_modules/.bin', name);

const PAGES = ['README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md'];
const ROOT_FILES = SUBPATHS.flatMap(rootFilesOf);
const filesIn = (conditions) =>
  Object.values(conditions).flatMap((one) => (typeof one === 'object' ? filesIn(one) : one));
const EXPORTED = SUBPATHS.flatMap((one) => filesIn(exportOf(one)[1]));

/** The tarball must hold these files, and others only from dist/ and of `DATA`. */
const REQUIRED = [
  'package.json',
  ...PAGES,
  ...ROOT_FILES,
  ...new Set(EXPORTED.map((file) => file.slice('./'.length))),
];

/** Those of a server's program, which has no DOM. */
const NODE_SETTINGS = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2022'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
};
const TYPE_SETTINGS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
  NODE_SETTINGS,
];

/** The names of the checks that failed. The others still run after a failure. */
const failures = [];
const folder = await mkdtemp(join(tmpdir(), 'check-package-'));
try {
  const { tarball, files } = await pack();
  await check('contents of the tarball', () => checkContents(files));
  await check('publint', () => run(bin('publint'), ['run', tarball, '--strict']));
  // The package is ESM only. Node can `require()` that since 20.19.
  const rules = ['--ignore-rules', 'cjs-resolves-to-esm'];
  await check('arethetypeswrong', () => run(bin('attw'), [tarball, ...rules]));
  await check('installs without network', () => installInto(join(folder, 'consumer'), tarball));
  await check('source maps', () => checkMaps(join(folder, 'consumer/node_modules', NAME)));
  for (const node of nodes()) {
    await check(`imports without side effects, Node ${node.version}`, () =>
      runProgram(node.path, IMPORT_PROGRAM),
    );
    for (const specifier of [NAME, `${NAME}/edge`]) {
      await check(`${specifier} works and lets the process end, Node ${node.version}`, () =>
        runProgram(node.path, USE_PROGRAM(specifier)),
      );
    }
    await check(`import() in CommonJS, Node ${node.version}`, () =>
      runProgram(node.path, DYNAMIC_PROGRAM, 'cjs'),
    );
    if (node.requires) {
      await check(`require(), Node ${node.version}`, () =>
        runProgram(node.path, REQUIRE_PROGRAM, 'cjs'),
      );
    }
    await check(`stacks show TypeScript, Node ${node.version}`, () =>
      runProgram(node.path, MISTAKE_PROGRAM, 'mjs', ['--enable-source-maps']),
    );
  }
  for (const settings of TYPE_SETTINGS) {
    const dom = settings.lib ? ', without DOM' : '';
    const under = `under ${settings.moduleResolution}${dom}`;
    await check(`types ${under}`, () => compile('consumer.ts', CONSUMER, settings));
    await check(`types of every subpath ${under}`, () => compileEverySubpath(settings));
  }
  await check('types for require()', () =>
    compile('consumer.cts', COMMON_JS_CONSUMER, NODE_SETTINGS),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (failures.length > 0) {
  console.error(`\n${failures.length} of the package's checks failed.`);
  process.exitCode = 1;
}

async function check(what, body) {
  try {
    await body();
    console.log(`ok      ${what}`);
  } catch (error) {
    failures.push(what);
    console.error(`FAILED  ${what}\n${error.message}`);
  }
}

/** Packs what was built, and builds only if nothing was. */
async function pack() {
  const ready = existsSync(join(root, 'dist/index.js')) ? ['--ignore-scripts'] : [];
  const args = ['pack', '--json', '--pack-destination', folder, ...ready];
  // What a build script prints comes before the JSON.
  const out = await run('npm', args, root);
  const parsed = JSON.parse(out.slice(out.search(/^[[{]/m)));
  const [packed] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map((file) => file.path),
  };
}

function checkContents(files) {
  const isBelow = (place) => (file) => file === place || file.startsWith(`${place}/`);
  const allowed = ['dist', ...DATA, ...REQUIRED].map(isBelow);
  const unwanted = files.filter((file) => !allowed.some((holds) => holds(file)));
  const absent = [
    ...REQUIRED.filter((file) => !files.includes(file)),
    ...DATA.filter((place) => !files.some(isBelow(place))),
  ];
  if (unwanted.length > 0) throw new Error(`not for users: ${unwanted.join(', ')}`);
  if (absent.length > 0) throw new Error(`missing: ${absent.join(', ')}`);
}

async function installInto(project, tarball) {
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await run(
    'npm',
    ['install', '--offline', '--no-save', '--no-audit', '--no-fund', tarball],
    project,
  );
}

/** Runs a program, which must end with exit code 0 in time: this proves that nothing holds it open. */
async function runProgram(node, program, ending = 'mjs', options = []) {
  await writeFile(join(folder, `consumer/program.${ending}`), program);
  await run(node, [...options, `program.${ending}`], join(folder, 'consumer'), 20);
}

/** Source maps must hold the sources, since these are not published, and name no folder of this machine. */
async function checkMaps(installed) {
  const files = await readdir(join(installed, 'dist'), { recursive: true });
  const maps = files.filter((file) => file.endsWith('.map'));
  if (maps.length === 0) throw new Error('there are none');
  for (const file of files.filter((one) => /\.(js|cjs|map|ts)$/.test(one))) {
    const text = await readFile(join(installed, 'dist', file), 'utf8');
    if (text.includes(root)) throw new Error(`dist/${file} has a path of this machine`);
    if (!maps.includes(file)) continue;
    const { sources, sourcesContent } = JSON.parse(text);
    const odd = sources.filter(
      (source, i) => !/^(\.\.\/)+(src|node_modules)\//.test(source) || !sourcesContent?.[i],
    );
    if (odd.length > 0) throw new Error(`dist/${file} lacks the text of ${odd.join(', ')}`);
  }
}

function nodes() {
  const other = findPart('node24');
  const running = { path: process.execPath, version: process.versions.node };
  const { require_module: requires } = process.features;
  if (!other || other === process.execPath) return [{ ...running, requires }];
  return [
    { ...running, requires },
    { path: other, version: '24', requires: true },
  ];
}

/** Compiles without @types/node and with no newer library than ES2022: the declarations need no more. */
async function compile(file, text, settings) {
  const project = join(folder, 'consumer');
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    skipLibCheck: false,
    ...settings,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
  };
  await writeFile(join(project, file), text);
  const config = { compilerOptions, files: [file] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  await run(bin('tsc', root), ['-p', 'tsconfig.json'], project);
}

/** Some subpaths need packages of the application, whose own declarations are not checked here. */
async function compileEverySubpath(settings) {
  for (const name of PEER_TYPES) {
    const link = join(folder, 'consumer/node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    if (!existsSync(link)) await symlink(join(root, 'node_modules', name), link);
  }
  await compile('every-subpath.ts', EVERY_SUBPATH, { ...settings, skipLibCheck: true });
}

/** Runs a command. Resolves to what it printed; if it fails, the error holds all that it said. */
async function run(command, args, cwd = folder, seconds = 120) {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, timeout: seconds * 1000 });
    return stdout;
  } catch (error) {
    const how = error.killed ? `did not end within ${seconds} s` : `ended with ${error.code}`;
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim();
    throw new Error(`${command} ${args.join(' ')} ${how}\n${said}`);
  }
}
