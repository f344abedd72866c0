/**
 * The subpaths of the package, by which it can be imported. The build, the types, the budgets and the checks
 * read this table, and `npm run subpaths` writes it into the files that cannot. A new subpath needs a line
 * here and its source file.
 *
 * - `name`: the name of its file in dist/. `index` is the package itself.
 * - `source`: its entry below src/. Its types are made from the same file.
 * - `builds`: its files in dist/ if it holds a collector, each with the place (src/places/) that it is built
 *   for. Without `builds` there is one file, which imports only types of the package, and functions that know
 *   no collector.
 * - `besideNode`: whether it uses the collector itself, which it imports from the package. It is for servers
 *   only.
 * - `ownBuild`: whether rollup.config.mjs builds it in a way of its own.
 * - `conditions`: which file of dist/ is for whom. Without it, the file of its name is for all. A name without an
 *   ending is that of a `.js` file.
 * - `commonJs`: whether `require()` must work, also in versions of Node that cannot require ES modules.
 * - `part`: the source of the part of a feature, which runs beside the collector. `partLimit` is its budget. `feature`
 *   is the file that names the part, if that is not the source. `furtherParts` are those that it needs or loads later,
 *   in the same form.
 * - `peer`: a package that the application must have to import it.
 * - `sideEffects`: whether importing it does something, so that no bundler may leave it out.
 * - `limit`: its budget, in bytes after gzip.
 * - `sizes`: several budgets. For each, `what` is imported (it is absent if the file is run and not imported
 *   from), and `limit` is for all that loads with the import. What loads later is listed apart. `collecting`
 *   is a further budget for the same with the `chunk` that loads later.
 */
