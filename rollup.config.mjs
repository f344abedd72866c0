import { accessSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import { build, transform } from 'esbuild';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import { minify } from 'terser';
import { bundledPackages } from './scripts/bundled-packages.mjs';
import { grafanaSdkModules, isCircleOfGrafanaSdk } from './scripts/grafana-sdk-modules.mjs';
import { stringLiteral } from './scripts/string-literal.mjs';
import { CLASSIC_SCRIPT, PARTS, PEERS, rootFilesOf, SUBPATHS } from './scripts/subpaths.mjs';

const source = (path) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** Subpaths that hold a collector, and those that import only its types, since the application brings it. */
const ENTRIES = SUBPATHS.filter(({ builds }) => builds);
const BESIDE = SUBPATHS.filter(({ builds, ownBuild }) => !builds && !ownBuild);
const inputOf = (subpaths) =>
  Object.fromEntries(subpaths.map((one) => [one.name, source(one.source)]));

/** How the code of native buckets is had in each build. */
const NATIVE_CODE = { web: 'on-demand', node: 'at-hand', edge: 'edge-on-demand' };

/** Stands in for the `imports` of package.json, which differ from build to build. */
const internals = (place) => ({
  name: 'internals',
  resolveId(id) {
    if (id === '#place') return source(`places/${place}.ts`);
    if (id === '#runtime-metrics') return source(`hooks/${place}-metrics.ts`);
    if (id === '#native-code') return source(`kinds/native/${NATIVE_CODE[place]}.ts`);
    if (id === '#inline') return source('places/inline.ts');
    // All entries share one text.
    if (id === '#worker-text') return { id: './worker-text.js', external: 'relative' };
    return null;
  },
});

/** Several builds write into dist/, and chunks of two may have the same name. This makes that an error. */
const written = new Set();
const notTwice = {
  name: 'not-twice',
  generateBundle(_, bundle) {
    for (const file of Object.keys(bundle)) {
      if (written.has(file))
        this.error(`dist/${file} is written by two builds. Rename its source.`);
      written.add(file);
    }
  },
};

const compile = (place) => [
  notTwice,
  bundledPackages,
  internals(place),
  resolve(),
  commonjs(), // crc-32, snappy
  esbuild({
    target: 'es2022',
    tsconfig: 'tsconfig.json',
    // Parcel and others add a polyfill to every application that names `process` alone.
    define: { process: 'globalThis.process' },
  }),
];

/** The classes of the package come from the package: no application should have two of each. */
const PACKAGE = './node.js';
const MODEL = '\0model';
const besideNode = {
  name: 'beside-node',
  resolveId(id, importer) {
    if (id === PACKAGE) return { id, external: 'relative' };
    if (!importer || importer === MODEL) return null;
    const file = relative(source(''), resolvePath(dirname(importer), id));
    if (file === 'telemetry-collector.ts') return { id: PACKAGE, external: 'relative' };
    return file === 'model.ts' ? MODEL : null;
  },
  load(id) {
    if (id !== MODEL) return null;
    const model = JSON.stringify(source('model.ts'));
    return `export * from ${model};\nexport { TelemetryError } from '${PACKAGE}';\n`;
  },
};

/** `require()` of a subpath needs a copy of the collector, for versions of Node that cannot require ES modules. */
const COMMON_JS = SUBPATHS.filter(({ commonJs }) => commonJs);
const COPY = '\0collector';
const besideCopy = {
  ...besideNode,
  name: 'beside-copy',
  resolveId(id, importer) {
    const found = besideNode.resolveId(id, importer);
    return found?.id === PACKAGE ? { id: './package.cjs', external: 'relative' } : found;
  },
};
const copyOfCollector = {
  name: 'copy-of-collector',
  resolveId: (id) => (id === COPY ? id : null),
  load(id) {
    if (id !== COPY) return null;
    const [collector, model] = ['telemetry-collector.ts', 'model.ts'].map((file) =>
      JSON.stringify(source(file)),
    );
    return `export { TelemetryCollector } from ${collector};\nexport { TelemetryError } from ${model};\n`;
  },
};

/** Chooses between the package itself, so that there is one of each class, and the copy. */
const CHOICE = `'use strict';
let found;
try {
  if (process.features.require_module) found = require('./node.js');
} catch {
  // Jest, for one, runs modules in its own way.
}
module.exports = found ?? require('./collector.cjs');
`;

/** The names that Node can tell from the source, so that ES modules can import them from a wrapper, too. */
const named = {
  name: 'named',
  renderChunk(code, chunk) {
    const names = chunk.exports.filter((name) => name !== 'default');
    return {
      code: `${code}\nmodule.exports = exports.default;\n0 && (module.exports = { ${names.join(', ')} });\n`,
      map: null,
    };
  },
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle).filter(({ type }) => type === 'chunk')) {
      const names = chunk.exports.filter((name) => name !== 'default');
      const lines = [
        `import client from './${chunk.fileName}';`,
        'export default client;',
        `export const { ${names.join(', ')} } = client;`,
      ];
      const fileName = chunk.fileName.replace('.cjs', '-node.js');
      this.emitFile({ type: 'asset', fileName, source: `${lines.join('\n')}\n` });
    }
    this.emitFile({ type: 'asset', fileName: 'package.cjs', source: CHOICE });
  },
};

