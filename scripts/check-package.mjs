/**
 * Checks the package as its users get it: packed, installed into an empty project without network,
 * imported, run until it ends by itself, and compiled against. Nothing here reads the source tree.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPart, PACKAGES } from './parts.mjs';
import { DATA, exportOf, rootFilesOf, SUBPATHS } from './subpaths.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name, folder = PACKAGES.checks) => join(folder, 'node_modules/.bin', name);
const NAME = 'utilityfog-telemetry';

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

/** Subpaths that need a package of the application, or are programs. They are resolved and not imported. */
const FOUND_ONLY = SUBPATHS.filter(({ peer, sideEffects }) => peer || sideEffects);
const IMPORTED = SUBPATHS.filter((one) => !FOUND_ONLY.includes(one));
const specifiers = (subpaths) =>
  JSON.stringify(subpaths.map((one) => exportOf(one)[0].replace('.', NAME)));

/** Importing must not touch a global and must not keep the process alive. */
const IMPORT_PROGRAM = `
const before = Reflect.ownKeys(globalThis);
const packageExports = await import('${NAME}');
const edgeExports = await import('${NAME}/edge');
for (const specifier of ${specifiers(IMPORTED)}) await import(specifier);
for (const specifier of ${specifiers(FOUND_ONLY)}) import.meta.resolve(specifier);
const added = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key));
if (added.length > 0) throw new Error('importing added globals: ' + added.map(String).join(', '));
const handles = process.getActiveResourcesInfo().filter((name) => !STDIO.includes(name));
if (handles.length > 0) throw new Error('importing started: ' + handles.join(', '));
const differs = Object.keys(packageExports).filter((key) => !(key in edgeExports));
if (differs.length > 0) throw new Error('./edge lacks: ' + differs.join(', '));
`.replace('STDIO', "['PipeWrap', 'TTYWrap', 'FSReqPromise', 'CloseReq']");

/** Follows a counter from its registration to the exposition. The process must then end by itself. */
const USE_PROGRAM = (specifier) => `
import { formatPrometheus, TelemetryCollector } from '${specifier}';
const collector = new TelemetryCollector();
const jobs = collector.registerCounter('jobs_total', 'Jobs done', { labelNames: ['kind'] });
jobs.increment(3, { kind: 'test' });
const text = await formatPrometheus(collector);
// At the edge every series has a label for the isolate, too.
if (!/^jobs_total\\{(service_instance_id="\\w+",)?kind="test"\\} 3$/m.test(text)) throw new Error('not in the exposition:\\n' + text);
await collector.shutdown();
`;

/** Uses every class once, so that the declarations are read and not only found. */
const CONSUMER = `
import {
  type Counter,
  formatJSON,
  formatPrometheus,
  JSONExporter,
  MetricsExporter,
  MetricType,
  MultiExporter,
  PeriodicExporter,
  PrometheusAdapter,
  setupHealthHooks,
  TelemetryCollector,
  TelemetryError,
} from '${NAME}';
import { instrument, kvStorage, TelemetryCollector as EdgeCollector } from '${NAME}/edge';
import { instrumentFetch } from '${NAME}/fetch';
import { type GrafanaDashboard, grafanaDashboard } from '${NAME}/grafana';

export class MyExporter extends MetricsExporter {
  async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    return (await formatPrometheus(collector)).length > 0;
  }
}

const collector = new TelemetryCollector({ collectionInterval: 30, labels: { service: 'a' } });
const requests = collector.registerCounter('requests_total', 'Requests', { labelNames: ['method'] });
requests.increment(1, { method: 'GET' });
// @ts-expect-error: a label that the literal labelNames does not have
requests.increment(1, { methud: 'GET' });
export const plain: Counter = collector.registerCounter('plain_total');
export const seconds: number = collector.registerHistogram('duration_seconds').startTimer()();
export const isCounter: boolean = plain.type === MetricType.Counter;
setupHealthHooks(collector);
const exporters = new MultiExporter([new PrometheusAdapter('/tmp/a'), new JSONExporter('/tmp/b')]);
await new PeriodicExporter(exporters, collector, { interval: 30 }).start();
const removeHook: () => void = collector.addHook('login', (event) => void event.timestamp);
removeHook();
export const json: string = await formatJSON(collector);
export const dashboard: GrafanaDashboard = grafanaDashboard(collector, { title: 'Shop' });
export const error: string = new TelemetryError('code', 'message').code;
await collector.shutdown();
await new EdgeCollector().shutdown();
export default instrument(
  { fetch: (request: Request, env: { key: string }) => new Response(request.url + env.key) },
  { collector: new EdgeCollector(), flush: 5 },
);
export const handler: (request: Request) => Promise<Response> = instrumentFetch(
  (request) => new Response(request.url),
  { collector, route: () => '/' },
);
export const storage = kvStorage;
`;

const TYPE_SETTINGS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
  // A server's program, which has no DOM.
  {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2022'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  },
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
  for (const node of nodes()) {
    await check(`imports without side effects, Node ${node.version}`, () =>
      runProgram(node.path, IMPORT_PROGRAM),
    );
    for (const specifier of [NAME, `${NAME}/edge`]) {
      await check(`${specifier} works and lets the process end, Node ${node.version}`, () =>
        runProgram(node.path, USE_PROGRAM(specifier)),
      );
    }
  }
  for (const settings of TYPE_SETTINGS) {
    const dom = settings.lib ? ', without DOM' : '';
    await check(`types under ${settings.moduleResolution}${dom}`, () => compileConsumer(settings));
  }
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
async function runProgram(node, program) {
  await writeFile(join(folder, 'consumer/program.mjs'), program);
  await run(node, ['program.mjs'], join(folder, 'consumer'), 20);
}

function nodes() {
  const other = findPart('node24');
  const running = { path: process.execPath, version: process.versions.node };
  if (!other || other === process.execPath) return [running];
  return [running, { path: other, version: '24' }];
}

/** Compiles without @types/node and with no newer library than ES2022: the declarations need no more. */
async function compileConsumer(settings) {
  const project = join(folder, 'consumer');
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    ...settings,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  };
  await writeFile(join(project, 'consumer.ts'), CONSUMER);
  const config = { compilerOptions, files: ['consumer.ts'] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  await run(bin('tsc', root), ['-p', 'tsconfig.json'], project);
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