export const SUBPATHS = [
  {
    name: 'index',
    source: 'index.ts',
    builds: { index: 'web', node: 'node' },
    conditions: {
      workerd: 'edge',
      'edge-light': 'edge',
      deno: 'node',
      bun: 'node',
      node: 'node',
      browser: 'index',
      default: 'index',
    },
    sizes: [
      {
        name: 'TelemetryCollector',
        what: '{ TelemetryCollector }',
        limit: 18992,
        // A page loads this, too, on its main thread, once it asks for the collector.
        collecting: { chunk: 'web-links', limit: 31312 },
      },
      { name: 'every export', what: '*', limit: 25488 },
    ],
  },
  {
    name: 'edge',
    source: 'edge.ts',
    builds: { edge: 'edge' },
    sizes: [
      {
        // This includes the collector: there is no worker for it.
        name: 'edge',
        what: `{ TelemetryCollector, instrument, formatPrometheus, formatJSON, PrometheusAdapter,
          JSONExporter, MetricsExporter, MultiExporter, PeriodicExporter }`,
        limit: 32448,
      },
      { name: 'edge, every export', what: '*', limit: 37680 },
    ],
  },
  {
    name: 'alerting',
    source: 'features/alerting/feature.ts',
    part: 'features/alerting/part.ts',
    limit: 5120,
    partLimit: 24192,
    furtherParts: [
      {
        name: 'alerting-yaml',
        feature: 'features/alerting/yaml/feature.ts',
        part: 'features/alerting/yaml/part.ts',
        partLimit: 7296,
      },
    ],
  },
  {
    name: 'analytics',
    source: 'features/analytics/feature.ts',
    part: 'features/analytics/part.ts',
    limit: 3264,
    partLimit: 21208,
  },
  { name: 'analytics/detectors', source: 'analytics/detectors.ts', limit: 5872 },
  { name: 'browser', source: 'bridges/browser/browser.ts', limit: 6480 },
  { name: 'cluster', source: 'bridges/cluster.ts', besideNode: true, limit: 8960 },
  { name: 'fetch', source: 'bridges/fetch.ts', limit: 1664 },
  { name: 'grafana', source: 'bridges/grafana/grafana.ts', limit: 11520 },
  {
    name: 'history',
    source: 'features/history/feature.ts',
    part: 'features/history/part.ts',
    limit: 1792,
    partLimit: 13616,
  },
  { name: 'hono', source: 'bridges/hono.ts', peer: 'hono', limit: 1744 },
  { name: 'http', source: 'bridges/http.ts', limit: 1872 },
  {
    name: 'opentelemetry',
    source: 'bridges/opentelemetry/opentelemetry.ts',
    peer: '@opentelemetry/api',
    feature: 'features/traces/feature.ts',
    part: 'features/traces/part.ts',
    partLimit: 7552,
    sizes: [
      // What it imports beside the core and `@opentelemetry/api`.
      { name: 'opentelemetry, metrics', what: '{ meterProvider }', limit: 4984 },
      { name: 'opentelemetry, traces', what: '{ tracerProvider }', limit: 8232 },
    ],
  },
  {
    name: 'prom-client',
    source: 'bridges/prom-client/prom-client.ts',
    besideNode: true,
    commonJs: true,
    // There is one registry for `import` and `require()`: in Node both lead to the same module.
    conditions: {
      deno: 'prom-client',
      bun: 'prom-client',
      require: { types: 'prom-client.d.cts', default: 'prom-client.cjs' },
      types: 'prom-client.d.ts',
      node: 'prom-client-node',
      default: 'prom-client',
    },
    limit: 12544,
  },
  {
    name: 'prom-client/register',
    source: 'bridges/prom-client/register.ts',
    besideNode: true,
    sideEffects: true,
    limit: 1024,
  },
  {
    name: 'promql',
    source: 'features/promql/feature.ts',
    part: 'features/promql/part.ts',
    limit: 2048,
    partLimit: 46080,
    furtherParts: [
      {
        name: 'promql-http',
        feature: 'features/promql/http/feature.ts',
        part: 'features/promql/http/part.ts',
        partLimit: 7168,
      },
    ],
  },
  { name: 'promql/engine', source: 'promql/engine.ts', limit: 47296 },
  { name: 'react', source: 'bridges/react.ts', peer: 'react', limit: 1024 },
  { name: 'relay', source: 'bridges/relay/relay.ts', limit: 21504 },
  { name: 'server', source: 'bridges/server.ts', limit: 5440 },
  {
    name: 'worker',
    source: 'places/worker.ts',
    ownBuild: true,
    sideEffects: true,
    sizes: [{ name: 'worker', limit: Infinity }],
  },
];

/** The parts of features: the `name` of each, and the sources of its `feature` and of the `part` itself. */
export const PARTS = SUBPATHS.flatMap(
  ({ name, source, feature = source, part, partLimit, furtherParts = [] }) =>
    part ? [{ name, feature, part, partLimit }, ...furtherParts] : [],
);

/** The package itself as a classic script, which CDNs serve. */
export const CLASSIC_SCRIPT = 'utilityfog-telemetry.js';

/** What is published besides, for other programs to read. */
export const DATA = ['grafana', 'rules'];

/** Packages that applications must have installed to import some of the subpaths. */
export const PEERS = SUBPATHS.flatMap(({ peer }) => peer ?? []);

/** Returns the key of a subpath in `exports`, and its value there. */
export function exportOf({ name, conditions = { default: name } }) {
  const files = (of) =>
    Object.fromEntries(
      Object.entries(of).map(([who, file]) => [
        who,
        typeof file === 'object'
          ? files(file)
          : `./dist/${file.includes('.') ? file : `${file}.js`}`,
      ]),
    );
  const types = 'types' in conditions ? {} : { types: `./dist/${name}.d.ts` };
  return [name === 'index' ? '.' : `./${name}`, { ...types, ...files(conditions) }];
}

/**
 * Returns the files at the root that lead to a subpath. Parcel, and TypeScript with `moduleResolution: node`,
 * look there and not into `exports`. For the package itself they read `main` and the like.
 */
export function rootFilesOf({ name }) {
  return name === 'index' ? [] : [`${name}.js`, `${name}.d.ts`];
}
