/**
 * `prometheus-answers.jsonl` holds random questions, and what the functions of Prometheus 3.14 answered: those of
 * `model/histogram` and `promql/quantile.go`. Numbers are texts, since JSON has no infinity.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { average, sum } from '../../../src/promql/histogram/aggregation.ts';
import {
  add,
  compact,
  divide,
  equal,
  multiply,
  subtract,
} from '../../../src/promql/histogram/arithmetic.ts';
import { histogramJson } from '../../../src/promql/histogram/buckets-json.ts';
import { classicFraction, classicQuantile } from '../../../src/promql/histogram/classic.ts';
import { isReset } from '../../../src/promql/histogram/counter-reset.ts';
import type { Buckets, FloatHistogram } from '../../../src/promql/histogram/float-histogram.ts';
import { fraction } from '../../../src/promql/histogram/fraction.ts';
import { histogramText } from '../../../src/promql/histogram/histogram-text.ts';
import { variance } from '../../../src/promql/histogram/moments.ts';
import type { Note } from '../../../src/promql/histogram/notes.ts';
import { quantile } from '../../../src/promql/histogram/quantile.ts';
import { growth } from '../../../src/promql/histogram/rate.ts';
import { trim } from '../../../src/promql/histogram/trim.ts';
import { collecting, h } from './notation.ts';

interface Question {
  readonly op: string;
  readonly of: readonly string[];
  readonly args?: readonly string[];
  readonly result?: string | boolean;
  readonly also?: readonly string[];
  readonly notes?: readonly string[];
}

interface Answer {
  readonly result?: FloatHistogram | number | boolean | string | undefined;
  readonly also?: readonly number[];
}

type Answerer = (of: FloatHistogram[], args: number[], note: Note) => Answer;

const one = (f: (...given: [FloatHistogram, number, number]) => Answer['result']): Answerer => {
  return ([histogram], [first, second]) => ({ result: f(histogram!, first!, second!) });
};
const classicBuckets = (numbers: readonly number[]) =>
  numbers.flatMap((upper, i) => (i % 2 === 0 ? [{ upper, count: numbers[i + 1]! }] : []));

const ANSWERERS: Readonly<Record<string, Answerer>> = {
  add: ([a, b], _, note) => ({ result: add(a!, b!, note) }),
  sub: ([a, b], _, note) => ({ result: subtract(a!, b!, note) }),
  sum: (all, _, note) => ({ result: sum(all, note) }),
  avg: (all, _, note) => ({ result: average(all, note) }),
  rate: (all, _, note) => ({ result: growth(all, true, note) }),
  delta: (all, _, note) => ({ result: growth(all, false, note) }),
  mul: one(multiply),
  div: one(divide),
  trimU: one((histogram, value) => trim(histogram, '</', value)),
  trimL: one((histogram, value) => trim(histogram, '>/', value)),
  reset: ([current, previous]) => ({ result: isReset(current!, previous!) }),
  equal: ([a, b]) => ({ result: equal(a!, b!) }),
  quantile: ([histogram], [q], note) => ({ result: quantile(q!, histogram!, note) }),
  fraction: ([histogram], [from, to], note) => ({ result: fraction(from!, to!, histogram!, note) }),
  variance: one(variance),
  expr: one(histogramText),
  json: ([histogram]) => {
    const { buckets = [] } = histogramJson(histogram!);
    return { also: buckets.flatMap(([rule, ...texts]) => [rule, ...texts.map(numberOf)]) };
  },
  cquantile: (_, [q, ...buckets]) => {
    let also: number[] | undefined;
    const result = classicQuantile(q!, classicBuckets(buckets), (forced) => {
      also = [forced.minBucket, forced.maxBucket, forced.maxDiff];
    });
    return also ? { result, also } : { result };
  },
  cfraction: (_, [from, to, ...buckets]) => {
    return { result: classicFraction(from!, to!, classicBuckets(buckets)) };
  },
};

function numberOf(text: string): number {
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

/** Numbers in the last places of which sums may differ are cut off there. */
function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(10)) + 0 : value;
}

function comparable(histogram: FloatHistogram) {
  const side = ({ indices, counts }: Buckets) => indices.map((at, i) => [at, rounded(counts[i]!)]);
  const { positive, negative } = compact(histogram);
  return {
    schema: histogram.schema,
    zeroThreshold: rounded(histogram.zeroThreshold),
    zeroCount: rounded(histogram.zeroCount),
    count: rounded(histogram.count),
    sum: rounded(histogram.sum),
    positive: side(positive),
    negative: side(negative),
    customBounds: histogram.customBounds ?? [],
    counterReset: histogram.counterReset,
  };
}

const questions = readFileSync(new URL('prometheus-answers.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Question);

describe('what Prometheus answered', () => {
  it.each(Object.keys(ANSWERERS))('is the same for %s', (op) => {
    const asked = questions.filter((question) => question.op === op);
    expect(asked.length).toBeGreaterThan(5);
    for (const { of, args = [], result, also, notes = [] } of asked) {
      const told = collecting();
      const given = { of, args };
      const answer = ANSWERERS[op]!(of.map(h), args.map(numberOf), told.note);
      const actual = answer.result;
      if (typeof actual === 'object') {
        expect({ given, result: comparable(actual) }).toEqual({
          given,
          result: comparable(h(result as string)),
        });
      } else if (typeof actual === 'number') {
        expect({ given, result: rounded(actual) }).toEqual({
          given,
          result: rounded(numberOf(result as string)),
        });
      } else expect({ given, result: actual }).toEqual({ given, result });
      // The bounds of buckets are the same to the last digit.
      const exactly = (value: number) => (op === 'json' ? value : rounded(value));
      expect({ given, also: (answer.also ?? []).map(exactly) }).toEqual({
        given,
        also: (also ?? []).map((text) => exactly(numberOf(text))),
      });
      expect({ given, notes: told.notes() }).toEqual({ given, notes });
    }
  });
});
