/** What the engine promises beside its answers. */
import {
  createEngine,
  type EngineOptions,
  type MemorySeries,
  memorySource,
  QueryError,
  type Source,
} from 'utilityfog-telemetry/promql/engine';
import { describe, expect, it } from 'vitest';

const samples = Array.from({ length: 100 }, (_, i) => [i * 10, i] as const);
const series: MemorySeries[] = ['a', 'b', 'c'].map((i) => {
  return { labels: { __name__: 'x_total', i }, samples };
});
const engineOf = (options?: EngineOptions) => createEngine(memorySource(series), options);
const engine = engineOf();

const failure = (query: Promise<unknown>) =>
  query.then(
    () => expect.unreachable('the query did not fail'),
    (error: QueryError) => error,
  );

describe('start times', () => {
  const started = (samples: MemorySeries['samples'], options: EngineOptions) =>
    createEngine(memorySource([{ labels: { __name__: 'x_total' }, samples }]), options);
  const value = async (engine: ReturnType<typeof started>, expr: string) => {
    const { result } = await engine.query(expr, { time: 240 });
    return (result as { value: [number, string] }[]).map((row) => row.value[1]);
  };
  const samples = [
    [60, 5, 30],
    [120, 7, 30],
    [180, 8, 120],
    [240, 9, 120],
  ] as const;

  it('are resets, and places where a counter was zero', async () => {
    const engine = started(samples, { experimental: true });
    expect(await value(engine, 'resets(x_total[4m])')).toEqual(['1']);
    // From 0 to 7, and from 0 to 9.
    expect(await value(engine, 'increase(x_total[4m])')).toEqual(['16']);
    expect(await value(engine, 'changes(x_total[4m])')).toEqual(['3']);
    expect(await value(engine, 'irate(x_total[4m] offset 1m)')).toEqual([String(8 / 60)]);
    expect(await value(engine, 'delta(x_total[3m1s])')).toEqual([String((4 * 181) / 180)]);
  });

  it('do not count unless experimental parts are allowed, nor behind a subquery', async () => {
    const engine = started(samples, {});
    expect(await value(engine, 'resets(x_total[4m])')).toEqual(['0']);
    expect(await value(engine, 'irate(x_total[4m] offset 1m)')).toEqual([String(1 / 60)]);
    const other = started(samples, { experimental: true });
    expect(await value(other, 'resets(x_total[4m:1m])')).toEqual(['0']);
  });

  it('may be at the sample before, which has them, too', async () => {
    const engine = started(
      [
        [60, 1, 60],
        [120, 2, 60],
      ],
      { experimental: true },
    );
    expect(await value(engine, 'resets(x_total[4m])')).toEqual(['0']);
  });

  it('count for histograms, also among floats', async () => {
    const positive = { indices: [1], counts: [2] };
    const mixed = started(
      [
        [60, { sum: 3, positive }, 30],
        [120, { sum: 3, positive }, 90],
        [180, 8, 30],
        [240, { sum: 3, positive }, 200],
      ],
      { experimental: true },
    );
    expect(await value(mixed, 'resets(x_total[4m])')).toEqual(['3']);
    expect(await value(mixed, 'resets(x_total[2m] offset 2m)')).toEqual(['1']);
    const grown = 'histogram_count(increase(x_total[2m] offset 2m))';
    expect(await value(mixed, grown)).toEqual(['4']);
  });

  it('are numbers', () => {
    expect(() => started([[1, 2, Number.NaN]], {})).toThrow(
      'the starts of {"__name__":"x_total"} must be numbers of seconds since 1970; got NaN',
    );
  });
});

