import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';

const source = (path) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** Stands in for the `imports` of package.json, which differ from build to build. */
const internals = (place) => ({
  name: 'internals',
  resolveId(id) {
    if (id === '#place') return source(`places/${place}.ts`);
    if (id === '#runtime-metrics') return source(`hooks/${place}-metrics.ts`);
    if (id === '#inline') return source('places/inline.ts');
    // One text serves every entry.
    if (id === '#worker-text') return { id: './worker-text.js', external: 'relative' };
    return null;
  },
});

const compile = (place) => [
  internals(place),
  resolve(),
  commonjs(), // crc-32
  esbuild({
    target: 'es2022',
    tsconfig: 'tsconfig.json',
    // Parcel and others install a polyfill of it into every application that names it bare.
    define: { process: 'globalThis.process' },
  }),
];

const minified = {
  name: 'minified',
  async renderChunk(code) {
    const options = { target: 'es2022', minify: true, legalComments: 'none' };
    const short = (await transform(code, options)).code;
    // Without these, which minifying takes away, bundlers look for the file that the worker imports.
    const marks = 'import(/* @vite-ignore */ /* webpackIgnore: true */ ';
    return { code: short.replace(/\bimport\((?=[\w$]+\))/g, marks), map: null };
  },
};

/** The worker as a string: for bundlers that do not emit its file, and for Node. */
const asText = {
  name: 'as-text',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      chunk.code = `export const workerText = ${JSON.stringify(chunk.code)};\n`;
    }
  },
};

/** An entry, `core` with what its parts share, and a chunk for each part loaded on demand. */
const entry = (input, name, place) => ({
  input: { [name]: source(input) },
  plugins: compile(place),
  output: {
    dir: 'dist',
    format: 'es',
    chunkFileNames: (chunk) => {
      const core = chunk.moduleIds.some((id) => id.endsWith('telemetry-collector.ts'));
      const part = core ? 'core' : chunk.name;
      return name === 'index' || part.startsWith(`${name}-`) ? `${part}.js` : `${name}-${part}.js`;
    },
  },
});

/** A classic script has no `import.meta` to find the worker by: it carries the worker as text. */
const classic = {
  name: 'classic',
  resolveId(id, importer) {
    if (id === '#worker-text')
      return fileURLToPath(new URL('dist/worker-text.js', import.meta.url));
    if (id === './web-links.ts' && importer === source('places/web.ts')) {
      return source('places/script.ts');
    }
    return null;
  },
  resolveImportMeta: (property) => (property === 'url' ? 'undefined' : null),
};

const BRIDGES = ['fetch', 'hono', 'http', 'react'];
const PEERS = /^(hono|react)(\/|$)/;

/** What index.d.ts declares is imported from there: a class that is declared twice is two types. */
const fromIndex = {
  name: 'from-index',
  resolveId(id, importer) {
    const isIndex = /^\.\.?\/(index|telemetry-collector|model|metrics\/.*|exporters\/.*)\.ts$/.test(
      id,
    );
    const isOther = importer && /src\/(edge|bridges\/[\w-]+)\.ts$/.test(importer);
    return isIndex && isOther ? { id: './index.js', external: true } : null;
  },
};

const declarations = (input, name, plugins = []) => ({
  input: source(input),
  external: [/^(#|node:)/, PEERS],
  plugins: [
    ...(name === 'index' ? [] : [fromIndex]),
    dts({ compilerOptions: { stripInternal: true } }),
    ...plugins,
  ],
  output: {
    file: `dist/${name}.d.ts`,
    banner: '/// <reference lib="esnext.disposable" />',
  },
});

const emit = (fileName, text) => ({
  name: 'emit',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName, source: text });
  },
});

/**
 * The subpaths once more as files at the root: Parcel, and TypeScript with `moduleResolution: node`,
 * look there and not into `exports`.
 */
const subpathFiles = {
  name: 'subpath-files',
  async writeBundle() {
    const write = async (name, text, types) => {
      await writeFile(new URL(`${name}.js`, import.meta.url), text);
      await writeFile(new URL(`${name}.d.ts`, import.meta.url), types);
    };
    for (const name of ['edge', ...BRIDGES]) {
      const text = `export * from './dist/${name}.js';\n`;
      await write(name, text, text);
    }
    const worker = "export * from './dist/worker.js';\n";
    await write('worker', worker, worker);
  },
};

const scripts = [
  {
    input: source('places/worker.ts'),
    plugins: [...compile('web'), minified],
    output: { file: 'dist/worker.js', format: 'es', inlineDynamicImports: true },
  },
  {
    input: source('places/worker.ts'),
    plugins: [...compile('web'), minified, asText],
    output: {
      file: 'dist/worker-text.js',
      format: 'iife',
      name: 'utilityfogWorker',
      inlineDynamicImports: true,
    },
  },
  entry('index.ts', 'index', 'web'),
  entry('index.ts', 'node', 'node'),
  entry('edge.ts', 'edge', 'edge'),
  {
    input: source('index.ts'),
    plugins: [classic, ...compile('web'), minified],
    output: {
      file: 'dist/utilityfog-telemetry.js',
      format: 'iife',
      name: 'utilityfogTelemetry',
      inlineDynamicImports: true,
    },
  },
  {
    // They know the package by its types only: the collector comes from the application.
    input: Object.fromEntries(BRIDGES.map((name) => [name, source(`bridges/${name}.ts`)])),
    external: PEERS,
    plugins: compile('web'),
    output: { dir: 'dist', format: 'es', chunkFileNames: '[name].js' },
  },
];

/** The worker is one file: of what it exports, applications know this. */
const WORKER_TYPES = `import type { PartModule } from './index.js';
/** Gives the code of a feature's part to the collector in this worker, which the application has started. */
export declare function offerPart(part: PartModule): void;
`;

const types = [
  declarations('index.ts', 'index', [emit('worker.d.ts', WORKER_TYPES), subpathFiles]),
  declarations('edge.ts', 'edge'),
  ...BRIDGES.map((name) => declarations(`bridges/${name}.ts`, name)),
];

/** `--configScripts`: nothing but what runs, since types take most of the time. */
export default ({ configScripts }) => (configScripts ? scripts : [...scripts, ...types]);
