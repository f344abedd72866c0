import { parse } from '../../promql/parse/parse.ts';
import { printed } from '../../promql/parse/print.ts';
import { QueryError } from '../../promql/query-error.ts';
import type { RuleChecks } from './rule-file.ts';
import { parseTemplate } from './template/template.ts';

/** How expressions and templates of rules are checked. */
export function ruleChecks(experimental: boolean): RuleChecks {
  return {
    expression(text) {
      try {
        return printed(parse(text, { experimental }));
      } catch (error) {
        if (!(error instanceof QueryError) || !error.position) throw error;
        const { line, column } = error.position;
        throw new Error(`${line}:${column}: parse error: ${error.message}`);
      }
    },
    template: (text, alert) => parseTemplate(text, `__alert_${alert}`),
  };
}
