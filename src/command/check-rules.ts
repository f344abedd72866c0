import { ruleChecks } from '../features/alerting/rule-checks.ts';
import { describeError, readRuleFile } from '../features/alerting/rule-file.ts';
import { parseYaml } from '../features/alerting/yaml/yaml.ts';
import { languageOf } from '../promql/language.ts';
import type { Files, Output } from './output.ts';

/**
 * Checks files of rules, and says what is wrong with each.
 * @returns whether all are sound
 */
export async function checkRules(
  paths: readonly string[],
  files: Files,
  { say, complain }: Output,
): Promise<boolean> {
  let areSound = true;
  for (const path of paths) {
    say(`Checking ${path}`);
    try {
      const checked = readRuleFile(
        { file: path, rules: await files.read(path) },
        ruleChecks(languageOf({}), parseYaml),
      );
      const count = checked.groups.reduce((sum, { rules }) => sum + rules.length, 0);
      if (checked.errors.length === 0) say(`  SUCCESS: ${count} rules found`);
      else {
        complain(
          `  FAILED: ${checked.errors.length} ${checked.errors.length === 1 ? 'mistake' : 'mistakes'}`,
        );
        for (const error of checked.errors) complain(`    ${describeError(error)}`);
        areSound = false;
      }
    } catch (error) {
      complain(`  FAILED: ${(error as Error).message}`);
      areSound = false;
    }
    say('');
  }
  return areSound;
}
