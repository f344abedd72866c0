import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expand, parseTemplate } from '../../../src/features/alerting/template/template.ts';
import { createEngine, type MemorySeries, memorySource } from '../../../src/promql/engine.ts';
import { languageOf } from '../../../src/promql/language.ts';
import { durationOf } from '../../../src/promql/parse/durations.ts';
import { parseSeries } from '../../../src/promql/series-notation.ts';

const folder = new URL('../../../../shared/promql/rules/', import.meta.url);

const linesOf = (name: string) =>
  readFileSync(new URL(name, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

type Texts = Record<string, string>;

interface Recorded {
  readonly name: string;
  readonly expr: string;
  /** In the language of promqltest. */
  readonly load: string;
  /** Milliseconds. */
  readonly at: number;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly alerts: readonly { labels: Texts; annotations: Texts }[];
}

function loaded(load: string): MemorySeries[] {
  const [first, ...lines] = load.trim().split('\n');
  const step = durationOf(first!.replace('load ', ''));
  return lines.map((line) => {
    const { labels, samples } = parseSeries(line.trim());
    const values = samples.flatMap((sample, i) =>
      typeof sample === 'number' || sample === 'stale' ? [[i * step, sample] as const] : [],
    );
    return { labels: labels.toObject(), samples: values };
  });
}

/** Where the texts differ for other reasons than the templates. */
const DIFFERENT = {
  CephMonDownQuorumAtRisk: 'an error of the query names two series, in no order',
  BigIPHighRequestRate: 'Prometheus 2 extrapolates in another way',
  WindowsMemoryHighUtilization: 'the first of several series is asked for, which have no order',
};

/** Sums are added up in another order, and the rules had other names. */
function isSame(one: string, other: string): boolean {
  const number = /\d+\.\d{9,}/g;
  const plain = (text: string) => text.replace(/__alert_\w+/g, '').replace(number, '#');
  const numbers = (text: string) => (text.match(number) ?? []).map(Number);
  const others = numbers(other);
  const close = numbers(one).every((value, i) => Math.abs(value / others[i] - 1) < 1e-9);
  return plain(one) === plain(other) && close;
}

const language = languageOf({});
const keyOf = (labels: Texts) => JSON.stringify(Object.entries(labels).sort());

/** Returns what differs between what Prometheus has made of the annotations and what is made of them here. */
async function differences(rule: Recorded): Promise<[name: string, ...unknown[]][]> {
  const engine = createEngine(memorySource(loaded(rule.load)));
  const query = async (expr: string) =>
    (await engine.vector(expr, { time: rule.at / 1000 })).elements;
  const wanted = new Map(
    rule.alerts.map(({ labels, annotations }) => [keyOf(labels), annotations]),
  );
  const wrong: [name: string, ...unknown[]][] = [];
  for (const { labels: set, value } of await query(rule.expr)) {
    const labels = set.toObject();
    const { __name__, ...rest } = labels;
    const key = keyOf({ ...rest, ...rule.labels });
    const annotations = wanted.get(key);
    wanted.delete(key);
    if (!annotations) {
      wrong.push([rule.name, labels]);
      continue;
    }
    for (const [name, text] of Object.entries(rule.annotations)) {
      const template = parseTemplate(text, `__alert_${rule.name}`);
      const got = await expand(template, { labels, value, time: rule.at, query, language });
      if (!isSame(got, annotations[name] ?? '')) wrong.push([rule.name, got, annotations[name]]);
    }
  }
  for (const missing of wanted.keys()) wrong.push([rule.name, missing]);
  return wrong;
}

describe.skipIf(!existsSync(folder))('what Prometheus has expanded', () => {
  it('is expanded to the same: all values in all forms', async () => {
    const cases: { value: string; labels: Record<string, string>; form: string; text: string }[] =
      linesOf('template-values.jsonl');
    expect(cases.length).toBeGreaterThan(1800);
    const wrong: unknown[] = [];
    for (const { value, labels, form, text } of cases) {
      const data = { labels, value: numberOf(value), time: 0, language };
      const got = await expand(parseTemplate(form), data);
      if (got !== text) wrong.push({ form, value, got, text });
    }
    expect(wrong).toEqual([]);
  });

  it('is expanded to the same: the annotations of real rules', async () => {
    const rules: Recorded[] = linesOf('alerts.jsonl');
    expect(rules.length).toBeGreaterThan(800);
    const wrong: [name: string, ...unknown[]][] = [];
    for (const rule of rules) wrong.push(...(await differences(rule)));
    expect(wrong.filter(([name]) => !Object.hasOwn(DIFFERENT, name))).toEqual([]);
    expect(new Set(wrong.map(([name]) => name))).toEqual(new Set(Object.keys(DIFFERENT)));
  });
});
