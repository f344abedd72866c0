import { ruleChecks } from '../features/alerting/rule-checks.ts';
import { describeError, type RuleGroup, readRuleFile } from '../features/alerting/rule-file.ts';
import { parseYaml } from '../features/alerting/yaml/yaml.ts';
import { languageOf } from '../promql/language.ts';
import type { Files, Output } from './output.ts';
import { runUnitTest } from './run-unit-test.ts';
import { readUnitTests, type UnitTestFile } from './unit-tests.ts';

/**
 * Runs files of unit tests for rules, and says what differs.
 * @returns whether all is as expected
 */
export async function testRules(
  paths: readonly string[],
  files: Files,
  { say, complain }: Output,
): Promise<boolean> {
  let hasPassed = true;
  for (const path of paths) {
    say(`Unit Testing:  ${path}`);
    const problems = await problemsOf(path, files).catch((error: Error) => [error.message]);
    if (problems.length === 0) say('  SUCCESS');
    else {
      hasPassed = false;
      complain('  FAILED:');
      for (const one of problems) complain(one.replace(/^/gm, '    '));
    }
    say('');
  }
  return hasPassed;
}

async function problemsOf(path: string, files: Files): Promise<string[]> {
  const file = readUnitTests(await files.read(path));
  const { groups, problems } = await groupsOf(file, path, files);
  if (problems.length > 0) return problems;
  const all: string[] = [];
  for (const test of file.tests) {
    const differences = await runUnitTest(test, file, groups);
    const name = test.name && `name: ${test.name},\n`;
    all.push(...differences.map((one) => name + one));
  }
  return all;
}

/** Reads all files of rules that a file of tests names. One that is named twice is read once. */
async function groupsOf(
  { ruleFiles }: UnitTestFile,
  path: string,
  files: Files,
): Promise<{ groups: RuleGroup[]; problems: string[] }> {
  const groups: RuleGroup[] = [];
  const problems: string[] = [];
  const paths = new Set<string>();
  for (const pattern of ruleFiles) {
    const found = await files.matching(pattern, path);
    if (found.length === 0) problems.push(`rule_files: no file matches ${JSON.stringify(pattern)}`);
    for (const one of found) paths.add(one);
  }
  for (const file of paths) {
    const read = readRuleFile(
      { file, rules: await files.read(file) },
      ruleChecks(languageOf({}), parseYaml),
    );
    groups.push(...read.groups);
    problems.push(...read.errors.map(describeError));
  }
  return { groups, problems };
}
