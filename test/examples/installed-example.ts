/**
 * An example as its reader has it: a copy, with the packed package and the tools that its own package.json
 * names installed in it. It is outside of the repository, since bundlers read what is in folders above.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { packagesIn } from '../parts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'utilityfog-telemetry';
const folders: string[] = [];

afterAll(async () => {
  // It is tried again, since a bundler may still write to its cache.
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, maxRetries: 5 })));
});

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
}

export interface InstallOptions {
  /** The names under which test/parts/bundlers has other versions, e.g. `{ vite: 'vite6' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Whether to copy the tools with all that they need, for tools that refuse links to other folders. */
  readonly copied?: boolean;
}

export interface InstalledExample {
  readonly folder: string;
  /** Runs one of the example's scripts; resolves to all that it printed, on both streams. */
  npmRun(script: string): Promise<string>;
  /** Returns the arguments of a script that starts Node. */
  nodeArguments(script: string): readonly string[];
  /** Does the same for a program, in the folder of the example. */
  run(command: string, ...args: string[]): Promise<string>;
}

export async function installExample(
  name: string,
  { aliases = {}, copied = false }: InstallOptions = {},
): Promise<InstalledExample> {
  const folder = await temporaryFolder();
  await cp(join(root, 'examples', name), folder, { recursive: true });
  const { dependencies, devDependencies, scripts } = await manifestIn(folder);
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await cp(await unpackedPackage(), join(modules, NAME), { recursive: true });
  for (const tool of Object.keys({ ...dependencies, ...devDependencies })) {
    if (tool === NAME) continue;
    const source = installed(aliases[tool] ?? tool);
    if (!source) continue;
    if (copied) await copyWithDependencies(tool, modules);
    else await link(source, join(modules, tool));
    await linkCommands(join(modules, tool), join(modules, '.bin'));
  }
  const run = (command: string, ...args: string[]) => runIn(folder, command, args);
  const npmRun = (script: string) => run('npm', 'run', '--silent', script);
  return { folder, run, npmRun, nodeArguments: (name) => scripts![name]!.split(' ').slice(1) };
}

/** Returns where a package is that the lock files pin. */
function installed(tool: string): string | undefined {
  const parts = ['bundlers', 'runtimes', 'promClient', 'test'] as const;
  const folders = parts.map(packagesIn);
  return folders.map((folder) => join(folder, 'node_modules', tool)).find(existsSync);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'telemetry-example-'));
  folders.push(folder);
  return folder;
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

let unpacked: Promise<string> | undefined;

/** Resolves to a folder with what npm would install. It is packed once for all examples of a test file. */
function unpackedPackage(): Promise<string> {
  unpacked ??= (async () => {
    const folder = await temporaryFolder();
    await runIn(root, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
    await runIn(folder, 'tar', ['-xzf', `${NAME}-${await version()}.tgz`]);
    return join(folder, 'package');
  })();
  return unpacked;
}

async function version(): Promise<string> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version;
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function linkCommands(tool: string, folder: string): Promise<void> {
  const { bin = {} } = await manifestIn(tool);
  const commands = typeof bin === 'string' ? { [tool.split('/').at(-1)!]: bin } : bin;
  for (const [command, file] of Object.entries(commands)) {
    await symlink(join(tool, file), join(folder, command));
  }
}

async function copyWithDependencies(tool: string, modules: string): Promise<void> {
  const source = installed(tool);
  if (!source || existsSync(join(modules, tool))) return;
  await mkdir(dirname(join(modules, tool)), { recursive: true });
  await runIn(root, 'cp', ['-a', '--reflink=auto', source, join(modules, tool)]);
  const { dependencies, optionalDependencies } = await manifestIn(source);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    await copyWithDependencies(name, modules);
  }
}

/**
 * Returns the environment that a user has at a prompt, without the variables of CI and Vitest, which tools
 * follow. In it no tool reports home.
 */
export function promptEnvironment(): NodeJS.ProcessEnv {
  const quiet = { NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' };
  const { NODE_ENV: _, VITEST: __, CI: ___, ...env } = process.env;
  return { ...env, ...quiet } as NodeJS.ProcessEnv;
}

async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  try {
    const options = { cwd, env: promptEnvironment(), timeout: 240_000 };
    const { stdout, stderr } = await promisify(execFile)(command, args, options);
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? error}`);
  }
}