/** Writes declarations for `require()`, which gives the object that `import` gives as the default. */
const asCommonJs = {
  name: 'as-common-js',
  generateBundle(_, bundle) {
    for (const { fileName, code } of Object.values(bundle)) {
      const source = code
        .replace(/^import \{(.*)\} from '\.\/index\.js';$/gm, importOfTypes)
        .replace(/, client as default|client as default, /, '');
      this.emitFile({ type: 'asset', fileName: fileName.replace('.d.ts', '.d.cts'), source });
    }
  },
};
const importOfTypes = (_, names) =>
  `import type {${names}} from './index.js' with { 'resolution-mode': 'import' };`;

const minified = {
  name: 'minified',
  async renderChunk(code) {
    const options = { target: 'es2022', minify: true, legalComments: 'none' };
    return { code: marked((await transform(code, options)).code), map: null };
  },
};

/** Minifying removes these comments. Without them bundlers look for the file that the worker imports. */
const marked = (code) =>
  code.replace(/\bimport\((?=[\w$]+\))/g, 'import(/* @vite-ignore */ /* webpackIgnore: true */ ');

/**
 * Does the same for the worker, as a bundle: then esbuild writes `let` for `const`, which saves 3 kB. webpack warns of
 * files above 250 kB.
 */
const minifiedAs = (format) => ({
  name: 'minified-as',
  async renderChunk(contents) {
    const { outputFiles } = await build({
      stdin: { contents },
      ...{ bundle: true, write: false, external: ['node:*'] },
      format,
      ...{ target: 'es2022', minify: true, legalComments: 'none' },
    });
    // A module is strict. What is joined to a script need not be.
    const strict = outputFiles[0].text.replace(/^\(\(\)=>\{/, '$&"use strict";');
    return { code: marked(strict), map: null };
  },
});

/** Writes the worker as a string, for bundlers that do not emit its file, and for Node. */
const asText = {
  name: 'as-text',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      chunk.code = `export const workerText = ${stringLiteral(chunk.code)};\n`;
    }
  },
};

/**
 * Makes what was minified 5 % smaller. The worker is not given to it, since nobody promises that plain reads of
 * memory which other threads write keep their order. Parts read no such memory.
 */
const minifiedAgain = {
  name: 'minified-again',
  async renderChunk(code, _, { format }) {
    // As with `NO_GETTERS`: to read a property does nothing.
    const compress = { ecma: 2022, passes: 3, pure_getters: true };
    // The names at the top of a script stay, since the text of a part ends with one of them.
    const module = format === 'es';
    return { ...(await minify(code, { module, ecma: 2022, compress })), map: null };
  },
};

/**
 * The part of a feature in the two forms in which workers get it. `NAME-part.js` is a module that imports
 * nothing, since bundlers copy it as it is. `NAME-part-text.js` has the text of a script that sets the `name` and
 * the `start` of `exports`. The application's own thread loads `NAME-module.js`, another file: Parcel breaks a page
 * that imports a file and also names its URL.
 */
const partsOf = ({ name, part }) => [
  {
    input: source(part),
    treeshake: NO_GETTERS,
    plugins: [leanYaml, ...compile('web'), minified, minifiedAgain],
    output: { file: `dist/${name}-part.js`, format: 'es', inlineDynamicImports: true },
  },
  {
    input: source(part),
    treeshake: NO_GETTERS,
    plugins: [leanYaml, ...compile('web'), minified, minifiedAgain, partAsText],
    output: {
      file: `dist/${name}-part-text.js`,
      format: 'iife',
      name: 'part',
      inlineDynamicImports: true,
    },
  },
];

/**
 * Only the parser of js-yaml is used. This lets the rest be left out, which makes tags, schemas and styles when it
 * loads, and the lines that its errors quote.
 */
