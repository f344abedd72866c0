/** Files of rules and of their tests that are no text, that have no end, or that ask for more work than anybody has. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { matchesGlob } from '../../src/command/glob.ts';
import { makeFolder } from '../folder.ts';

const program = fileURLToPath(new URL('../../dist/command.js', import.meta.url));
const SOUND = 'groups: [ { name: "é", rules: [] } ]';

/** Resolves to what a command says and complains of. */
async function command(name: string, content: string | Uint8Array, path?: string): Promise<string> {
  const folder = await makeFolder();
  const file = path ?? join(folder, 'file.yml');
  if (!path) await writeFile(file, content);
  return new Promise((resolve) => {
    execFile(process.execPath, [program, name, file], { timeout: 100_000 }, (_, said, complained) =>
      resolve(said + complained),
    );
  });
}

const testOf = (series: string, more = '') =>
  `tests: [ { interval: 1m, input_series: [ ${series} ] ${more} } ]`;

it('a file that is no UTF-8 is refused, and one in UTF-16 is read, as in promtool', async () => {
  const latin = Buffer.from(SOUND, 'latin1');
  expect(await command('check-rules', latin)).toContain('is neither UTF-8 nor UTF-16');
  const utf16 = Buffer.from(`\ufeff${SOUND}`, 'utf16le');
  expect(await command('check-rules', utf16)).toContain('SUCCESS');
  expect(await command('check-rules', Buffer.from(utf16).swap16())).toContain('SUCCESS');
  expect(await command('check-rules', Buffer.from(`\ufeff${SOUND}`))).toContain('SUCCESS');
});

it.skipIf(process.platform === 'win32')('a file without an end is refused', async () => {
  expect(await command('check-rules', '', '/dev/zero')).toContain('more than 20000000 bytes');
  expect(await command('test-rules', 'rule_files: [ /dev/zero ]')).toContain('more than');
});

it('the series of a test have a limit together', async () => {
  const series = Array.from(
    { length: 30 },
    (_, i) => `{ series: 'a{i="${i}"}', values: 0x999999 }`,
  );
  const answer = await command('test-rules', testOf(series.join(', ')));
  expect(answer).toContain('input_series have more than 10000000 samples together');
});

it('a test that would never end is refused', async () => {
  const far = ', promql_expr_test: [ { expr: a, eval_time: 290y } ]';
  const answer = await command('test-rules', testOf("{ series: a, values: '1' }", far));
  expect(answer).toContain('there would be 152424000 evaluations; 10000000 are the most');
});

it('a pattern of paths takes no longer than its length says', async () => {
  expect(matchesGlob(`${'*a'.repeat(5000)}b`, 'a'.repeat(10_000))).toBe(false);
  const answer = await command('test-rules', 'rule_files: [ "[" ]\ntests: []');
  expect(answer).toContain('wrong pattern of paths: "["');
});

it.each([
  ['*.yml', 'a.yml', true],
  ['*.yml', 'a.yaml', false],
  ['?.yml', '\u{1f680}.yml', true],
  ['a[b-d]e', 'ace', true],
  ['a[^b-d]e', 'ace', false],
  ['[!a]', '!', true],
  ['[]]', ']', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a.c', 'abc', false],
  ['**a**', 'xaxx', true],
  ['', '', true],
  ['*', '', true],
])('%s and %s', (pattern, name, matches) => {
  expect(matchesGlob(pattern, name)).toBe(matches);
});
