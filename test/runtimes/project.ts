/** The package as its users get it: packed, and unpacked below an application that depends on it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Project {
  readonly folder: string;
  remove(): Promise<void>;
}

const NAME = 'utilityfog-telemetry';
const PEER = '@opentelemetry/api';
const path = (url: string) => fileURLToPath(new URL(url, import.meta.url));
const run = promisify(execFile);

/** Makes a folder with the programs of the tests and the package in it. What was built last is packed. */
export async function makeProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'telemetry-project-'));
  const installed = join(folder, 'node_modules', NAME);
  await mkdir(installed, { recursive: true });
  // `--json` is not used, since what it prints differs between versions of npm.
  const options = ['--ignore-scripts', '--pack-destination', folder];
  await run('npm', ['pack', ...options], { cwd: path('../..') });
  const { version } = JSON.parse(await readFile(path('../../package.json'), 'utf8'));
  const tarball = join(folder, `${NAME}-${version}.tgz`);
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  // The package's own peer dependency, which tracing needs.
  await cp(path(`../node_modules/${PEER}`), join(folder, 'node_modules', PEER), {
    recursive: true,
  });
  // Deno takes only packages in node_modules that the manifest names.
  const dependencies = { [NAME]: version, [PEER]: '*' };
  const manifest = { private: true, type: 'module', dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await cp(path('./programs'), join(folder, 'programs'), { recursive: true });
  // The features of the examples are a link in that folder.
  const copied = { recursive: true, dereference: true };
  await cp(path('./conformance'), join(folder, 'conformance'), copied);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
