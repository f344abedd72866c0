/**
 * The subpaths of the package: what can be imported of it. The build, the types, the budgets and the checks
 * read this table, and `npm run subpaths` writes it into the files that cannot. Another subpath is a line
 * here and its source file.
 *
 * - `name`: its file in dist/. `index` is the package itself.
 * - `source`: its entry below src/. Its types are made of the same file.
 * - `builds`: for an entry that holds a collector, its files in dist/, each with the place (src/places/) that it
 *   is built for. Without it there is one file, which knows the package by its types only.
 * - `ownBuild`: rollup.config.mjs makes it in a way of its own.
 * - `conditions`: which file of dist/ is for whom. Without it, the one of its name is for all.
 * - `peer`: a package that the application must have to import it.
 * - `sideEffects`: importing it does something, so no bundler may leave it out.
 * - `limit`: its budget, in bytes after gzip. `sizes` is for several: `what` is imported for each (nothing
 *   where the file is run and not imported from), and `limit` is for what loads with the import. What that
 *   loads later is listed apart, but for the `chunk` of `collecting`.
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
        limit: 13008,
        // What a page loads besides, on its main thread, once it asks for the collector.
        collecting: { chunk: 'web-links', limit: 25184 },
      },
      { name: 'every export', what: '*', limit: 15520 },
    ],
  },
  {
    name: 'edge',
    source: 'edge.ts',
    builds: { edge: 'edge' },
    sizes: [
      {
        // The collector is among it: there is no worker for it to be in.
        name: 'edge',
        what: `{ TelemetryCollector, instrument, formatPrometheus, formatJSON, PrometheusAdapter,
          JSONExporter, MetricsExporter, MultiExporter, PeriodicExporter }`,
        limit: 23008,
      },
      { name: 'edge, every export', what: '*', limit: 24560 },
    ],
  },
  { name: 'fetch', source: 'bridges/fetch.ts', limit: 1104 },
  { name: 'hono', source: 'bridges/hono.ts', peer: 'hono', limit: 1152 },
  { name: 'http', source: 'bridges/http.ts', limit: 1344 },
  { name: 'react', source: 'bridges/react.ts', peer: 'react', limit: 1024 },
  {
    name: 'worker',
    source: 'places/worker.ts',
    ownBuild: true,
    sideEffects: true,
    sizes: [{ name: 'worker', limit: Infinity }],
  },
];

/** The package itself once more as a classic script, which CDNs serve. */
export const CLASSIC_SCRIPT = 'utilityfog-telemetry.js';

/** What applications must have installed to import one or the other. */
export const PEERS = SUBPATHS.flatMap(({ peer }) => peer ?? []);

/** How `exports` names a subpath, and what it leads to. */
export function exportOf({ name, conditions = { default: name } }) {
  const files = Object.entries(conditions).map(([who, file]) => [who, `./dist/${file}.js`]);
  return [
    name === 'index' ? '.' : `./${name}`,
    { types: `./dist/${name}.d.ts`, ...Object.fromEntries(files) },
  ];
}

/**
 * The same as files at the root: Parcel, and TypeScript with `moduleResolution: node`, look there and not
 * into `exports`. For the package itself they have `main` and the like.
 */
export function rootFilesOf({ name }) {
  return name === 'index' ? [] : [`${name}.js`, `${name}.d.ts`];
}
