import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  expand,
  parseTemplate,
  type TemplateData,
} from '../../../src/features/alerting/template/template.ts';
import { LabelSet } from '../../../src/promql/label-set.ts';

/** The same as in ask-go.go. */
const DATA: TemplateData = {
  labels: { __name__: 'm', a: 'x', job: 'api', é: 'ü\n"<&\'', url: 'a.b:80' },
  externalLabels: { dc: 'eu' },
  externalURL: 'http://host:9090/path',
  value: 1234.5,
  time: 1_353_755_652_000,
  async query(expression) {
    if (expression === 'none') return [];
    if (expression === 'bad') throw new Error('1:1: parse error: no');
    return [
      { labels: LabelSet.of({ instance: 'b', __value__: 'v' }), value: 2.5 },
      { labels: LabelSet.of({ instance: 'a', job: expression }), value: 1e6 },
    ];
  },
};

const FAILED = '<error expanding template: error executing template test: ';

/** Expands a template, or returns what is wrong with it. */
async function expanded(template: string, data = DATA): Promise<{ text?: string; error?: string }> {
  try {
    const text = await expand(parseTemplate(template, 'test'), data);
    if (!text.startsWith(FAILED)) return { text };
    return { error: text.slice(FAILED.length, -1) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Recorded by ask-go.go. */
const answers: { template: string; text?: string; error?: string }[] = readFileSync(
  new URL('go-answers.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

describe('a template', () => {
  it.each(answers)('$template does what it does in Go', async ({ template, text, error }) => {
    expect(await expanded(template)).toEqual(error === undefined ? { text } : { error });
  });
});
