import { shortNumberText } from '../number-text.ts';
import { signedNumber } from '../parse/numbers.ts';
import { compact } from './arithmetic.ts';
import {
  type Buckets,
  type CounterResetHint,
  CUSTOM_BOUNDS,
  type FloatHistogram,
} from './float-histogram.ts';
import { faultOf } from './soundness.ts';

const HINTS: readonly string[] = ['unknown', 'reset', 'not_reset', 'gauge'] as CounterResetHint[];
/** Hexadecimal numbers are not part of the notation. */
const NUMBER = /^[+-]?(?!0x)(?:[\w.]+|[\w.]*e[+-]\d+)$/i;
/** The keys of the text, and how what stands behind them is read. */
const READERS = {
  schema: whole,
  sum: number,
  count: number,
  z_bucket: number,
  z_bucket_w: number,
  buckets: numbers,
  offset: whole,
  n_buckets: numbers,
  n_offset: whole,
  custom_values: numbers,
  counter_reset_hint: (text: string) => {
    const hint = text.toLowerCase();
    return HINTS.includes(hint) ? (hint as CounterResetHint) : undefined;
  },
};
type Key = keyof typeof READERS;
type Parts = { [K in Key]?: NonNullable<ReturnType<(typeof READERS)[K]>> };

/** A histogram as it was written, and whether its hint was. */
export interface WrittenHistogram {
  readonly histogram: FloatHistogram;
  readonly hasHint: boolean;
}

/**
 * Reads the notation of histograms in tests: `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}`.
 * @throws Error which says what is wrong
 */
export function parseHistogram(text: string): WrittenHistogram {
  if (!/^\{\{[^{}]*\}\}$/.test(text)) throw new Error(`a histogram is written {{…}}; got ${text}`);
  const inner = text.slice(2, -2);
  const parts: Parts = {};
  // Spaces separate, other than those within brackets.
  for (const part of inner.match(/[^\s[]+(?:\[[^\]]*\]?)?|\S+/g) ?? []) readPart(part, parts);
  const histogram: FloatHistogram = {
    schema: parts.schema ?? 0,
    zeroThreshold: parts.z_bucket_w ?? 0,
    zeroCount: parts.z_bucket ?? 0,
    count: parts.count ?? 0,
    sum: parts.sum ?? 0,
    positive: bucketsFrom(parts.buckets, parts.offset),
    negative: bucketsFrom(parts.n_buckets, parts.n_offset),
    customBounds: parts.custom_values,
    counterReset: parts.counter_reset_hint ?? 'unknown',
  };
  const fault = faultOf(histogram);
  if (fault !== undefined) throw new Error(`${fault}: ${text}`);
  return { histogram, hasHint: parts.counter_reset_hint !== undefined };
}

function readPart(part: string, parts: Parts): void {
  const colon = part.indexOf(':');
  const key = part.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!Object.hasOwn(READERS, key)) {
    throw new Error(
      `a histogram consists of ${Object.keys(READERS).join(', ')}, each with a colon; got "${part}"`,
    );
  }
  if (Object.hasOwn(parts, key)) throw new Error(`"${key}" is given twice in a histogram`);
  const value = READERS[key as Key](part.slice(colon + 1));
  if (value === undefined) throw new Error(`bad value in a histogram: "${part}"`);
  Object.assign(parts, { [key]: value });
}

function number(text: string): number | undefined {
  return NUMBER.test(text) ? signedNumber(text) : undefined;
}

function whole(text: string): number | undefined {
  return /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function numbers(text: string): number[] | undefined {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1]?.trim();
  if (inner === undefined) return undefined;
  const values = (inner.match(/\S+/g) ?? []).map(number);
  return values.includes(undefined) ? undefined : (values as number[]);
}

function bucketsFrom(counts: readonly number[] = [], offset = 0): Buckets {
  return { indices: counts.map((_, i) => offset + i), counts };
}

/** Returns a histogram in the notation that `parseHistogram` reads, as promtool shows it. */
export function histogramText(histogram: FloatHistogram): string {
  const { schema, count, sum, zeroCount, zeroThreshold, customBounds, counterReset } = histogram;
  const { positive, negative } = compact(histogram);
  const parts: string[] = [];
  const part = (key: Key, value: number) => {
    if (value !== 0) parts.push(`${key}:${shortNumberText(value)}`);
  };
  const list = (values: readonly number[]) => `[${values.map(shortNumberText).join(' ')}]`;
  part('schema', schema);
  part('count', count);
  part('sum', sum);
  part('z_bucket', zeroCount);
  part('z_bucket_w', zeroThreshold);
  if (schema === CUSTOM_BOUNDS) parts.push(`custom_values:${list(customBounds ?? [])}`);
  if (counterReset !== 'unknown') parts.push(`counter_reset_hint:${counterReset}`);
  const side = (key: 'buckets' | 'n_buckets', offset: 'offset' | 'n_offset', buckets: Buckets) => {
    if (buckets.counts.length === 0) return;
    part(offset, buckets.indices[0]!);
    parts.push(`${key}:${list(dense(buckets))}`);
  };
  side('buckets', 'offset', positive);
  side('n_buckets', 'n_offset', negative);
  return `{{${parts.join(' ')}}}`;
}

/** Returns the counts from the first bucket to the last, with 0 for those between that are empty. */
function dense({ indices, counts }: Buckets): number[] {
  const result: number[] = [];
  indices.forEach((index, i) => {
    result[index - indices[0]!] = counts[i]!;
  });
  return Array.from(result, (count) => count ?? 0);
}
