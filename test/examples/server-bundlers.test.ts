/** The examples for servers: bundled, and run where there is no node_modules. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bunPath, denoPath } from '../parts.ts';
import { REMARK } from './counting-page.ts';
import { type InstalledExample, installExample } from './installed-example.ts';

const bun = bunPath() ?? 'bun';
const deno = denoPath() ?? 'deno';
const SLOW = { timeout: 300_000 };

/** The bundle has to do without what it was made from. */
async function expectToRunAlone({ folder, run }: InstalledExample, ...command: string[]) {
  await rm(join(folder, 'node_modules'), { recursive: true });
  expectToCount(await run(command[0], ...command.slice(1)));
}

function expectToCount(printed: string) {
  expect(printed).toContain('jobs_total{kind="example"} 3\n');
  expect(printed).toMatch(/^link: shared$/m);
}

it('esbuild for Node', SLOW, async () => {
  const example = await installExample('esbuild');
  expect(await example.npmRun('build:node')).not.toMatch(REMARK);
  await expectToRunAlone(example, process.execPath, 'dist/server.js');
});

it('bun build for Bun', SLOW, async () => {
  const example = await installExample('bun-build');
  expect(await example.npmRun('build:bun')).not.toMatch(REMARK);
  await expectToRunAlone(example, bun, 'dist/server.js');
});

it('bun build, compiled into one executable', SLOW, async () => {
  const example = await installExample('bun-build');
  expect(await example.npmRun('build:compile')).not.toMatch(REMARK);
  await expectToRunAlone(example, './dist/server');
});

it('deno bundle', SLOW, async ({ skip }) => {
  const example = await installExample('deno-bundle');
  try {
    // It warns of itself.
    const [, ...said] = (await example.npmRun('build')).split('experimental');
    expect(said.join()).not.toMatch(REMARK);
  } catch (error) {
    // Deno downloads its bundler when that is first used.
    if (process.env.CI === 'true' || !/sending request|download/i.test(String(error))) throw error;
    skip(`deno bundle cannot be downloaded here: ${error}`);
  }
  await expectToRunAlone(example, deno, 'run', '--allow-env', '--allow-read', 'dist/server.js');
});

it('Vite SSR, with the package beside the bundle', SLOW, async () => {
  const example = await installExample('vite-ssr');
  expect(await example.npmRun('build')).not.toMatch(REMARK);
  expectToCount(await example.run(process.execPath, 'dist/server.js'));
});

it('Vite SSR, with the package in the bundle', SLOW, async () => {
  const example = await installExample('vite-ssr');
  const config = 'export default { ssr: { noExternal: true } };\n';
  await writeFile(join(example.folder, 'vite.config.js'), config);
  expect(await example.npmRun('build')).not.toMatch(REMARK);
  await expectToRunAlone(example, process.execPath, 'dist/server.js');
});
