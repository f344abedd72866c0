/** `prometheus-answers.jsonl` was recorded by ask-prometheus.go. Most of the queries are wrong in some way. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/promql/expr-type.ts';
import { diagnose } from '../../../src/promql/parse/diagnose.ts';
import { parse } from '../../../src/promql/parse/parse.ts';
import { printed } from '../../../src/promql/parse/print.ts';
import { QueryError } from '../../../src/promql/query-error.ts';

interface Answer {
  readonly query: string;
  readonly experimental?: true;
  readonly errors?: readonly string[];
  readonly type?: string;
  readonly printed?: string;
}

const answers: Answer[] = readFileSync(new URL('prometheus-answers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const errorOf = ({ query, experimental }: Answer): QueryError | undefined => {
  try {
    parse(query, { experimental });
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  return undefined;
};

describe('a query', () => {
  const good = answers.filter(({ errors }) => !errors);
  it.each(good)('$query is understood, and printed as Prometheus prints it', (answer) => {
    const { query, experimental, type } = answer;
    const expr = parse(query, { experimental });
    expect(printed(expr)).toBe(answer.printed);
    expect(typeOf(expr)).toBe(type);
    expect(diagnose(query, { experimental })).toEqual([]);
  });

  const wrong = answers.filter(({ errors }) => errors);
  it.each(wrong)('$query is the error that it is in Prometheus', (answer) => {
    const { query, experimental, errors = [] } = answer;
    const error = errorOf(answer);
    const { line, column } = error?.position ?? {};
    const place = query === '' ? 'unknown position' : `${line}:${column}`;
    expect(`${place}: parse error: ${error?.message}`).toBe(errors[0]);
    const diagnoses = diagnose(query, { experimental });
    expect(diagnoses[0]).toMatchObject({ message: error?.message });
    for (const { start, end } of diagnoses) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(query.length);
    }
  });

  // Of errors that come before types are checked, the first is enough.
  const checked = wrong.filter((answer) => {
    const { kind, message } = errorOf(answer) ?? {};
    return kind === 'type' && !/aggregate expression provided|must be enabled/.test(message!);
  });
  it.each(checked)('$query has all the errors of types that it has in Prometheus', (answer) => {
    const { query, experimental, errors } = answer;
    const found = diagnose(query, { experimental });
    const texts = found.map((one) => `${one.line}:${one.column}: parse error: ${one.message}`);
    expect(texts).toEqual(errors);
  });
});