describe('results', () => {
  it('have the shape of Prometheus’ HTTP API', async () => {
    expect(await engine.query('x_total{i="a"}', { time: 985.5 })).toEqual({
      resultType: 'vector',
      result: [{ metric: { __name__: 'x_total', i: 'a' }, value: [985.5, '98'] }],
      warnings: [],
      infos: [],
    });
    expect((await engine.query('1 / 0', { time: 1 })).result).toEqual([1, '+Inf']);
    expect((await engine.query('"a"', { time: 1 })).result).toEqual([1, 'a']);
    expect((await engine.query('x_total{i="a"}[15s]', { time: 20 })).result).toEqual([
      {
        metric: { __name__: 'x_total', i: 'a' },
        values: [
          [10, '1'],
          [20, '2'],
        ],
      },
    ]);
    const range = await engine.queryRange('sum(x_total)', { start: 0, end: 1, step: 0.5 });
    expect(range.resultType).toBe('matrix');
    expect(range.result).toEqual([
      {
        metric: {},
        values: [
          [0, '0'],
          [0.5, '0'],
          [1, '0'],
        ],
      },
    ]);
  });

  it.each([
    // As Prometheus 2.42 says.
    ['1e13', [318857, 5, 20, 0, 140, 31, 17, 46]],
    ['-1e13', [-314918, 8, 13, 0, 225, 31, 6, 13]],
    ['9e18', [285198648531, 4, 21, 6, 111, 30, 16, 0]],
    ['-1.5', [1969, 12, 31, 3, 365, 31, 23, 59]],
  ])('know the calendar far away, at %s seconds', async (seconds, parts) => {
    const names = ['year', 'month', 'day_of_month', 'day_of_week', 'day_of_year'];
    for (const [i, name] of [...names, 'days_in_month', 'hour', 'minute'].entries()) {
      const { result } = await engine.query(`${name}(vector(${seconds}))`, { time: 0 });
      expect(result, name).toMatchObject([{ value: [0, String(parts[i])] }]);
    }
  });

  it('show native histograms with their buckets', async () => {
    const positive = { indices: [1], counts: [2] };
    const one = createEngine(
      memorySource([{ labels: { __name__: 'h' }, samples: [[0, { sum: 3, positive }]] }]),
    );
    const histogram = { count: '2', sum: '3', buckets: [[0, '1', '2', '2']] };
    expect((await one.query('h', { time: 0 })).result).toEqual([
      { metric: { __name__: 'h' }, histogram: [0, histogram] },
    ]);
    expect((await one.queryRange('h', { start: 0, end: 0, step: 1 })).result).toEqual([
      { metric: { __name__: 'h' }, histograms: [[0, histogram]] },
    ]);
  });

  it('end where a series is stale', async () => {
    const one = createEngine(
      memorySource([
        {
          labels: { __name__: 'x' },
          samples: [
            [0, 1],
            [60, 'stale'],
          ],
        },
      ]),
    );
    expect((await one.query('x', { time: 59 })).result).toHaveLength(1);
    expect((await one.query('x', { time: 60 })).result).toEqual([]);
  });

  it('are elements for rules', async () => {
    const { elements } = await engine.vector('x_total{i="a"}', { time: 10 });
    expect(elements.map(({ labels, value }) => [labels.toObject(), value])).toEqual([
      [{ __name__: 'x_total', i: 'a' }, 1],
    ]);
    const scalar = await engine.vector('7');
    expect(scalar.elements.map(({ labels, value }) => [labels.toObject(), value])).toEqual([
      [{}, 7],
    ]);
    expect(await failure(engine.vector('"a"'))).toMatchObject({ kind: 'type' });
  });

  it('say what was found, and where', async () => {
    const { infos } = await engine.query('1 + rate({__name__="x_total"}[1m])', { time: 60 });
    expect(infos).toEqual([]);
    const other = createEngine(memorySource([{ labels: { __name__: 'gauge' }, samples }]));
    expect((await other.query('1 +\n rate(gauge[1m])', { time: 60 })).infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "gauge" (2:7)',
    ]);
    expect((await other.query('quantile(2, gauge)', { time: 60 })).warnings).toEqual([
      'PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)',
    ]);
  });
});

describe('options', () => {
  it('say how far a selector looks back', async () => {
    const at = { time: 990 + 100 };
    expect((await engineOf({ lookback: 101 }).query('x_total', at)).result).toHaveLength(3);
    expect((await engineOf({ lookback: 100 }).query('x_total', at)).result).toEqual([]);
  });

  it('say when names are removed', async () => {
    const query = 'label_replace(rate(x_total{i="a"}[1m]), "n", "$1", "__name__", "(.*)")';
    const metricOf = async (delayedNameRemoval: boolean) => {
      const { result } = await engineOf({ delayedNameRemoval }).query(query, { time: 60 });
      return (result as { metric: unknown }[])[0].metric;
    };
    expect(await metricOf(false)).toEqual({ i: 'a' });
    expect(await metricOf(true)).toEqual({ i: 'a', n: 'x_total' });
  });

  it('must be sound', () => {
    expect(() => engineOf({ lookback: -1 })).toThrow('createEngine lookback must be');
    expect(() => createEngine({} as Source)).toThrow('createEngine source must be');
    expect(() =>
      memorySource([
        {
          labels: {},
          samples: [
            [1, 1],
            [1, 2],
          ],
        },
      ]),
    ).toThrow('must be numbers that grow');
    expect(() => memorySource([series[0], series[0]])).toThrow('there are two series');
  });
});

