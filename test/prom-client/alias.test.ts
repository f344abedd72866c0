/** Each way that docs/coming-from-prom-client.md gives to put this package in the place of prom-client. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bunPath, denoPath, nodeMajors, nodePath, packagesIn, requirePart } from '../parts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const bundlers = createRequire(join(packagesIn('bundlers'), 'package.json'));

/** It is written for prom-client, and uses another package that is. */
const APP = `
import client, { Counter, register } from 'prom-client';
import { count } from 'sits-on-it';
new Counter({ name: 'app_total', help: 'help' }).inc(2);
count(3);
if (client.Counter !== Counter || client.register !== register) throw new Error('there are two');
if (!register.collector) throw new Error('this is not ours');
const text = await register.metrics();
console.log(text.split('\\n').filter((line) => /^\\w/.test(line)).join());
await register.collector.shutdown();
`;
const SITS_ON_IT = `
const { Counter } = require('prom-client');
const counter = new Counter({ name: 'package_total', help: 'help' });
exports.count = (value) => counter.inc(value);
`;
const PRINTED = 'package_total 3,app_total 2';
const ALIAS = { 'prom-client': 'utilityfog-telemetry/prom-client' };

let project: string;
const file = (path: string) => join(project, path);

async function writePackage(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(file(`node_modules/${name}`), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await writeFile(file(`node_modules/${name}/${path}`), text);
  }
}

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'telemetry-alias-')));
  await writePackage('sits-on-it', {
    'package.json': '{ "name": "sits-on-it", "main": "index.js" }',
    'index.js': SITS_ON_IT,
  });
  await symlink(root, file('node_modules/utilityfog-telemetry'), 'junction');
  await writeFile(file('app.mjs'), APP);
});

afterAll(() => rm(project, { recursive: true, force: true }));

const output = async (command: string, ...args: string[]) =>
  (await run(command, args, { cwd: project })).stdout.trim();

const nodes = nodeMajors().map((major) => `node${major}` as const);
it.each(nodes)('with --import, in %s', async (node) => {
  const path = nodePath(node);
  if (!requirePart(node, path)) return;
  const hook = 'utilityfog-telemetry/prom-client/register';
  expect(await output(path, '--import', hook, 'app.mjs')).toBe(PRINTED);
});

it.each(nodes)('with a package called prom-client, in %s', async (node) => {
  const path = nodePath(node);
  if (!requirePart(node, path)) return;
  await writePackage('prom-client', {
    'package.json': '{ "name": "prom-client", "version": "15.1.3", "main": "index.js" }',
    'index.js': "module.exports = require('utilityfog-telemetry/prom-client');",
  });
  try {
    expect(await output(path, 'app.mjs')).toBe(PRINTED);
  } finally {
    await rm(file('node_modules/prom-client'), { recursive: true });
  }
});

it.each(['esm', 'cjs'] as const)('with the alias of esbuild, as %s', async (format) => {
  const { build } = bundlers('esbuild') as typeof import('esbuild');
  const outfile = file(`esbuild.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const contents = format === 'esm' ? APP : `(async () => { ${asScript(APP)} })();`;
  await build({
    stdin: { contents, resolveDir: project },
    ...{ bundle: true, platform: 'node', format, outfile, alias: ALIAS, logLevel: 'error' },
  });
  expect(await output(process.execPath, outfile)).toBe(PRINTED);
});

it('with the alias of webpack', async () => {
  const webpack = bundlers('webpack');
  const compiler = webpack({
    ...{ mode: 'production', target: 'node', context: project, entry: './app.mjs' },
    output: { path: project, filename: 'webpack.mjs', module: true, chunkFormat: 'module' },
    experiments: { outputModule: true },
    optimization: { minimize: false },
    resolve: { alias: ALIAS },
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  expect((stats as { hasErrors(): boolean }).hasErrors(), String(stats)).toBe(false);
  await promisify(compiler.close.bind(compiler))();
  expect(await output(process.execPath, 'webpack.mjs')).toBe(PRINTED);
});

it('with the alias of Vite', async () => {
  const { build } = await import(pathToFileURL(bundlers.resolve('vite')).href);
  await build({
    ...{ root: project, logLevel: 'error', configFile: false, resolve: { alias: ALIAS } },
    ssr: { noExternal: true },
    build: { ssr: 'app.mjs', outDir: 'vite', rollupOptions: { output: { format: 'es' } } },
  });
  expect(await output(process.execPath, 'vite/app.mjs')).toBe(PRINTED);
});

it('with the import map of Deno', async () => {
  const path = denoPath();
  if (!requirePart('deno', path)) return;
  // An import map of Deno is for the modules of the application, and not for those of packages.
  await writeFile(file('deno.mjs'), APP.replace(/^.*sits-on-it.*$/m, 'const count = () => {};'));
  const imports = {
    'prom-client': pathToFileURL(join(root, 'dist/prom-client.js')).href,
  };
  await writeFile(file('map.json'), JSON.stringify({ imports }));
  const args = ['run', '-A', '--no-lock', '--import-map=map.json', 'deno.mjs'];
  expect(await output(path, ...args)).toBe('app_total 2');
});

it('with the paths of Bun', async () => {
  const path = bunPath();
  if (!requirePart('bun', path)) return;
  await writeFile(file('bun.mjs'), APP.replace(/^.*sits-on-it.*$/m, 'const count = () => {};'));
  const paths = { 'prom-client': ['./node_modules/utilityfog-telemetry/dist/prom-client.js'] };
  await writeFile(file('tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
  try {
    expect(await output(path, 'bun.mjs')).toBe('app_total 2');
  } finally {
    await rm(file('tsconfig.json'));
  }
});

/** Returns the program with require() in the place of its imports. */
function asScript(text: string): string {
  return text
    .replace(/^import client, (.*) from (.*);$/m, 'const client = require($2); const $1 = client;')
    .replace(/^import (.*) from (.*);$/m, 'const $1 = require($2);');
}
