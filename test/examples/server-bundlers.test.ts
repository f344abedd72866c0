/** Bundles the examples for servers, and runs them without node_modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import { bunPath, denoPath } from '../parts.ts';
import { REMARK } from './counting-page.ts';
import { type InstalledExample, installExample } from './installed-example.ts';

interface Bundler {
  readonly example: string;
  /** The script of the example that bundles `server.js`. */
  readonly script: string;
  /** The command that runs the bundle. */
  readonly command: readonly string[];
  /** The text of its vite.config.js. */
  readonly viteConfig?: string;
  /** Is set if the package is beside the bundle, not part of it. */
  readonly beside?: true;
}

const bun = bunPath() ?? 'bun';
const deno = denoPath() ?? 'deno';
const node = [process.execPath, 'dist/server.js'];
const SLOW = { timeout: 300_000 };

const BUNDLERS: Readonly<Record<string, Bundler>> = {
  'esbuild for Node': { example: 'esbuild', script: 'build:node', command: node },
  'bun build for Bun': {
    example: 'bun-build',
    script: 'build:bun',
    command: [bun, 'dist/server.js'],
  },
  'bun build, compiled into one executable': {
    example: 'bun-build',
    script: 'build:compile',
    command: ['./dist/server'],
  },
  'deno bundle': {
    example: 'deno-bundle',
    script: 'build',
    // The feature that pushes needs the network.
    command: [
      ...[deno, 'run', '--allow-env', '--allow-read', '--allow-net=127.0.0.1'],
      'dist/server.js',
    ],
  },
  'Vite SSR, with the package beside the bundle': {
    example: 'vite-ssr',
    script: 'build',
    command: node,
    beside: true,
  },
  'Vite SSR, with the package in the bundle': {
    example: 'vite-ssr',
    script: 'build',
    command: node,
    viteConfig: 'export default { ssr: { noExternal: true } };\n',
  },
};

async function install({ example, viteConfig }: Bundler): Promise<InstalledExample> {
  const installed = await installExample(example);
  if (viteConfig) await writeFile(join(installed.folder, 'vite.config.js'), viteConfig);
  return installed;
}

/** Builds the example. Skips the test if the bundler cannot be downloaded. */
async function build({ npmRun }: InstalledExample, bundler: Bundler, { skip }: TestContext) {
  let said = '';
  try {
    said = await npmRun(bundler.script);
  } catch (error) {
    // Deno downloads its bundler when it is first used.
    const isDeno = bundler.example === 'deno-bundle';
    const isMissing = isDeno && /sending request|download/i.test(String(error));
    if (process.env.CI === 'true' || !isMissing) throw error;
    skip(`the bundler cannot be downloaded here: ${error}`);
  }
  // `deno bundle` warns that it is experimental.
  expect(said.replace(/^.*deno bundle is experimental.*$/m, '')).not.toMatch(REMARK);
}

/** Runs the bundle, which must not need the packages that it was made from. */
async function runAlone({ folder, run }: InstalledExample, { command, beside }: Bundler) {
  if (!beside) await rm(join(folder, 'node_modules'), { recursive: true });
  return run(command[0], ...command.slice(1));
}

describe.each(Object.entries(BUNDLERS))('%s', (_, bundler) => {
  it('counts', SLOW, async (context) => {
    const example = await install(bundler);
    await build(example, bundler, context);
    const printed = await runAlone(example, bundler);
    expect(printed).toContain('jobs_total{kind="example"} 3\n');
    expect(printed).toMatch(/^link: shared$/m);
  });

  it('has features in the worker, and only those that are used', SLOW, async (context) => {
    const example = await install(bundler);
    const server = join(example.folder, 'server.js');
    const dist = join(example.folder, 'dist');
    const imports = await addFeatures(example);

    await writeFile(server, imports + (await readFile(server, 'utf8')));
    await build(example, bundler, context);
    expect(featuresIn(dist)).toEqual([]);

    await rm(dist, { recursive: true });
    await cp(join(EXAMPLES, 'features/main.mjs'), server);
    await build(example, bundler, context);
    expect(featuresIn(dist)).toEqual(Object.keys(FEATURES));
    // The link is `shared` only if the collector is in a worker.
    const printed = await runAlone(example, bundler);
    expect(printed).toBe(
      'busiest   jobs_total{kind="large"}\npushed    2 series of jobs_total\nlink      shared\n',
    );
  });
});

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** The features of the examples, each with a text in its part that no bundler changes. */
const FEATURES: Readonly<Record<string, string>> = {
  busiest: 'busiest_increase_per_second',
  push: 'the metrics were not pushed',
};

/** Copies the features into the example. Resolves to the lines that import them. */
async function addFeatures({ folder }: InstalledExample): Promise<string> {
  const names = Object.keys(FEATURES);
  for (const name of names) {
    await cp(join(EXAMPLES, 'features', name), join(folder, name), { recursive: true });
  }
  return names.map((name) => `import { ${name} } from './${name}/feature.js';\n`).join('');
}

/** Returns the features whose part is in what was built. */
function featuresIn(dist: string): string[] {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  return Object.keys(FEATURES).filter((name) =>
    files.some((file) => file.includes(FEATURES[name])),
  );
}