const leanYaml = {
  name: 'lean-yaml',
  transform(code, id) {
    if (!id.includes('/js-yaml/')) return null;
    const made =
      /(?<=^(?:var \w+ =|\tscalarStyleRules:) )(?=define\w+Tag\(|new Schema\(|\w+_SCHEMA\.withTags\(|Object\.keys\()/gm;
    const marked = code.replace(made, '/* @__PURE__ */ ');
    return { code: marked.replace('mark.snippet = makeSnippet(mark);', ''), map: null };
  },
};
/** Reading a property does nothing else in what parts consist of. */
const NO_GETTERS = { propertyReadSideEffects: false };

const partAsText = {
  name: 'part-as-text',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      const text = `${chunk.code}exports.name=part.name;exports.start=part.start;`;
      chunk.code = `export const partText = ${stringLiteral(text)};\n`;
    }
  },
};

/** Puts the text of a feature's part in the place of `features/part-text.ts`. */
const partTexts = {
  name: 'part-texts',
  resolveId(id, importer) {
    if (!importer || resolvePath(dirname(importer), id) !== source('features/part-text.ts')) {
      return null;
    }
    const { name } = PARTS.find(({ feature }) => source(feature) === importer);
    return { id: `./${name}-part-text.js`, external: 'relative' };
  },
};

/** What several files of the subpaths share, or load later. */
const besideName = ({ facadeModuleId, name }) => {
  const found = PARTS.find(({ part }) => source(part) === facadeModuleId);
  return found ? `${found.name}-module.js` : `beside-${name}.js`;
};

/**
 * Keeps metrics and traces of OpenTelemetry, and what traces share with their part, in files apart: each chunk has these
 * files of src/, and what is in these folders. esbuild keeps all of a file that anything needs which a page may load
 * later, even if the page imports nothing of that file.
 */
const OPEN_TELEMETRY = {
  spans: ['features/traces/span-batch.ts', 'events/event-batch.ts'],
  'opentelemetry-metrics': [
    'bridges/opentelemetry/metrics/',
    'bridges/opentelemetry/attributes.ts',
    'kinds/instrument-labels.ts',
  ],
  'opentelemetry-traces': [
    'bridges/opentelemetry/traces/',
    ...['feature', 'options', 'span-writer', 'tail-options'].map(
      (name) => `features/traces/${name}.ts`,
    ),
  ],
};
/** What metrics load later, if they need it. */
const LATER = ['observing.ts', 'distributions.ts'].map(
  (file) => `bridges/opentelemetry/metrics/${file}`,
);
// A file that moves would silently be in another chunk.
for (const path of [...Object.values(OPEN_TELEMETRY).flat(), ...LATER]) accessSync(source(path));
const openTelemetryChunks = (id) => {
  const path = relative(source(''), id);
  if (LATER.includes(path)) return undefined;
  const holds = (place) => path === place || (place.endsWith('/') && path.startsWith(place));
  return Object.keys(OPEN_TELEMETRY).find((name) => OPEN_TELEMETRY[name].some(holds));
};

/**
 * What applications import is not minified, and has source maps: debuggers and stack traces show the TypeScript. What
 * runs in the worker is minified, and mostly loaded as a text, which has no place for a map.
 */
const READABLE = { dir: 'dist', format: 'es', sourcemap: true };

/** Builds an entry, `core` with what its parts share, and a chunk for each part that loads on demand. */
const entry = (input, name, place) => ({
  input: { [name]: source(input) },
  plugins: compile(place),
  output: {
    ...READABLE,
    // A chunk would also import what its imports import. Bundlers drop that, and esbuild warns of it.
    hoistTransitiveImports: false,
    chunkFileNames: (chunk) => {
      const core = chunk.moduleIds.some((id) => id.endsWith('telemetry-collector.ts'));
      const part = core ? 'core' : chunk.name;
      return name === 'index' || part.startsWith(`${name}-`) ? `${part}.js` : `${name}-${part}.js`;
    },
  },
});

/** A classic script has no `import.meta` by which to find the worker, so it holds the worker as text. */
const classic = {
  name: 'classic',
  resolveId(id, importer) {
    if (id === '#worker-text')
      return fileURLToPath(new URL('dist/worker-text.js', import.meta.url));
    if (id === './web-links.ts' && importer === source('places/web.ts')) {
      return source('places/classic-script.ts');
    }
    return null;
  },
  resolveImportMeta: (property) => (property === 'url' ? 'undefined' : null),
};

const external = PEERS.map((name) => new RegExp(`^${name}(/|$)`));

/** What index.d.ts declares is imported from there: a class that is declared twice would be two types. */
const IN_INDEX =
  /^(index|telemetry-collector|collector-options|model|protocol\/feature|kinds\/.*|metrics\/.*|exporters\/.*)\.ts$/;
const fromIndex = {
  name: 'from-index',
  resolveId(id, importer) {
    if (!importer || !isOfOther(importer)) return null;
    const file = relative(source(''), resolvePath(dirname(importer), id));
    return IN_INDEX.test(file) ? { id: './index.js', external: true } : null;
  },
};

/** Whether a file is the source of another subpath, or stands below the folder of one. */
function isOfOther(file) {
  const subpaths = [...ENTRIES, ...BESIDE].filter(({ name }) => name !== 'index');
  const others = subpaths.flatMap((one) => [one.source, one.feature ?? []].flat().map(source));
  const folders = others.map(dirname).filter((folder) => folder !== dirname(source('index.ts')));
  return others.includes(file) || folders.some((folder) => file.startsWith(`${folder}/`));
}

const declarations = (input, name, plugins = []) => ({
  input: source(input),
  external: [/^(#|node:)/, ...external],
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

const rootFiles = {
  name: 'root-files',
  async writeBundle() {
    for (const one of SUBPATHS) {
      const root = one.name.includes('/') ? '..' : '.';
      const from = `from '${root}/dist/${one.name}.js';\n`;
      const text = `export * ${from}${one.commonJs ? `export { default } ${from}` : ''}`;
      for (const file of rootFilesOf(one)) {
        const url = new URL(file, import.meta.url);
        await mkdir(new URL('.', url), { recursive: true });
        await writeFile(url, text);
      }
    }
  },
};

const scripts = [
  {
    input: source('places/worker.ts'),
    plugins: [...compile('web'), minifiedAs('esm')],
    output: { file: 'dist/worker.js', format: 'es', inlineDynamicImports: true },
  },
  {
    input: source('places/worker.ts'),
    plugins: [...compile('web'), minifiedAs('iife'), asText],
    output: { file: 'dist/worker-text.js', format: 'es', inlineDynamicImports: true },
  },
  ...ENTRIES.flatMap((one) =>
    Object.entries(one.builds).map(([name, place]) => entry(one.source, name, place)),
  ),
  {
    input: source('index.ts'),
    plugins: [classic, ...compile('web'), minified],
    output: {
      file: `dist/${CLASSIC_SCRIPT}`,
      format: 'iife',
      name: 'utilityfogTelemetry',
      inlineDynamicImports: true,
    },
  },
  {
    input: inputOf(BESIDE.filter((one) => !one.besideNode)),
    external,
    plugins: [grafanaSdkModules, partTexts, ...compile('web')],
    onLog(level, log, handle) {
      if (log.code === 'MISSING_EXPORT') throw new Error(log.message);
      // Code of @bufbuild/protobuf that is left out of the bundle asks for the `this` of a script.
      if (log.code !== 'THIS_IS_UNDEFINED' && !isCircleOfGrafanaSdk(log)) handle(level, log);
    },
    output: {
      ...READABLE,
      chunkFileNames: besideName,
      // As in `entry`.
      hoistTransitiveImports: false,
      manualChunks: openTelemetryChunks,
      onlyExplicitManualChunks: true,
    },
  },
  ...PARTS.flatMap(partsOf),
  {
    input: { command: source('command/command.ts') },
    external: /^node:/,
    plugins: [leanYaml, ...compile('node'), minified],
    output: { dir: 'dist', format: 'es' },
  },
  {
    input: inputOf(BESIDE.filter((one) => one.besideNode)),
    plugins: [besideNode, ...compile('node')],
    output: { ...READABLE, chunkFileNames: 'beside-node-[name].js' },
  },
  ...COMMON_JS.map((one) => ({
    input: { [one.name]: source(one.source) },
    plugins: [besideCopy, ...compile('node'), named],
    output: {
      ...READABLE,
      format: 'cjs',
      exports: 'named',
      entryFileNames: '[name].cjs',
      esModule: false,
    },
  })),
  {
    input: { collector: COPY },
    plugins: [copyOfCollector, ...compile('node'), minified],
    output: {
      dir: 'dist',
      format: 'cjs',
      entryFileNames: '[name].cjs',
      inlineDynamicImports: true,
    },
  },
];

/** The types of the worker, which is one file: this is what applications can import from it. */
const WORKER_TYPES = `import type { PartModule } from './index.js';
/** Gives the code of a feature's part to the collector in this worker, which the application has started. */
export declare function offerPart(part: PartModule): void;
`;

const types = [...ENTRIES, ...BESIDE].map((one) =>
  declarations(
    one.source,
    one.name,
    one.name === 'index'
      ? [emit('worker.d.ts', WORKER_TYPES), rootFiles]
      : one.commonJs
        ? [asCommonJs]
        : [],
  ),
);

/** With `--configScripts` only the scripts are built, since the types take most of the time. */
export default ({ configScripts }) => (configScripts ? scripts : [...scripts, ...types]);
