/** Runs the tests of Prometheus' own language (`promqltest`) against an engine. */
import type {
  createEngine as CreateEngine,
  HistogramSample,
  MemorySeries,
  memorySource as MemorySource,
  Point,
  QueryResult,
  VectorResult,
} from 'utilityfog-telemetry/promql/engine';
import { add, compact, subtract } from '../../src/promql/histogram/arithmetic.ts';
import { histogramJson, type JsonHistogram } from '../../src/promql/histogram/buckets-json.ts';
import type { FloatHistogram } from '../../src/promql/histogram/float-histogram.ts';
import { compareLabels, LabelSet } from '../../src/promql/label-set.ts';
import { durationOf } from '../../src/promql/parse/durations.ts';
import { parseSeries } from '../../src/promql/series-notation.ts';

/** The public interface that is tested. */
export interface Tested {
  readonly createEngine: typeof CreateEngine;
  readonly memorySource: typeof MemorySource;
}

/** What the reader of test files finds, see testfile.mjs. */
interface HistogramText {
  readonly histogram: string;
  readonly sign?: string;
  readonly step?: string;
  readonly times: number;
}
type Value = number | symbol | undefined | HistogramText;
interface SeriesLine {
  readonly labels: Record<string, string>;
  readonly values: readonly Value[];
}
export interface Eval {
  readonly kind: 'eval';
  readonly line: number;
  readonly mode?: 'fail' | 'warn' | 'ordered' | 'info';
  readonly expr: string;
  readonly at?: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly range?: { from: number; to: number; step: number };
  readonly string?: string;
  readonly scalar?: number;
  readonly expects: readonly { what: string; how?: string; text?: string }[];
  readonly results: readonly SeriesLine[];
}
export type Command =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'load';
      readonly step: number;
      readonly nhcb: boolean;
      /** Lines such as `series{a="b"}@st _ -1m-1mx2`, as they stand in the file. */
      readonly startTimes?: readonly string[];
      readonly series: readonly SeriesLine[];
    }
  | Eval;

type Sample = [number, number | 'stale' | HistogramSample, start?: number];

/** The series that have been loaded. */
export class Store {
  readonly #series = new Map<
    string,
    { labels: Record<string, string>; samples: Map<number, Sample[1]>; starts: Map<number, number> }
  >();

  load({ step, nhcb, series, startTimes = [] }: Extract<Command, { kind: 'load' }>): void {
    const lines = new Map(series.map((line) => [LabelSet.of(line.labels).key, line]));
    for (const line of lines.values()) this.#add(line, step);
    for (const text of startTimes) this.#start(text, step);
    if (nhcb) for (const line of customBuckets([...lines.values()])) this.#add(line, step);
  }

  #add(
    { labels, values }: { labels: Record<string, string>; values: readonly unknown[] },
    step: number,
  ) {
    const { key } = LabelSet.of(labels);
    const known = this.#series.get(key) ?? { labels, samples: new Map(), starts: new Map() };
    this.#series.set(key, known);
    values.forEach((value, i) => {
      const sample = sampleOf(value);
      if (sample !== undefined) known.samples.set((i * step) / 1000, sample);
    });
  }

  /** Says since when the samples of a series count. */
  #start(text: string, step: number): void {
    const [, metric, offsets] = /^(\S+)@st\s+(.*)$/.exec(text)!;
    const { starts } = this.#series.get(parseSeries(metric!).labels.key)!;
    startOffsets(offsets!).forEach((offset, i) => {
      if (offset !== undefined) starts.set((i * step) / 1000, (i * step + offset) / 1000);
    });
  }

  get series(): MemorySeries[] {
    return [...this.#series.values()].map(({ labels, samples, starts }) => {
      const all = [...samples].sort(([one], [other]) => one - other);
      return {
        labels,
        samples: all.map(([time, value]): Sample => {
          const start = starts.get(time);
          return start === undefined ? [time, value] : [time, value, start];
        }),
      };
    });
  }
}

/** Reads `_ -30s-1mx2`: how much earlier than each sample it is, in milliseconds. */
function startOffsets(text: string): (number | undefined)[] {
  return text.split(/\s+/).flatMap((item) => {
    if (item === '_') return [undefined];
    const [, first, change = '0', times = '0'] = /^([+-]?\w+?)(?:([+-]\w+?)?x(\d+))?$/.exec(item)!;
    return Array.from(
      { length: Number(times) + 1 },
      (_, i) => millisecondsOf(first!) + i * millisecondsOf(change),
    );
  });
}

function millisecondsOf(text: string): number {
  const size = 1000 * durationOf(text.replace(/^[+-]/, ''))!;
  return text[0] === '-' ? -size : size;
}

function sampleOf(value: unknown): Sample[1] | undefined {
  if (typeof value === 'number' || value === undefined) return value;
  if (typeof value === 'symbol') return 'stale';
  if ('histogram' in (value as object)) return histogramAt(value as HistogramText);
  return value as HistogramSample;
}

const ignore = () => {};

