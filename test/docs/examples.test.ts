/** Runs the examples of the reference. test/docs/snippets.test.ts checks their types, and runs those for pages. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { exportedCode } from './examples.ts';
import { matches, root, type Snippet } from './markdown.ts';

/** They run beside the tests, so that their imports are found as those of the tests are. */
const folder = join(root, 'test/.parts/examples');
const exported = exportedCode();

beforeAll(() => rm(folder, { recursive: true, force: true }));

it('each function and class that can be imported has an example', () => {
  const without = exported.filter(({ examples }) => examples.length === 0);
  expect(without.map(({ subpath, name }) => `${subpath}: ${name}`)).toEqual([]);
});

const subpaths = [...new Set(exported.map(({ subpath }) => subpath))];

it.each(subpaths)('the examples of %s print what they say', async (subpath) => {
  const examples = exported
    .filter((one) => one.subpath === subpath)
    .flatMap((one) => one.examples)
    .filter(({ kind }) => kind === 'node');
  const printed = await runTogether(subpath, examples);
  examples.forEach(({ name, output }, i) => {
    if (output.length === 0) return;
    expect(matches(printed[i], output), `${name} prints\n${printed[i].join('\n')}`).toBe(true);
  });
});

/** Printed after each example. */
const END = '--- the end of an example ---';

/**
 * Runs examples one after the other in one process, since each for itself would take too long. Resolves to what each
 * has printed, line by line. Rejects unless the process ends by itself with exit code 0.
 */
async function runTogether(name: string, examples: readonly Snippet[]): Promise<string[][]> {
  const place = join(folder, name.replace('/', '-'));
  await mkdir(place, { recursive: true });
  for (const { id, code } of examples) {
    const { code: runnable } = await transform(code, { loader: 'ts', target: 'es2022' });
    await writeFile(join(place, `${id}.mjs`), runnable);
  }
  const steps = examples.map(({ id }) => `await import('./${id}.mjs');\nconsole.log('${END}');\n`);
  await writeFile(join(place, 'all.mjs'), steps.join(''));
  const run = promisify(execFile)(process.execPath, ['all.mjs'], { cwd: place, timeout: 100_000 });
  const { stdout } = await run.catch(({ stdout, stderr, killed }) => {
    throw new Error(`${name} ${killed ? 'did not end' : 'failed'}:\n${stdout}${stderr}`);
  });
  const texts: string[] = stdout.split(`${END}\n`).slice(0, examples.length);
  return texts.map((text) => text.split('\n').slice(0, -1));
}
