import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';

const source = (path) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** Stands in for the `imports` of package.json, which differ from build to build. */
const internals = (runtime) => ({
  name: 'internals',
  resolveId(id) {
    if (id === '#runtime') return source(`runtime/${runtime}.ts`);
    if (id === '#inline') return source('inline.ts');
    // One text serves every entry.
    if (id === '#worker-text') return { id: './worker-text.js', external: 'relative' };
    return null;
  },
});

const compile = (runtime) => [
  internals(runtime),
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
  renderChunk: (code) => transform(code, { minify: true, target: 'es2022', legalComments: 'none' }),
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
const entry = (input, name, runtime) => ({
  input: { [name]: source(input) },
  plugins: compile(runtime),
  output: {
    dir: 'dist',
    format: 'es',
    inlineDynamicImports: name === 'edge',
    chunkFileNames: (chunk) => {
      const core = chunk.moduleIds.some((id) => id.endsWith('telemetry-collector.ts'));
      return `${name === 'index' ? '' : `${name}-`}${core ? 'core' : chunk.name}.js`;
    },
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
    const files = {
      'edge.js': "export * from './dist/edge.js';\n",
      'edge.d.ts': "export * from './dist/edge.js';\n",
      'worker.js': "import './dist/worker.js';\n",
      'worker.d.ts': 'export {};\n',
    };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(new URL(name, import.meta.url), text);
    }
  },
};

export default [
  {
    input: source('worker.ts'),
    plugins: [...compile('web'), minified],
    output: { file: 'dist/worker.js', format: 'es' },
  },
  {
    input: source('worker.ts'),
    plugins: [...compile('web'), minified, asText],
    output: { file: 'dist/worker-text.js', format: 'iife' },
  },
  entry('index.ts', 'index', 'web'),
  entry('index.ts', 'node', 'node'),
  entry('edge.ts', 'edge', 'edge'),
  {
    input: source('index.ts'),
    external: /^(#|node:)/,
    plugins: [
      dts({ compilerOptions: { stripInternal: true } }),
      emit('edge.d.ts', "export * from './index.js';\n"),
      emit('worker.d.ts', 'export {};\n'),
      subpathFiles,
    ],
    output: {
      file: 'dist/index.d.ts',
      banner: '/// <reference lib="esnext.disposable" />',
    },
  },
];
