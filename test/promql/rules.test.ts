/** Real rules with the answers that Prometheus gave. They are not part of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';
import { almostEqual, type Command, Store } from './prometheus-suite.ts';

const shared = fileURLToPath(new URL('../../../shared/promql/', import.meta.url));
const isThere = existsSync(`${shared}rules/answers.jsonl`);

interface Answer {
  readonly name: string;
  readonly expr: string;
  readonly load: string;
  readonly at: number;
  readonly vector: readonly [Record<string, string>, number | string][];
  /** Prometheus 2.42 gave the answer, and Prometheus 3 may extrapolate in another way. */
  readonly caution?: boolean;
}

interface Element {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
}

it.skipIf(!isThere)('the expressions of real rules have the answers of Prometheus', async () => {
  const { parseTest } = await import(`${shared}tools/testfile.mjs`);
  const answers: Answer[] = readFileSync(`${shared}rules/answers.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const faults: string[] = [];
  for (const { name, expr, load, at, vector, caution } of answers) {
    if (caution) continue;
    const store = new Store();
    for (const command of parseTest(load).commands as Command[]) {
      if (command.kind === 'load') store.load(command);
    }
    const engine = createEngine(memorySource(store.series));
    const { resultType, result } = await engine.query(expr, { time: at / 1000 });
    const elements =
      resultType === 'vector'
        ? (result as Element[])
        : [{ metric: {}, value: result as [number, string] }];
    const keyOf = (metric: object) => JSON.stringify(Object.entries(metric).sort());
    const numberOf = (value: unknown) => Number(String(value).replace(/Inf$/, 'Infinity'));
    const found = new Map(elements.map(({ metric, value }) => [keyOf(metric), numberOf(value[1])]));
    const isSame =
      found.size === vector.length &&
      vector.every(([metric, value]) => {
        const actual = found.get(keyOf(metric));
        return actual !== undefined && almostEqual(actual, Number(value), 1e-9);
      });
    if (!isSame) faults.push(`${name}: ${expr}: ${JSON.stringify(result)}`);
  }
  expect(answers.length).toBeGreaterThan(1000);
  expect(faults).toEqual([]);
});