describe('a query that cannot be answered', () => {
  it.each([
    ['x_total{', 'parse'],
    ['rate(x_total)', 'type'],
    ['limitk(1, x_total)', 'type'],
    ['x_total + on () x_total', 'execution'],
  ])('%s fails', async (query, kind) => {
    const error = await failure(engine.query(query, { time: 60 }));
    expect(error).toBeInstanceOf(QueryError);
    expect(error.kind).toBe(kind);
  });

  it('says where a duration is wrong', async () => {
    const error = await failure(engine.query('rate(x_total[1m - 1m])', { time: 60 }));
    expect(error.message).toBe('duration must be greater than 0');
    expect(error.position).toEqual({ line: 1, column: 14 });
  });

  it('has no range of ranges', async () => {
    const error = await failure(engine.queryRange('x_total[1m]', { start: 0, end: 1, step: 1 }));
    expect(error.message).toContain('invalid expression type "range vector" for range query');
  });

  it.each([
    { start: 2, end: 1, step: 1 },
    { start: 0, end: 1, step: 0 },
    { start: 0, end: Number.NaN, step: 1 },
  ])('has no range %o', async (range) => {
    expect(await failure(engine.queryRange('1', range))).toBeInstanceOf(QueryError);
  });
});

describe('a query', () => {
  const tooMany = 'query processing would load too many samples into memory in query execution';

  it.each(['x_total', 'sum(x_total)', 'x_total + x_total', 'x_total[1h:1ms]'])(
    'of %s holds so many samples at most',
    async (query) => {
      const error = await failure(
        engineOf({ maxSamples: 25 }).queryRange(`max(${query.replace(/(.*\])/, 'rate($1)')})`, {
          ...{ start: 0, end: 9, step: 1 },
        }),
      );
      expect(error).toMatchObject({ kind: 'limit', message: tooMany });
    },
  );

  it('gives back what it no longer holds', async () => {
    const query = `${'sum('.repeat(20)}x_total${')'.repeat(20)}`;
    const small = engineOf({ maxSamples: 50 });
    expect((await small.queryRange(query, { start: 0, end: 9, step: 1 })).result).toHaveLength(1);
  });

  it('does not reserve memory for steps beyond its limit', async () => {
    const error = await failure(engine.queryRange('1', { start: 0, end: 1e12, step: 0.001 }));
    expect(error).toMatchObject({ kind: 'limit', message: tooMany });
  });

  /** A clock that goes on by itself, so that each look takes so many seconds. */
  const surroundings = (each: number) => {
    let elapsed = 0;
    const counted = { pauses: 0, ...{ now: () => 1000, elapsed: () => (elapsed += each) } };
    return {
      ...counted,
      async pause() {
        this.pauses++;
      },
    };
  };

  it('takes so many seconds at most', async () => {
    const slow = createEngine(memorySource(series), { timeout: 10 }, surroundings(6));
    const error = await failure(slow.query('sum(sum(sum(x_total)))'));
    expect(error).toMatchObject({ kind: 'limit', message: 'query timed out in query execution' });
  });

  it.each([
    ['count(x{v=~"(a|b)*a(a|b){900}c?"})', '2'],
    ['count(x{v!~"(a|b)*a(a|b){900}c"})', '2'],
    ['count(label_replace(x, "w", "$1", "v", "((a|b)*)a(a|b){900}"))', '2'],
  ])('lets the thread do other things in regular expressions: %s', async (query, answer) => {
    let seed = 1;
    const letter = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'a' : 'b';
    };
    const letters = (length: number) => Array.from({ length }, letter).join('');
    const long = [`${'ab'.repeat(600)}a`, `${letters(300)}a${letters(900)}`].map((v) => {
      return { labels: { __name__: 'x', v }, samples: [[0, 1]] as const };
    });
    const around = surroundings(0.001);
    const { result } = await createEngine(memorySource(long), {}, around).query(query, { time: 0 });
    expect(result).toMatchObject([{ value: [0, answer] }]);
    expect(around.pauses).toBeGreaterThan(12);
    const slow = createEngine(memorySource(long), { timeout: 10 }, surroundings(1));
    expect(await failure(slow.query(query, { time: 0 }))).toMatchObject({ kind: 'limit' });
    const asynchronous: Source = { select: async (...what) => memorySource(long).select(...what) };
    const read = await createEngine(asynchronous).query(query, { time: 0 });
    expect(read.result).toEqual(result);
  });

  it.each([
    ['count_over_time(x_total[900s:1ms])', '900000'],
    ['max_over_time((-x_total)[900s:1ms])', '-9'],
    ['quantile_over_time(0.5, x_total[900s:1ms])', '54'],
    ['mad_over_time(x_total[900s:1ms])', '22.5'],
    ['min_over_time((x_total @ 500 + 1)[900s:1ms])', '51'],
    ['sum_over_time((x_total > 97)[900s:1ms])', '980099'],
  ])('lets the thread do other things in one long series: %s', async (query, answer) => {
    const around = surroundings(0.01);
    const one = createEngine(memorySource(series.slice(0, 1)), { experimental: true }, around);
    const { result } = await one.query(query, { time: 990 });
    expect(result).toMatchObject([{ value: [990, answer] }]);
    // 900,000 samples are worked on in pieces of 65,536 at most.
    expect(around.pauses).toBeGreaterThan(12);
  });

  it.each([
    ['stddev_over_time(x[1h])', '86602.54037796274'],
    ['stdvar_over_time(x[1h])', '7499999999.916667'],
    ['deriv(x[1h])', '99.99999999999997'],
    ['predict_linear(x[1h], 1)', '300099.99999999994'],
    ['double_exponential_smoothing(x[1h], 0.5, 0.5)', '299999'],
  ])('lets the thread do other things in one long window: %s', async (query, answer) => {
    const numbers = Array.from({ length: 300_000 }, (_, i) => [i / 100, i] as const);
    const long = memorySource([{ labels: { __name__: 'x' }, samples: numbers }]);
    const asked = async (expr: string) => {
      const around = surroundings(0.01);
      const { result } = await createEngine(long, { experimental: true }, around).query(expr, {
        time: 3000,
      });
      return { result, pauses: around.pauses };
    };
    const { pauses } = await asked('count_over_time(x[1h])');
    const found = await asked(query);
    expect(found.result).toMatchObject([{ value: [3000, answer] }]);
    // Pieces of 65,536 at most.
    expect(found.pauses).toBeGreaterThanOrEqual(pauses + 4);
  });

  it('has the same answers in long ranges as in short ones', async () => {
    const positive = { indices: [1], counts: [2] };
    const mixed = memorySource([
      {
        labels: { __name__: 'y', i: 'a' },
        samples: [
          [0, 1],
          [50, 'stale'],
          [70, { sum: 3, positive }],
          [80, 5],
          [90, 2],
        ],
      },
      { labels: { __name__: 'y', i: 'b' }, samples: [[75, Number.NaN]] },
    ]);
    const engine = createEngine(mixed, { lookback: 12 });
    for (const expr of ['y', 'last_over_time(y[15s:1ms])', 'count by (i) (y)', 'changes(y[40s])']) {
      const long = await engine.queryRange(expr, { start: 0, end: 100, step: 0.001 });
      const seconds = await engine.queryRange(expr, { start: 0, end: 100, step: 1 });
      type Row = { values?: [number, string][]; histograms?: [number, unknown][] };
      const whole = (long.result as Row[]).map(({ values, histograms, ...row }) => {
        const kept = (points?: [number, unknown][]) =>
          points?.filter(([time]) => Number.isInteger(time));
        return { ...row, values: kept(values), histograms: kept(histograms) };
      });
      expect(whole, expr).toEqual(seconds.result);
    }
  });

  it('lets the thread do other things', async () => {
    const around = surroundings(0.01);
    const many = Array.from({ length: 100 }, (_, i) => {
      return { labels: { __name__: 'x', i: String(i) }, samples };
    });
    const busy = createEngine(memorySource(many), {}, around);
    await busy.queryRange('sum(rate(x[1m]))', { start: 0, end: 1000, step: 1 });
    // 100 series of 1,001 steps are more than five times as many cells as are worked on in one go.
    expect(around.pauses).toBeGreaterThan(4);
  });

  it('can be given up', async () => {
    const error = await failure(engine.query('x_total', { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ message: 'query was canceled in query execution' });
  });

  it('can be given up while its source reads', async () => {
    const control = new AbortController();
    const never: Source = { select: () => new Promise(() => control.abort()) };
    const error = await failure(createEngine(never).query('x', { signal: control.signal }));
    expect(error).toMatchObject({ message: 'query was canceled in query execution' });
  });

  it('does not wait for its source for ever', async () => {
    const never: Source = { select: () => new Promise(() => {}) };
    const error = await failure(createEngine(never, { timeout: 0.01 }).query('x'));
    expect(error).toMatchObject({ kind: 'limit', message: 'query timed out in query execution' });
  });

  it('fails if its source does', async () => {
    const broken: Source = { select: () => Promise.reject(new Error('the disk is gone')) };
    const error = await failure(createEngine(broken).query('x'));
    expect(error).toMatchObject({
      kind: 'execution',
      message: 'expanding series: the disk is gone',
    });
  });

  it('is not stopped by deep nesting', async () => {
    const query = `${'('.repeat(200)}x_total${')'.repeat(200)}${' + 1'.repeat(100)}`;
    expect((await engine.query(query, { time: 0 })).result).toHaveLength(3);
  });
});
