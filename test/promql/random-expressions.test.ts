/**
 * Random expressions of all types are asked of this engine and of a real Prometheus. The seeds are such that none of
 * the known differences between 2.42 and 3.14 shows. The generator is not part of the repository.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { describe, expect, it } from 'vitest';
import { prometheusPath, requirePart } from '../parts.ts';
import { Store } from './prometheus-suite.ts';

const tools = fileURLToPath(new URL('../../../shared/promql/tools/', import.meta.url));
const isThere = existsSync(`${tools}fuzz.mjs`) && requirePart('prometheus', prometheusPath());
const { parseTest } = isThere ? await import(`${tools}testfile.mjs`) : ({} as never);
const { Oracle, seriesOf, answer, almost } = isThere
  ? await import(`${tools}oracle.mjs`)
  : ({} as never);
const { dataset, expressions, AT } = isThere ? await import(`${tools}fuzz.mjs`) : ({} as never);

const SEEDS = [1, 4, 5, 12, 22, 25];
const EACH = 400;
/** Milliseconds. No whole number of these is a step of a subquery. */
const STEP = 61_000;
const FEATURES = ['promql-at-modifier', 'promql-negative-offset'];

interface Answer {
  readonly type: string;
  readonly value?: number;
  readonly series?: readonly {
    labels: Record<string, string>;
    points: readonly (readonly [number, number])[];
  }[];
}

/** Returns the answer in a form that does not depend on the order of series. */
function byLabels({ type, value, series }: Answer): unknown[] {
  const keys = series?.map(({ labels, points }) => {
    const key = Object.entries(labels)
      .filter(([, text]) => text !== '')
      .sort();
    return [JSON.stringify(key), points] as const;
  });
  return [type, value, keys?.sort(([one], [other]) => (one < other ? -1 : 1))];
}

/** Numbers may differ in the last digits, since sums are not in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return almost(one, other, 1e-9);
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, i) => isSame(item, other[i]));
}

describe.skipIf(!isThere)('random expressions', () => {
  it.each(SEEDS)('have the answers of Prometheus, seed %i', async (seed) => {
    const loads = parseTest(dataset(seed)).commands;
    const store = new Store();
    for (const load of loads) store.load(load);
    const engine = createEngine(memorySource(store.series));
    const oracle = await Oracle.start({ features: FEATURES });
    const different: string[] = [];
    let count = 0;
    try {
      await oracle.write(seriesOf(loads));
      for (const expr of expressions(seed * 7919)) {
        // Which of equal values are the greatest differs from one time to the next.
        if (/topk|bottomk/.test(expr)) continue;
        if (count++ === EACH) break;
        const isRange = count % 3 === 0;
        const end = AT + 5 * STEP;
        const wanted = isRange ? oracle.range(expr, AT, end, STEP) : oracle.query(expr, AT);
        const times = { start: AT / 1000, end: end / 1000, step: STEP / 1000 };
        const asked = isRange
          ? engine.queryRange(expr, times)
          : engine.query(expr, { time: AT / 1000 });
        const got: Answer = await asked.then(
          (data) => answer({ status: 'success', data }),
          () => ({ type: 'error' }),
        );
        if (!isSame(byLabels(got), byLabels(await wanted))) different.push(expr);
      }
    } finally {
      await oracle.stop();
    }
    expect(different).toEqual([]);
  });
});
