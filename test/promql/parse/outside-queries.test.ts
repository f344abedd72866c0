/**
 * Parses the queries of Prometheus' own tests and of rules that people have published. They are not part of this
 * project, so these tests are skipped where they are absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../../src/promql/functions.ts';
import { parse } from '../../../src/promql/parse/parse.ts';
import { printed } from '../../../src/promql/parse/print.ts';
import { bare } from './tree.ts';

const outside = new URL('../../../../shared/promql/', import.meta.url);
const isThere = existsSync(outside);
const read = (file: string) => readFileSync(new URL(file, outside), 'utf8');
const linesOf = (file: string) =>
  read(file)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const queriesOf = (cases: readonly { expr: string }[]) => [
  ...new Set(cases.map(({ expr }) => expr)),
];

const experimental = true;
const errorOf = (query: string): string | undefined => {
  try {
    parse(query, { experimental });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

/** An infinity on the left of a power is printed with a sign, as in Prometheus, and the sign comes to the power. */
const isPrintedOtherwise = (text: string) => text.includes('+Inf ^');

/** Demands that each query is printed so that it means the same. */
function expectSame(queries: readonly string[]): void {
  expect(queries.length).toBeGreaterThan(100);
  for (const query of queries) {
    const expr = parse(query, { experimental });
    const text = printed(expr);
    const again = parse(text, { experimental });
    if (isPrintedOtherwise(text)) continue;
    expect(bare(again), query).toEqual(bare(expr));
    expect(printed(again), query).toBe(text);
  }
}

describe.skipIf(!isThere)('queries from outside', () => {
  it('are accepted and refused as in the tests of Prometheus', () => {
    const cases: { input: string; ok: boolean; errors?: string[] }[] = JSON.parse(
      read('suite/parse-cases.json'),
    );
    expect(cases.length).toBeGreaterThan(200);
    for (const { input, ok, errors = [] } of cases) {
      // This one has a byte that is no UTF-8, which JSON cannot hold.
      if (errors.includes('invalid UTF-8 rune')) continue;
      expect(errorOf(input), input).toBe(ok ? undefined : errors[0]);
    }
  });

  it('mean the same when they are printed: the tests of Prometheus', () => {
    expectSame(queriesOf(JSON.parse(read('suite/index.json'))));
  });

  it('mean the same when they are printed: rules', () => {
    const rules = queriesOf(linesOf('rules/answers.jsonl'));
    expectSame(rules);
    for (const rule of rules) expect(parse(rule)).toBeTruthy();
  });

  it('mean the same when they are printed: random ones', async () => {
    const { expressions } = await import(new URL('tools/fuzz.mjs', outside).href);
    const queries: string[] = [];
    for (const query of expressions(Number(process.env.SEED ?? 1))) {
      if (queries.push(query) === 3000) break;
    }
    expectSame(queries);
  });

  it('may call all functions of Prometheus and no others', () => {
    const known = Object.entries(JSON.parse(read('functions.json'))).map(([name, signature]) => [
      name,
      { variadic: 0, experimental: false, ...(signature as object) },
    ]);
    expect(Object.fromEntries(FUNCTIONS)).toEqual(Object.fromEntries(known));
  });
});
