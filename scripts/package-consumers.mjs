/**
 * Programs that use the package in one way each. scripts/check-package.mjs runs and compiles them in an empty project
 * where the packed package is installed.
 */
import { exportOf, PEERS, SUBPATHS } from './subpaths.mjs';

export const NAME = 'utilityfog-telemetry';

/** Subpaths that need a package of the application, or are programs. They are resolved and not imported. */
const FOUND_ONLY = SUBPATHS.filter(({ peer, sideEffects }) => peer || sideEffects);
const IMPORTED = SUBPATHS.filter((one) => !FOUND_ONLY.includes(one));
const specifiers = (subpaths) =>
  JSON.stringify(subpaths.map((one) => exportOf(one)[0].replace('.', NAME)));

/** Importing must not touch a global and must not keep the process alive. */
export const IMPORT_PROGRAM = `
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
export const USE_PROGRAM = (specifier) => `
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
export const CONSUMER = `
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

/** The same for a module of CommonJS, in versions of Node that can require ES modules. */
export const REQUIRE_PROGRAM = `
const { formatPrometheus, TelemetryCollector } = require('${NAME}');
for (const specifier of ${specifiers(IMPORTED)}) require(specifier);
const collector = new TelemetryCollector();
collector.registerCounter('jobs_total', 'Jobs done').increment(3);
formatPrometheus(collector).then(async (text) => {
  if (!/^jobs_total 3$/m.test(text)) throw new Error('not in the exposition: ' + text);
  await collector.shutdown();
});
`;

/** What a module of CommonJS can do in every version. */
export const DYNAMIC_PROGRAM = `
import('${NAME}').then(async ({ formatPrometheus, TelemetryCollector }) => {
  const collector = new TelemetryCollector();
  collector.registerCounter('jobs_total', 'Jobs done').increment(3);
  const text = await formatPrometheus(collector);
  if (!/^jobs_total 3$/m.test(text)) throw new Error('not in the exposition: ' + text);
  await collector.shutdown();
});
`;

/** Makes a mistake. With `--enable-source-maps` the stack must tell where the library has found it, in TypeScript. */
export const MISTAKE_PROGRAM = `
import { TelemetryCollector } from '${NAME}';
try {
  new TelemetryCollector({ collectionInterval: -1 });
} catch ({ stack }) {
  if (!/src.options\\.ts:\\d+/.test(stack)) throw new Error('no TypeScript in the stack: ' + stack);
  process.exit(0);
}
throw new Error('a negative interval was taken');
`;

/** Imports each subpath. `PEER_TYPES` must be there. */
export const EVERY_SUBPATH = SUBPATHS.map((one, i) => {
  const specifier = exportOf(one)[0].replace('.', NAME);
  return one.sideEffects
    ? `import '${specifier}';\n`
    : `export * as subpath${i} from '${specifier}';\n`;
}).join('');
export const PEER_TYPES = [...PEERS, '@types/react', '@types/node', 'undici-types', 'csstype'];

/** What TypeScript makes of `require()`. */
export const COMMON_JS_CONSUMER = `
import telemetry = require('${NAME}');
import client = require('${NAME}/prom-client');
export const collector: telemetry.TelemetryCollector = new telemetry.TelemetryCollector();
export const text: Promise<string> = client.register.metrics();
`;
