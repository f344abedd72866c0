import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { promtoolPath, requirePart } from '../parts.ts';
import { blocksOf, pages, root } from './markdown.ts';

const promtool = promtoolPath();
const readyRules = readdirSync(join(root, 'rules'));

/** Runs promtool. Rejects with what it printed if it fails. */
async function check(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(promtool!, args, { timeout: 100_000 });
  return stdout + stderr;
}

describe.skipIf(!requirePart('promtool', promtool))('what is written for Prometheus', () => {
  it('has rules for fleets that Prometheus accepts', async () => {
    const fleet = join(root, 'docs/fleet-rules.yml');
    expect(await check('check', 'rules', fleet)).toContain('SUCCESS: 2 rules found');
  });

  it.each(readyRules)('has rules in rules/%s that Prometheus accepts', async (file) => {
    expect(await check('check', 'rules', join(root, 'rules', file))).toContain('SUCCESS');
  });

  // Each file in rules/ has one of tests in test/rules/.
  it.each(readyRules)('has rules in rules/%s that fire when they should', async (file) => {
    const tests = join(root, 'test/rules', file.replace('.yml', '.test.yml'));
    expect(await check('test', 'rules', tests)).toContain('SUCCESS');
  });

  const configs = pages
    .flatMap(blocksOf)
    .filter(({ language, info }) => language === 'yaml' && info === 'prometheus');

  it('has examples of its configuration', () => {
    expect(configs).not.toEqual([]);
  });

  it.each(configs)('has a configuration in $page that it accepts', async ({ line, code }) => {
    const folder = join(root, '.parts/prometheus-files');
    const file = join(folder, `line-${line}.yml`);
    await mkdir(folder, { recursive: true });
    await writeFile(file, code);
    // Checks only the syntax: the files that it names are on another machine.
    expect(await check('check', 'config', '--syntax-only', file)).toContain('SUCCESS');
  });
});
