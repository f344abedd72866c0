/** A case for every function and aggregation, over data that one can work out by hand. */
import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../src/promql/functions.ts';

/** A sample a minute from 0 on. */
const everyMinute = (values: readonly number[]) =>
  values.map((value, i) => [i * 60, value] as const);

const source = memorySource([
  {
    labels: { __name__: 'c_total', i: 'a' },
    samples: everyMinute([0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]),
  },
  {
    labels: { __name__: 'c_total', i: 'b' },
    samples: everyMinute([0, 120, 240, 360, 480, 0, 120, 240, 360, 480, 600]),
  },
  { labels: { __name__: 'g', i: 'a' }, samples: everyMinute([5, 3, 8, 1, 9, 2, 7, 4, 6, 0, 10]) },
  { labels: { __name__: 'g', i: 'b' }, samples: everyMinute(Array(11).fill(-2.5)) },
  { labels: { __name__: 'h_bucket', le: '1' }, samples: [[600, 10]] },
  { labels: { __name__: 'h_bucket', le: '2' }, samples: [[600, 20]] },
  { labels: { __name__: 'h_bucket', le: '+Inf' }, samples: [[600, 20]] },
  {
    labels: { __name__: 'n' },
    samples: [[600, { schema: 0, sum: 6, positive: { indices: [0, 1], counts: [2, 2] } }]],
  },
  { labels: { __name__: 'target_info', i: 'a', job: 'j', version: '1' }, samples: [[600, 1]] },
  { labels: { __name__: 'up', job: 'j' }, samples: [[600, 1]] },
  { labels: { __name__: 'd', s: 'b10' }, samples: [[600, 1]] },
  { labels: { __name__: 'd', s: 'b9' }, samples: [[600, 2]] },
]);
const engine = createEngine(source, { experimental: true });

