import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expand, parseTemplate } from '../../../src/features/alerting/template/template.ts';

const folder = new URL('../../../../shared/promql/rules/', import.meta.url);

const linesOf = (name: string) =>
  readFileSync(new URL(name, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

describe.skipIf(!existsSync(folder))('what Prometheus has expanded', () => {
  it('is expanded to the same: all values in all forms', async () => {
    const cases: { value: string; labels: Record<string, string>; form: string; text: string }[] =
      linesOf('template-values.jsonl');
    expect(cases.length).toBeGreaterThan(1800);
    const wrong: unknown[] = [];
    for (const { value, labels, form, text } of cases) {
      const data = { labels, value: numberOf(value), time: 0 };
      const got = await expand(parseTemplate(form), data);
      if (got !== text) wrong.push({ form, value, got, text });
    }
    expect(wrong).toEqual([]);
  });
});
