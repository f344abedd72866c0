/** Runs tests of OpenTelemetry's SDK for JavaScript, which are for mocha, with this package in the place of parts of it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Resolves to the version of the package of that name in the checkout, and to what has become of each case with it and
 * with this package. Modules of the SDK in `modules` are what the file `shim` exports then. Cases that `isLeftOut`
 * names, and files whose names begin as `leftOutFiles` say, do not count. What the tests need is installed into a temporary folder.
 */
export async function runSuite(checkout, { packageName, shim, modules, leftOutFiles, isLeftOut }) {
  const source = join(checkout, 'packages', packageName);
  const about = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'compatibility-'));
  try {
    for (const part of ['src', 'test']) {
      await cp(join(source, part), join(folder, part), { recursive: true });
    }
    await install(folder, about);
    transpile(folder);
    const isLeftOutFile = (file) => leftOutFiles.some((start) => file.startsWith(start));
    const files = testFiles(folder).filter((file) => !isLeftOutFile(file));
    const original = files.flatMap((file) => casesOf(folder, file));
    await cp(shim, join(folder, 'shim.cjs'));
    for (const name of modules) {
      const up = '../'.repeat(name.split('/').length);
      await writeFile(
        join(folder, 'src', `${name}.js`),
        `module.exports = require('${up}shim.cjs');\n`,
      );
    }
    const ours = files.flatMap((file) => {
      const cases = casesOf(folder, file);
      if (!cases[0]?.hasNotRun) return cases;
      // None of its cases has passed then.
      const expected = original.filter((one) => one.file === file);
      return expected.map((one) => ({ ...cases[0], title: one.title }));
    });
    const counting = (all) => all.filter((one) => !isLeftOut(one));
    return { version: about.version, original: counting(original), ours: counting(ours) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Installs what a package of the SDK needs, and what its tests do, in the versions that it asks for. */
async function install(folder, { dependencies, devDependencies }) {
  const tools = ['@opentelemetry/api', 'mocha', 'sinon', 'typescript'];
  const needed = { ...dependencies };
  for (const name of tools) needed[name] = devDependencies[name];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ dependencies: needed }));
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm install has failed:\n${stderr}`);
  // A copy, so that it gets the API which the tests get.
  const target = join(folder, 'node_modules/utilityfog-telemetry');
  for (const part of ['package.json', 'dist']) {
    await cp(join(OURS, part), join(target, part), { recursive: true });
  }
}

/** Makes CommonJS of all TypeScript, as the SDK's own tests are run. */
function transpile(folder) {
  const require = createRequire(join(folder, 'package.json'));
  const ts = require('typescript');
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  for (const part of ['src', 'test']) {
    for (const file of readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const path = join(folder, part, file);
      const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions });
      writeFileSync(path.replace(/ts$/, 'js'), outputText);
    }
  }
}

function testFiles(folder) {
  const files = readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.test.js') && !file.startsWith('browser')).sort();
}

/** Each file has a process of its own, since some change what is global. */
function casesOf(folder, file) {
  const results = join(folder, 'results.json');
  rmSync(results, { force: true });
  const mocha = join(folder, 'node_modules/mocha/bin/mocha.js');
  // A busy machine may need more than mocha's two seconds for a case.
  const how = ['--exit', '--timeout=20000', '--reporter=json'];
  const args = [mocha, ...how, `--reporter-option=output=${results}`];
  const { stderr } = spawnSync(process.execPath, [...args, join('test', file)], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 120_000,
  });
  if (!existsSync(results)) {
    const message = stderr.slice(0, 2000);
    return [{ file, title: `${file} has not run`, status: 'failed', message, hasNotRun: true }];
  }
  const { tests } = JSON.parse(readFileSync(results, 'utf8'));
  return tests.map(({ fullTitle, err }) => ({
    file,
    title: fullTitle,
    status: err.message === undefined ? 'passed' : 'failed',
    message: `${err.message}\n${err.stack}`.slice(0, 1000),
  }));
}
