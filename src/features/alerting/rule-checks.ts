import type { Language } from '../../promql/language.ts';
import type { RuleChecks } from './rule-file.ts';
import { parseTemplate } from './template/template.ts';

/** How expressions and templates of rules are checked. */
export function ruleChecks({ checked }: Pick<Language, 'checked'>): RuleChecks {
  return {
    expression: checked,
    template: (text, alert) => parseTemplate(text, `__alert_${alert}`),
  };
}
