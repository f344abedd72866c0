/** Compares with what a real Prometheus has made of alerts, evaluation after evaluation. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LabelSet } from '../../src/promql/label-set.ts';
import type { MemorySeries } from '../../src/promql/memory-source.ts';
import { evaluatedGroup, type Stored } from './evaluated-group.ts';

const shared = resolve('../shared/promql');
const recorded = `${shared}/rules/states.jsonl`;
const isThere = existsSync(recorded);

type Sample = [labels: Record<string, string>, value: number];
interface Case {
  readonly rule: { readonly alert: string };
  readonly interval: number;
  readonly load: string;
  readonly states: readonly { ALERTS: readonly Sample[]; ALERTS_FOR_STATE: readonly Sample[] }[];
}

const cases: Case[] = isThere
  ? readFileSync(recorded, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

describe.skipIf(!isThere)('alerts have the states that Prometheus has recorded', () => {
  it('of 80 rules in 24 evaluations each', () => expect(cases.length).toBe(80));

  it.each(cases.map((one) => [one.rule.alert, one] as const))('%s', async (_, one) => {
    const series = await loaded(one.load);
    const rules = { groups: [{ name: 'g', rules: [one.rule] }] };
    // Prometheus 2.42 has recorded this. Its windows include their beginnings.
    const { group, stored } = evaluatedGroup(rules, series, { lookback: 300.001 });
    for (const [i, expected] of one.states.entries()) {
      await group.evaluate(i * one.interval * 1000);
      const last = stored.at(-1)!;
      expect(sorted(last, 'ALERTS'), `evaluation ${i}`).toEqual(ordered(expected.ALERTS));
      expect(sorted(last, 'ALERTS_FOR_STATE')).toEqual(ordered(expected.ALERTS_FOR_STATE));
    }
    expect(group.counts).toMatchObject({ evaluations: 24, failures: 0 });
  });
});

/** Reads the series that a test file loads. */
async function loaded(text: string): Promise<MemorySeries[]> {
  const { parseTest, STALE } = await import(pathToFileURL(`${shared}/tools/testfile.mjs`).href);
  const [load] = parseTest(text).commands;
  return load.series.map((line: { labels: Record<string, string>; values: unknown[] }) => ({
    labels: line.labels,
    samples: line.values.flatMap((value, i) =>
      value === undefined ? [] : [[(i * load.step) / 1000, value === STALE ? 'stale' : value]],
    ),
  }));
}

function sorted({ samples }: Stored, name: string): Sample[] {
  const found = samples.flatMap(({ labels, value }): Sample[] =>
    labels.__name__ === name && typeof value === 'number' ? [[labels, value]] : [],
  );
  return ordered(found);
}

const ordered = (samples: readonly Sample[]) =>
  [...samples].sort(([one], [other]) => (LabelSet.of(one).key < LabelSet.of(other).key ? -1 : 1));

interface RenderedCase {
  readonly name: string;
  readonly expr: string;
  readonly load: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly alerts: readonly {
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
}

/** These show the first of several series, whose order is chance, or a rate that Prometheus 3 has otherwise. */
const DIFFERENT = [
  ...['CephMonDownQuorumAtRisk', 'BigIPHighRequestRate', 'WindowsMemoryHighUtilization'],
];

const rendered = `${shared}/rules/alerts.jsonl`;

describe.skipIf(!existsSync(rendered))('labels and annotations are those', () => {
  it('that Prometheus has recorded for real rules', async () => {
    const lines = readFileSync(rendered, 'utf8').trim().split('\n');
    const different: string[] = [];
    for (const line of lines) {
      const one: RenderedCase = JSON.parse(line);
      const { expr, labels, annotations, at } = one;
      const rule = { alert: one.name, expr, labels, annotations };
      const rules = { groups: [{ name: 'g', rules: [rule] }] };
      const { group } = evaluatedGroup(rules, await loaded(one.load), { lookback: 300.001 });
      await group.evaluate(at);
      const [{ run }] = group.rules as [(typeof group.rules)[0]];
      const found = [...run.states!.all].map((alert) => {
        const { alertname: _, ...others } = alert.labels.toObject();
        return { labels: others, annotations: alert.annotations };
      });
      const key = ({ labels: of }: { labels: Record<string, string> }) => LabelSet.of(of).key;
      const inOrder = <T extends { labels: Record<string, string> }>(all: readonly T[]) =>
        [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
      if (
        JSON.stringify(inOrder(found).map(plain)) !== JSON.stringify(inOrder(one.alerts).map(plain))
      ) {
        different.push(one.name);
      }
    }
    expect(lines.length).toBeGreaterThan(500);
    expect(different).toEqual(DIFFERENT);
  });
});

/** Orders the names, and rounds numbers: the last digit depends on the order of a sum. */
function plain(alert: { labels: object; annotations: object }): unknown {
  return [alert.labels, alert.annotations].map((texts) =>
    Object.entries(texts)
      .map(([name, text]: [string, string]) => [name, withoutLastDigits(text)])
      .sort(),
  );
}

function withoutLastDigits(text: string): string {
  // The alerts had other names when they were recorded.
  const named = text.replaceAll(/__alert_\w+/g, '__alert_A');
  return named.replaceAll(/\d+\.\d{10,}/g, (number) => Number(number).toPrecision(12));
}