function histogramAt({ histogram, sign, step, times }: HistogramText): FloatHistogram {
  let result = histogramOf(histogram);
  for (let i = 0; i < times && step; i++) {
    result = compact((sign === '-' ? subtract : add)(result, histogramOf(step), ignore)!);
  }
  const { counterReset } = histogramOf(histogram);
  return { ...result, counterReset };
}

/** Reads `{{schema:0 sum:1 buckets:[1 2]}}`. */
export function histogramOf(text: string): FloatHistogram {
  const fields = new Map(
    [...text.matchAll(/(\w+):(\[[^\]]*\]|\S+?)(?=\s|\}\}|$)/g)].map(([, name, value]) => [
      name,
      value!,
    ]),
  );
  const number = (name: string) =>
    Number((fields.get(name) ?? '0').replace(/^([+-]?)Inf$/i, '$1Infinity'));
  const numbers = (name: string) =>
    (fields.get(name) ?? '[]')
      .slice(1, -1)
      .split(/\s+/)
      .filter(Boolean)
      .map((one) => Number(one.replace(/^([+-]?)Inf$/i, '$1Infinity')));
  const side = (buckets: string, offset: string) => {
    const counts = numbers(buckets);
    return { counts, indices: counts.map((_, i) => number(offset) + i) };
  };
  const hint = fields.get('counter_reset_hint') ?? 'unknown';
  const customBounds = fields.has('custom_values') ? numbers('custom_values') : undefined;
  return {
    schema: number('schema'),
    zeroThreshold: number('z_bucket_w'),
    zeroCount: number('z_bucket'),
    count: number('count'),
    sum: number('sum'),
    positive: side('buckets', 'offset'),
    negative: side('n_buckets', 'n_offset'),
    ...(number('schema') === -53 && { customBounds: customBounds ?? [] }),
    counterReset: hint as FloatHistogram['counterReset'],
  };
}

/** Makes a native histogram of each classic one. */
function customBuckets(lines: readonly SeriesLine[]) {
  const groups = new Map<string, { labels: Record<string, string>; lines: SeriesLine[] }>();
  for (const line of lines as SeriesLine[]) {
    const { __name__: name = '', le: _, ...rest } = line.labels;
    const base = /^(.*)_(?:bucket|count|sum)$/.exec(name)?.[1];
    if (base === undefined) continue;
    const labels = { ...rest, __name__: base };
    const { key } = LabelSet.of(labels);
    const group = groups.get(key) ?? { labels, lines: [] as SeriesLine[] };
    groups.set(key, group);
    group.lines.push(line);
  }
  return [...groups.values()].map(({ labels, lines: members }) => {
    const length = Math.max(...members.map(({ values }) => values.length));
    return { labels, values: Array.from({ length }, (_, i) => customAt(members, i)) };
  });
}

function customAt(lines: readonly SeriesLine[], i: number): HistogramSample | undefined {
  const buckets = new Map<number, number>();
  let count: number | undefined;
  let sum = 0;
  let found = false;
  for (const { labels, values } of lines) {
    const value = values[i];
    if (typeof value !== 'number') continue;
    found = true;
    if (labels.__name__!.endsWith('_sum')) sum = value;
    else if (labels.__name__!.endsWith('_count')) count = value;
    else buckets.set(Number(labels.le!.replace('Inf', 'Infinity')), value);
  }
  if (!found) return undefined;
  const bounds = [...buckets.keys()].sort((one, other) => one - other);
  let before = 0;
  const counts = bounds.map((bound) => {
    const own = buckets.get(bound)! - before;
    before = buckets.get(bound)!;
    return own;
  });
  const finite = bounds.filter(Number.isFinite);
  if (!bounds.includes(Infinity)) counts.push((count ?? before) - before);
  return {
    schema: -53,
    customBounds: finite,
    positive: compact({
      positive: { counts, indices: counts.map((_, at) => at) },
      negative: { counts: [], indices: [] },
    } as unknown as FloatHistogram).positive,
    count: count ?? before,
    sum,
  };
}

/** Prometheus' `almost.Equal` with its 1e-6. */
export function almostEqual(one: number, other: number, epsilon = 1e-6): boolean {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true;
  const size = Math.abs(one) + Math.abs(other);
  const difference = Math.abs(one - other);
  const least = 2.2250738585072014e-308;
  if (one === 0 || other === 0 || size < least) return difference < epsilon * least;
  return difference / Math.min(size, Number.MAX_VALUE) < epsilon;
}

const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

function sameHistogram(actual: JsonHistogram, expected: FloatHistogram): boolean {
  const meant = histogramJson(compact(expected));
  const numbers = ({ count, sum, buckets = [] }: JsonHistogram) =>
    [count, sum, ...buckets.flatMap((bucket) => bucket.map(String))].map(numberOf);
  const a = numbers(actual);
  const b = numbers(meant);
  return a.length === b.length && a.every((number, i) => almostEqual(number, b[i]!));
}

interface Row {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly histogram?: [number, JsonHistogram];
  readonly values?: [number, string][];
  readonly histograms?: [number, JsonHistogram][];
}

