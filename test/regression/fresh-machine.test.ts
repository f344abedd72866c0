/**
 * Tests a machine that has never seen the project: what each command installs, and that it stays the same.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareWithCommitted } from '../runtimes/runtimes-table.ts';

interface Part {
  readonly env: string;
  readonly commands?: readonly string[];
  readonly places?: () => readonly string[];
}
interface PartsModule {
  readonly PARTS: Readonly<Record<string, Part>>;
  findPart(name: string): string | undefined;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const parts = (await import(
  new URL('../../scripts/parts.mjs', import.meta.url).href
)) as PartsModule;
const names = Object.keys(parts.PARTS);

describe('a part that was installed a moment ago', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemetry-parts-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.doUnmock('node:fs');
    await rm(folder, { recursive: true });
  });

  async function install(path: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    await chmod(path, 0o755);
    return path;
  }

  it.each(names)('is found without a second start, by its variable: %s', async (name) => {
    const path = join(folder, 'bin', name);
    vi.stubEnv(parts.PARTS[name].env, path);
    expect(parts.findPart(name)).toBeUndefined();
    await install(path);
    expect(parts.findPart(name)).toBe(path);
  });

  const onPath = names.filter((name) => parts.PARTS[name].commands);
  it.each(onPath)('is found without a second start, on the path: %s', async (name) => {
    const place = join(folder, 'bin');
    vi.stubEnv('PATH', `${place}${delimiter}${process.env.PATH}`);
    vi.stubEnv(parts.PARTS[name].env, '');
    const before = parts.findPart(name);
    const path = await install(join(place, parts.PARTS[name].commands![0]));
    expect(before).not.toBe(path);
    expect(parts.findPart(name)).toBe(path);
  });

  it('is found without a second start in a folder that was not there: WebKit', async () => {
    // Its folder is named after versions, so /usr/lib is listed. Here that is a folder of the test.
    vi.stubEnv('WEBKIT_PATH', '');
    vi.resetModules();
    const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
    const here = (path: string) => path.replace(/^\/usr\/lib/, folder);
    vi.doMock('node:fs', () => ({
      ...fs,
      readdirSync: (path: string) => fs.readdirSync(here(path)),
      accessSync: (path: string, mode: number) => fs.accessSync(here(path), mode),
    }));
    const script = '../../scripts/parts.mjs';
    const { findPart } = (await import(/* @vite-ignore */ script)) as PartsModule;
    expect(findPart('webkit')).toBeUndefined();
    await install(join(folder, 'x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'));
    expect(findPart('webkit')).toBe('/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser');
  });
});

const tracked = execFileSync('git', ['ls-files', '--', '*package.json'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file && !file.startsWith('examples/'))
  .map((file) => file.replace(/package\.json$/, ''));

const read = (file: string) => readFile(join(root, file), 'utf8');

describe('the packages of the project', () => {
  it('are those of the root, of tests, of their parts, of the benchmark and of the site', () => {
    const folders = ['', 'bench/peers/', 'docs/site/', 'test/'];
    const names = ['bundlers', 'checks', 'otlp', 'pm2', 'prom-client', 'runtimes'];
    const parts = names.map((name) => `test/parts/${name}/`);
    expect(tracked.sort()).toEqual([...folders, ...parts].sort());
  });

  it.each(tracked.map((folder) => [folder || '(root)', folder]))(
    'are pinned: %s',
    async (_, at) => {
      const lock = JSON.parse(await read(`${at}package-lock.json`)) as {
        packages: Record<string, { version?: string; integrity?: string; resolved?: string }>;
      };
      const manifest = JSON.parse(await read(`${at}package.json`)) as Record<string, object>;
      const { devDependencies, optionalDependencies } = manifest;
      for (const name of Object.keys({ ...devDependencies, ...optionalDependencies })) {
        expect(lock.packages[`node_modules/${name}`]?.version, name).toBeDefined();
      }
      for (const [path, { integrity, resolved }] of Object.entries(lock.packages)) {
        if (path === '') continue;
        expect(integrity, path).toMatch(/^sha512-/);
        // Otherwise the host of one registry would be in everybody's lock file.
        expect(resolved, path).toBeUndefined();
      }
      expect(await read(`${at}.npmrc`)).toContain('omit-lockfile-registry-resolved=true\n');
    },
  );

  it('run no script of an installation that nobody has allowed or refused', async () => {
    for (const folder of tracked) {
      if (/^ignore-scripts=true$/m.test(await read(`${folder}.npmrc`))) continue;
      const { packages } = JSON.parse(await read(`${folder}package-lock.json`)) as {
        packages: Record<string, { hasInstallScript?: boolean }>;
      };
      const manifest = JSON.parse(await read(`${folder}package.json`));
      const scripts = Object.entries(packages).filter(
        ([, { hasInstallScript }]) => hasInstallScript,
      );
      const undecided = scripts
        .map(([path]) => path.split('node_modules/').at(-1)!)
        .filter((name) => !(name in (manifest.allowScripts ?? {})));
      expect(undecided, relative(root, folder) || '(root)').toEqual([]);
    }
  });
});

it('a browser that was updated makes the table of runtimes no lie', async () => {
  const after = (passed: number) => {
    const cases = Array.from({ length: passed }, () => ({
      name: 'a case',
      outcome: 'passed' as const,
    }));
    const notOffered = { name: 'serve()', outcome: 'not offered' as const };
    return compareWithCommitted([
      {
        place: 'WebKit, page',
        version: '999.0',
        link: 'message',
        storage: 'indexeddb',
        failed: [],
        cases: [...cases, notOffered],
      },
    ]);
  };
  // The suite grows, so the table says how many cases there are.
  const [, , , passed] = (await after(0)).committed[0]!;
  const { committed, measured } = await after(Number.parseInt(passed!, 10));
  expect(measured).toEqual(committed);
});
