/**
 * Random expressions of all types are asked of this engine and of a real Prometheus. Where the answers differ, one of
 * the known differences between 2.42 and 3.14 must be the reason. `npm run test:promql` asks as many as you like. The
 * generator is not part of the repository.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prometheusPath, requirePart } from '../parts.ts';
import { type Asked, BothEngines, isSame, type Times } from './both-engines.ts';
import { explained, UNEXPLAINED } from './explained.ts';

const generator = new URL('../../../shared/promql/tools/fuzz.mjs', import.meta.url);
const isThere = existsSync(generator) && requirePart('prometheus', prometheusPath());
const { dataset, expressions, AT } = isThere
  ? await import(generator.href)
  : ({} as Record<string, never>);

const { PROMQL_EXPRESSIONS = '1500', PROMQL_RANGES = '500', PROMQL_SEED = '1' } = process.env;
const wanted = { expressions: Number(PROMQL_EXPRESSIONS), ranges: Number(PROMQL_RANGES) };
/** So many are asked of the same samples. */
const EACH = 1000;
/** Milliseconds. No whole number of these is a step of a subquery. */
const STEP = 61_000;
const STEPS = 5;

interface Found {
  asked: number;
  different: number;
  /** How many answers each known difference has changed. */
  readonly reasons: Map<string, number>;
  readonly unexplained: string[];
}

/** Asks for values at one time or at several times of random expressions over the samples of a seed. */
async function compare(seed: number, count: number, isRange: boolean, found: Found) {
  const times: Times = { from: AT, to: isRange ? AT + STEPS * STEP : AT, step: STEP };
  const both = await BothEngines.start(dataset(seed));
  let left = count;
  try {
    for (const expr of expressions(seed * 7919 + (isRange ? 1 : 0))) {
      if (left-- === 0) return;
      found.asked++;
      const [ours, theirs] = [both.ours(expr, times), both.prometheus(expr, times)];
      if (isSame(await ours, await theirs)) continue;
      found.different++;
      for (const reason of await explained(both, expr, times)) {
        found.reasons.set(reason, (found.reasons.get(reason) ?? 0) + 1);
        if (reason.startsWith(UNEXPLAINED)) found.unexplained.push(`seed ${seed}: ${reason}`);
      }
    }
  } finally {
    await both.stop();
  }
}

describe.skipIf(!isThere)('random expressions', () => {
  it.each([
    ['at one time', wanted.expressions, false],
    ['at several times', wanted.ranges, true],
  ])('have the answers of Prometheus %s', { timeout: 4e6 }, async (name, count, isRange) => {
    const found: Found = { asked: 0, different: 0, reasons: new Map(), unexplained: [] };
    for (let seed = Number(PROMQL_SEED); found.asked < count; seed++) {
      await compare(seed, Math.min(EACH, count - found.asked), isRange, found);
    }
    const { asked, different, reasons, unexplained } = found;
    if (process.env.PROMQL_EXPRESSIONS) {
      console.log(`${asked} ${name}, ${different} answers differ:`, Object.fromEntries(reasons));
    }
    expect(unexplained).toEqual([]);
  });
});

describe.skipIf(!isThere)('the search for reasons', () => {
  it('finds a fault beside a known difference, and where it is', async () => {
    const both = await BothEngines.start(
      'load 17s\n  temp{job="a"} 1 2 3 4\n  temp{job="b"} 2 3 4 Inf\n',
    );
    const times = { from: 60_000, to: 60_000, step: 1000 };
    const faulty: Asked = {
      prometheus: (...what) => both.prometheus(...what),
      ours: (expr, ...what) => both.ours(expr.replaceAll('max', 'min'), ...what),
    };
    try {
      const expr = 'sum(max(temp)) + sum(stddev by (job) (temp * 1))';
      expect(await explained(both, 'max(temp) + 1', times)).toEqual([
        `${UNEXPLAINED}: asked again, both say the same`,
      ]);
      expect(await explained(faulty, expr, times)).toEqual([
        `${UNEXPLAINED}: max(temp) at 60000`,
        'the deviation of a lone infinity or NaN was 0',
      ]);
    } finally {
      await both.stop();
    }
  });
});
