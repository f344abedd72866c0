import type { Language } from '../../promql/language.ts';
import type { RuleChecks } from './rule-file.ts';
import { parseTemplate } from './template/template.ts';

/**
 * How rules are read, and their expressions and templates checked.
 * @param yaml parses a YAML text, if there may be one
 */
export function ruleChecks(
  { checked }: Pick<Language, 'checked'>,
  yaml: RuleChecks['yaml'],
): RuleChecks {
  return {
    yaml,
    expression: checked,
    template: (text, alert) => parseTemplate(text, `__alert_${alert}`),
  };
}