/** What each function gives at 600 s: numbers in the order of the series, or labels and numbers. */
const CASES: readonly (readonly [query: string, ...expected: unknown[]])[] = [
  ['abs(g{i="b"})', 2.5],
  ['absent(none{x="1",y=~"2"})', [{ x: '1' }, 1]],
  ['absent(g)'],
  ['absent_over_time(none{x="1"}[5m])', [{ x: '1' }, 1]],
  ['acos(vector(1))', 0],
  ['acosh(vector(1))', 0],
  ['asin(vector(1))', Math.PI / 2],
  ['asinh(vector(1))', Math.asinh(1)],
  ['atan(vector(1))', Math.PI / 4],
  ['atanh(vector(0.5))', Math.atanh(0.5)],
  ['avg_over_time(g[5m])', 5.4, -2.5],
  ['ceil(vector(1.2))', 2],
  ['changes(g[5m])', 4, 0],
  ['clamp(vector(5), 1, 3)', 3],
  ['clamp(vector(5), 3, 1)'],
  ['clamp_max(vector(5), 3)', 3],
  ['clamp_min(vector(1), 3)', 3],
  ['clamp_min(vector(Inf), NaN)', Number.POSITIVE_INFINITY],
  ['clamp_min(vector(1), NaN)', Number.NaN],
  ['cos(vector(0))', 1],
  ['cosh(vector(0))', 1],
  ['count_over_time(g[5m])', 5, 5],
  ['days_in_month(vector(1706745600))', 29],
  ['day_of_month(vector(1706745600))', 1],
  ['day_of_week(vector(1706745600))', 4],
  ['day_of_year(vector(1706745600))', 32],
  ['deg(vector(pi()))', 180],
  ['end()', 600],
  // From the first to the last sample it is 3 in 240 s, and the window has 60 s more.
  ['delta(g[5m])', 3.75, 0],
  ['deriv(g[5m])', 120 / 36_000, 0],
  ['exp(vector(1))', Math.E],
  ['first_over_time(g[5m])', [{ __name__: 'g', i: 'a' }, 7], [{ __name__: 'g', i: 'b' }, -2.5]],
  ['floor(vector(1.8))', 1],
  ['histogram_avg(n)', 1.5],
  ['histogram_count(n)', 4],
  ['histogram_sum(n)', 6],
  // The middles of the buckets are the roots of 0.5 and of 2, and the mean is 1.5.
  ['histogram_stdvar(n)', ((Math.SQRT1_2 - 1.5) ** 2 + (Math.SQRT2 - 1.5) ** 2) / 2],
  ['histogram_stddev(n)', Math.sqrt(((Math.SQRT1_2 - 1.5) ** 2 + (Math.SQRT2 - 1.5) ** 2) / 2)],
  ['histogram_fraction(0, 1, h_bucket)', 0.5],
  ['histogram_fraction(0, 1, n)', 0.5],
  ['histogram_quantile(0.75, h_bucket)', 1.5],
  ['histogram_quantile(0.75, n)', Math.SQRT2],
  ['histogram_quantiles(h_bucket, "q", 0.25, 0.75)', [{ q: '0.25' }, 0.5], [{ q: '0.75' }, 1.5]],
  ['double_exponential_smoothing(g{i="b"}[5m], 0.5, 0.5)', -2.5],
  ['hour(vector(3600 * 5 + 61))', 5],
  // As Prometheus on x86-64, where NaN is the last second of its calendar.
  ['hour(vector(NaN))', 15],
  ['idelta(g[5m])', 10, 0],
  ['increase(c_total[5m])', 300, 600],
  ['info(up)', [{ __name__: 'up', job: 'j', i: 'a', version: '1' }, 1]],
  ['irate(c_total[5m])', 1, 2],
  ['label_replace(up, "k", "$1-x", "job", "(.*)")', [{ __name__: 'up', job: 'j', k: 'j-x' }, 1]],
  ['label_join(up, "k", "-", "job", "job")', [{ __name__: 'up', job: 'j', k: 'j-j' }, 1]],
  ['max_of(1, 2)', 2],
  ['last_over_time(g{i="a"}[5m])', [{ __name__: 'g', i: 'a' }, 10]],
  ['min_of(1, 2)', 1],
  ['ln(vector(1))', 0],
  ['log10(vector(1000))', 3],
  ['log2(vector(8))', 3],
  ['mad_over_time(g[5m])', 2, 0],
  ['max_over_time(g[5m])', 10, -2.5],
  ['min_over_time(g[5m])', 0, -2.5],
  ['ts_of_first_over_time(g[5m])', 360, 360],
  ['ts_of_last_over_time(g[5m])', 600, 600],
  ['ts_of_max_over_time(g[5m])', 600, 600],
  ['ts_of_min_over_time(g{i="a"}[5m])', 540],
  ['minute(vector(3600 * 5 + 61))', 1],
  ['month(vector(1706745600))', 2],
  ['pi()', Math.PI],
  ['predict_linear(g{i="a"}[5m], 60)', 6],
  ['present_over_time(g[5m])', 1, 1],
  ['quantile_over_time(0.5, g[5m])', 6, -2.5],
  ['rad(vector(180))', Math.PI],
  ['range()', 0],
  ['rate(c_total[5m])', 1, 2],
  ['resets(c_total[10m])', 0, 1],
  ['round(vector(2.5))', 3],
  ['round(vector(2.4), 0.5)', 2.5],
  ['scalar(g{i="a"})', 10],
  ['scalar(g)', Number.NaN],
  ['sgn(g)', 1, -1],
  ['sin(vector(0))', 0],
  ['sinh(vector(0))', 0],
  ['sort(g)', [{ __name__: 'g', i: 'b' }, -2.5], [{ __name__: 'g', i: 'a' }, 10]],
  ['sort_desc(g)', [{ __name__: 'g', i: 'a' }, 10], [{ __name__: 'g', i: 'b' }, -2.5]],
  ['sort_by_label(d, "s")', [{ __name__: 'd', s: 'b9' }, 2], [{ __name__: 'd', s: 'b10' }, 1]],
  ['sort_by_label_desc(d, "s")', [{ __name__: 'd', s: 'b10' }, 1], [{ __name__: 'd', s: 'b9' }, 2]],
  ['start()', 600],
  // Samples in memory do not say since when they count.
  ['start_timestamp(g)'],
  ['step()', 0],
  ['sqrt(vector(9))', 3],
  ['stdvar_over_time(g[5m])', 11.04, 0],
  ['stddev_over_time(g[5m])', Math.sqrt(11.04), 0],
  ['sum_over_time(g[5m])', 27, -12.5],
  ['tan(vector(0))', 0],
  ['tanh(vector(0))', 0],
  ['time()', 600],
  ['timestamp(g offset 1m)', 540, 540],
  ['vector(7)', 7],
  ['year(vector(1706745600))', 2024],

  ['sum(g)', 7.5],
  ['avg(g)', 3.75],
  ['min(g)', -2.5],
  ['max(g)', 10],
  ['count(g)', 2],
  ['group(g)', 1],
  ['stdvar(g)', 6.25 ** 2],
  ['stddev(g)', 6.25],
  ['topk(1, g)', [{ __name__: 'g', i: 'a' }, 10]],
  ['bottomk(1, g)', [{ __name__: 'g', i: 'b' }, -2.5]],
  ['quantile(0.5, g)', 3.75],
  ['count_values("v", g)', [{ v: '10' }, 1], [{ v: '-2.5' }, 1]],
  ['count(limitk(1, g))', 1],
  ['count(limit_ratio(0.3, g) or limit_ratio(-0.7, g))', 2],
  ['sum by (i) (g)', [{ i: 'a' }, 10], [{ i: 'b' }, -2.5]],
  ['sum without (i) (g)', [{}, 7.5]],

  ['g + on (i) c_total', 610, 597.5],
  ['g > bool 0', 1, 0],
  ['0 < g', [{ __name__: 'g', i: 'a' }, 10]],
  ['g and on (i) c_total{i="b"}', [{ __name__: 'g', i: 'b' }, -2.5]],
  ['g unless on (i) c_total{i="b"}', [{ __name__: 'g', i: 'a' }, 10]],
  ['g{i="a"} or g', 10, -2.5],
  ['g * on () group_left (job) up', [{ i: 'a', job: 'j' }, 10], [{ i: 'b', job: 'j' }, -2.5]],
  ['up * on () group_right (job) g', [{ i: 'a', job: 'j' }, 10], [{ i: 'b', job: 'j' }, -2.5]],
  ['2 ^ 3 % 5 - 1', 2],
  ['-1 ^ 2', -1],
  ['vector(1) atan2 vector(0)', Math.PI / 2],
  ['g @ 60', 3, -2.5],
  ['g offset 9m', 3, -2.5],
  ['max_over_time(sum(g)[5m:1m])', 7.5],
];