/** Returns the points of a row by their times in milliseconds. */
function pointsOf(row: Row): Map<number, string | JsonHistogram> {
  const all = [row.value, row.histogram, ...(row.values ?? []), ...(row.histograms ?? [])];
  return new Map(all.flatMap((one) => (one ? [[Math.round(one[0] * 1000), one[1]] as const] : [])));
}

/** Returns what is wrong with a result, if anything is. */
export function faultOf(test: Eval, result: QueryResult): string | undefined {
  return faultOfValue(test, result) ?? faultOfAnnotations(test, result);
}

function faultOfValue(test: Eval, { resultType, result }: QueryResult): string | undefined {
  if (test.string !== undefined) {
    return (result as string[])[1] === test.string ? undefined : `got ${JSON.stringify(result)}`;
  }
  if (test.scalar !== undefined) {
    if (resultType !== 'scalar') return `a ${resultType}`;
    const actual = numberOf((result as string[])[1]!);
    return almostEqual(actual, test.scalar) ? undefined : `${actual}, not ${test.scalar}`;
  }
  const wanted = test.at !== undefined && !test.range ? 'vector' : 'matrix';
  if (resultType !== wanted) return `a ${resultType}`;
  const rows = result as Row[];
  const found = new Map(rows.map((row) => [LabelSet.of(row.metric).key, row]));
  if (found.size !== rows.length) return 'a series twice';
  const expected = new Map(test.results.map((line) => [LabelSet.of(line.labels).key, line]));
  for (const [key, row] of found) {
    if (!expected.has(key)) return `an unexpected series ${JSON.stringify(row)}`;
  }
  for (const [key, line] of expected) {
    const row = found.get(key);
    const points = row ? pointsOf(row) : new Map();
    const wants = line.values.some((value) => value !== undefined);
    if (wants && !row) return `no series ${JSON.stringify(line.labels)}`;
    const { from, step } =
      test.range ?? (test.at === undefined ? test : { from: test.at, step: 0 });
    let present = 0;
    for (const [i, value] of line.values.entries()) {
      if (value === undefined) continue;
      const actual = points.get(from + i * step);
      present++;
      const same =
        typeof value === 'number'
          ? typeof actual === 'string' && almostEqual(numberOf(actual), value)
          : typeof actual === 'object' &&
            sameHistogram(actual, histogramAt(value as HistogramText));
      if (!same) {
        return `${JSON.stringify(line.labels)} at ${from + i * step}: ${JSON.stringify(actual)}, not ${JSON.stringify(value)}`;
      }
    }
    if (present !== points.size) return `${points.size} points, not ${present}`;
  }
  if (test.mode === 'ordered' || test.expects.some(({ what }) => what === 'ordered')) {
    const order = [...found.keys()].join();
    if (order !== [...expected.keys()].join()) return 'another order';
  }
  if (wanted === 'matrix') {
    const sorted = rows.map(({ metric }) => LabelSet.of(metric));
    if (sorted.some((one, i) => i > 0 && compareLabels(sorted[i - 1]!, one) > 0)) return 'unsorted';
  }
  return undefined;
}

function matches(text: string, { how, text: wanted = '' }: Eval['expects'][number]): boolean {
  if (how === undefined) return true;
  return how === 'msg' ? text === wanted : new RegExp(wanted).test(text);
}

function faultOfAnnotations(test: Eval, { warnings, infos }: QueryResult): string | undefined {
  for (const [level, texts] of [
    ['warn', warnings],
    ['info', infos],
  ] as const) {
    const wanted = test.expects.filter(({ what }) => what === level);
    const refused = test.expects.some(({ what }) => what === `no_${level}`);
    if (refused && texts.length > 0) return `${level}: ${texts[0]}`;
    if ((test.mode === level || wanted.length > 0) && texts.length === 0) return `no ${level}`;
    for (const one of wanted) {
      if (!texts.some((text) => matches(text, one))) return `no ${level} ${one.text}; ${texts}`;
    }
    for (const text of wanted.length > 0 ? texts : []) {
      if (!wanted.some((one) => matches(text, one))) return `also ${level}: ${text}`;
    }
  }
  return undefined;
}

export function expectsFailure(test: Eval): Eval['expects'][number] | undefined {
  const one = test.expects.find(({ what }) => what === 'fail');
  return one ?? (test.mode === 'fail' ? { what: 'fail' } : undefined);
}

export function isExpectedFailure(error: Error, wanted: Eval['expects'][number]): boolean {
  return matches(error.message, wanted);
}

/** Returns the samples of a range query at the time of an instant eval as the result of an instant query. */
export function asInstant(answer: QueryResult, { at, scalar }: Eval): QueryResult {
  const isThen = ([time]: readonly [number, unknown]) => time === at! / 1000;
  const rows = (answer.result as Row[]).flatMap(
    ({ metric, values = [], histograms = [] }): VectorResult[] => {
      const value = values.find(isThen);
      const histogram = histograms.find(isThen);
      if (value) return [{ metric, value }];
      return histogram ? [{ metric, histogram }] : [];
    },
  );
  if (scalar === undefined) return { ...answer, resultType: 'vector', result: rows };
  return { ...answer, resultType: 'scalar', result: rows[0]?.value as Point };
}