interface Element {
  readonly metric: Record<string, string>;
  readonly value: readonly [number, string];
}

function expectNumber(text: string, expected: unknown): void {
  if (Number.isNaN(expected)) expect(text).toBe('NaN');
  else if (expected === Infinity) expect(text).toBe('+Inf');
  else expect(Number(text.replace(/Inf$/, 'Infinity'))).toBeCloseTo(expected as number, 10);
}

it.each(CASES.map(([query, ...expected]) => ({ query, expected })))(
  '$query',
  async ({ query, expected }) => {
    const { resultType, result } = await engine.query(query, { time: 600 });
    if (resultType === 'scalar') {
      expectNumber((result as string[])[1], expected[0]);
      return;
    }
    const elements = result as Element[];
    expect(elements.map(({ value: [time] }) => time)).toEqual(elements.map(() => 600));
    expect(elements).toHaveLength(expected.length);
    for (const [i, { metric, value }] of elements.entries()) {
      const [labels, number] = Array.isArray(expected[i]) ? expected[i] : [undefined, expected[i]];
      expectNumber(value[1], number);
      if (labels) expect(metric).toEqual(labels);
    }
  },
);

describe('the cases', () => {
  it('are of all functions', () => {
    const called = CASES.flatMap(([query]) => [...query.matchAll(/(\w+)(?= ?\()/g)]);
    const names = new Set(called.map(([, name]) => name));
    expect([...FUNCTIONS.keys()].filter((name) => !names.has(name))).toEqual([]);
  });
});
