/** How metrics record and what they show, in prom-client and here. */
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from './implementations.ts';

describe.each(IMPLEMENTATIONS)('%s', (_, { Registry, Counter, Gauge, Histogram, Summary }) => {
  const setUp = (labelNames: string[] = []) => {
    const register = new Registry();
    const options = { help: 'help', labelNames, registers: [register] };
    const lines = async () =>
      (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return { register, options, lines };
  };

  describe('counters', () => {
    it('count, and are 0 from the start if they have no labels', async () => {
      const { options, lines } = setUp();
      const counter = new Counter({ name: 'c', ...options });
      expect(await lines()).toEqual(['c 0']);
      counter.inc();
      counter.inc(2.5);
      counter.inc(0);
      counter.inc(null as never);
      counter.labels().inc();
      expect(await lines()).toEqual(['c 5.5']);
    });

    it('find a series by names in any order, by values, and with numbers', async () => {
      const { options, lines } = setUp(['method', 'status']);
      const counter = new Counter({ name: 'c', ...options });
      expect(await lines()).toEqual([]);
      counter.inc({ method: 'GET', status: 200 });
      counter.inc({ status: '200', method: 'GET' }, 2);
      counter.labels('GET', '200').inc(3);
      counter.labels({ method: 'GET', status: 200 }).inc();
      for (let i = 0; i < 3; i++) counter.inc({ method: 'GET', status: 200 });
      counter.labels('GET', 200 as never).inc();
      counter.inc({ status: 'b', method: 'a' });
      expect(await lines()).toEqual([
        'c{method="GET",status="200"} 11',
        'c{status="b",method="a"} 1',
      ]);
    });

    it('take label sets of which some labels are missing', async () => {
      const { options, lines } = setUp(['a', 'b', 'c', 'd']);
      const counter = new Counter({ name: 'c', ...options });
      counter.inc();
      counter.inc({});
      counter.inc({ a: 'x' });
      counter.inc({ b: 'y' }, 2);
      counter.inc({ a: 'x', b: undefined });
      counter.inc({ a: 'x', b: 'y', c: 'z', d: 'w' });
      counter.inc({ d: 'w', a: 'x', b: 'y', c: 'z' });
      expect(await lines()).toEqual([
        'c 2',
        'c{a="x"} 2',
        'c{b="y"} 2',
        'c{a="x",b="y",c="z",d="w"} 2',
      ]);
    });

    it('refuse amounts and labels that are wrong', async () => {
      const { options, lines } = setUp(['a']);
      const counter = new Counter({ name: 'c', ...options });
      expect(() => counter.inc({ a: '1' }, -1)).toThrow('It is not possible to decrease a counter');
      expect(() => counter.inc({ a: '1' }, Infinity)).toThrow(
        new TypeError('Value is not a valid number: Infinity'),
      );
      expect(() => counter.inc({ a: '1' }, '5' as never)).toThrow('Value is not a valid number: 5');
      expect(() => counter.inc({ b: '1' } as never)).toThrow(
        `Added label "b" is not included in initial labelset: [ 'a' ]`,
      );
      expect(() => counter.labels('1', '2')).toThrow(
        'Invalid number of arguments (2): "1, 2" for label names (1): "a".',
      );
      expect(await lines()).toEqual([]);
    });

    it('start anew after a reset, also through what labels() has returned', async () => {
      const { options, lines } = setUp(['a']);
      const counter = new Counter({ name: 'c', ...options });
      const bound = counter.labels('x');
      expect(await lines()).toEqual([]);
      bound.inc(5);
      counter.inc({ a: 'y' });
      counter.reset();
      expect(await lines()).toEqual([]);
      bound.inc();
      counter.inc({ a: 'x' });
      expect(await lines()).toEqual(['c{a="x"} 2']);
      counter.remove('x');
      expect(await lines()).toEqual([]);
      bound.inc(7);
      expect(await lines()).toEqual(['c{a="x"} 7']);
      counter.remove({ a: 'x' });
      counter.remove('never seen');
      expect(await lines()).toEqual([]);
    });
  });

  it('gauges are set, go up and down, and take any number', async () => {
    const { options, lines } = setUp(['a']);
    const gauge = new Gauge({ name: 'g', ...options });
    gauge.set({ a: 'x' }, 5);
    gauge.inc({ a: 'x' });
    gauge.dec({ a: 'x' }, 3);
    gauge.labels('x').inc(10);
    gauge.set({ a: 'inf' }, Infinity);
    gauge.set({ a: 'nan' }, Number.NaN);
    gauge.inc({ a: 'down' }, -Infinity);
    expect(await lines()).toEqual([
      'g{a="x"} 13',
      'g{a="inf"} +Inf',
      'g{a="nan"} Nan',
      'g{a="down"} -Inf',
    ]);
    expect(() => gauge.set({ a: 'x' }, 'ten' as never)).toThrow(
      new TypeError('Value is not a valid number: ten'),
    );
    expect(() => gauge.inc({ a: 'x' }, null as never)).toThrow(
      new TypeError('Delta is not a valid number: null'),
    );
    gauge.reset();
    expect(await lines()).toEqual([]);
  });

  it('gauges know the time, and take that of a timer', async () => {
    const { options } = setUp();
    const gauge = new Gauge({ name: 'g', ...options });
    const before = Date.now() / 1000;
    gauge.setToCurrentTime();
    const { values } = await gauge.get();
    expect(values[0]!.value).toBeGreaterThanOrEqual(before);
    const seconds = gauge.startTimer()();
    expect((await gauge.get()).values[0]!.value).toBe(seconds);
    expect(seconds).toBeLessThan(60);
  });

  it('histograms count in buckets, with the labels in the order that they have', async () => {
    const { options, register, lines } = setUp(['a']);
    register.setDefaultLabels({ env: 'test' });
    const histogram = new Histogram({ name: 'h', ...options, buckets: [0.1, 5] });
    histogram.observe({ a: 'x' }, 0.1);
    histogram.labels('x').observe(3);
    histogram.observe({ a: 'x' }, 7);
    expect(await lines()).toEqual([
      'h_bucket{le="0.1",env="test",a="x"} 1',
      'h_bucket{le="5",env="test",a="x"} 2',
      'h_bucket{le="+Inf",env="test",a="x"} 3',
      'h_sum{env="test",a="x"} 10.1',
      'h_count{env="test",a="x"} 3',
    ]);
    const { values } = await histogram.get();
    expect(values.map(({ metricName, labels, value }) => [metricName, labels, value])).toEqual([
      ['h_bucket', { le: 0.1, a: 'x' }, 1],
      ['h_bucket', { le: 5, a: 'x' }, 2],
      ['h_bucket', { le: '+Inf', a: 'x' }, 3],
      ['h_sum', { a: 'x' }, 10.1],
      ['h_count', { a: 'x' }, 3],
    ]);
    expect(() => histogram.observe({ a: 'x' }, Number.NaN)).toThrow(
      'Value is not a valid number: NaN',
    );
    histogram.zero({ a: 'y' });
    histogram.zero({ a: 'x' });
    expect(await lines()).toContain('h_count{env="test",a="y"} 0');
    expect(await lines()).toContain('h_count{env="test",a="x"} 0');
    histogram.reset();
    expect(await lines()).toEqual([]);
  });

  it('histograms and summaries observe the seconds of a timer', async () => {
    const { options } = setUp(['a', 'b']);
    for (const Metric of [Histogram, Summary]) {
      const metric = new Metric({ name: Metric.name, ...options });
      const seconds = metric.startTimer({ a: 'x' })({ b: 'y' });
      const { values } = await metric.get();
      const sum = values.find(({ metricName }) => metricName?.endsWith('_sum'));
      expect(sum).toMatchObject({ value: seconds, labels: { a: 'x', b: 'y' } });
    }
  });

  it('summaries give quantiles, the sum and the count', async () => {
    const { options, lines } = setUp(['a']);
    const summary = new Summary({ name: 's', ...options, percentiles: [0.25, 0.5, 0.99] });
    for (const value of [5, 1, 4, 2, 3, 3, 3]) summary.observe({ a: 'x' }, value);
    summary.labels('y').observe(-7);
    expect(await lines()).toEqual([
      's{quantile="0.25",a="x"} 2.125',
      's{quantile="0.5",a="x"} 3',
      's{quantile="0.99",a="x"} 5',
      's_sum{a="x"} 21',
      's_count{a="x"} 7',
      's{quantile="0.25",a="y"} -7',
      's{quantile="0.5",a="y"} -7',
      's{quantile="0.99",a="y"} -7',
      's_sum{a="y"} -7',
      's_count{a="y"} 1',
    ]);
    summary.reset();
    expect(await lines()).toContain('s_count{a="x"} 0');
    expect(await lines()).toContain('s{quantile="0.5",a="x"} 0');
    summary.remove('x');
    expect(await lines()).toHaveLength(5);
  });

  it('summaries of many values are about right', async () => {
    const { options } = setUp();
    const summary = new Summary({ name: 's', ...options, percentiles: [0.01, 0.5, 0.99] });
    for (let i = 1; i <= 20_000; i++) summary.observe(((i * 7919) % 20_011) / 100);
    const { values } = await summary.get();
    for (const [i, quantile] of [0.01, 0.5, 0.99].entries()) {
      const expected = quantile * 200;
      expect(Math.abs(values[i]!.value - expected)).toBeLessThan(expected * 0.02 + 0.2);
    }
  });

  it.each([
    ['no object', undefined, 'constructor expected a config object'],
    ['no name', { help: 'help' }, 'Missing mandatory name parameter'],
    ['no help', { name: 'c' }, 'Missing mandatory help parameter'],
    ['a name with spaces', { name: 'a b', help: 'help' }, 'Invalid metric name'],
    ['a label with spaces', { name: 'c', help: 'help', labelNames: ['a b'] }, 'Invalid label name'],
    [
      'collect that is no function',
      { name: 'c', help: 'help', collect: 1 },
      'Optional "collect" parameter must be a function',
    ],
  ])('are not made with %s', (_, config, message) => {
    expect(() => new Counter(config as never)).toThrow(message);
  });

  it('keep reserved labels', () => {
    const { options } = setUp();
    const wrong = { ...options, name: 'm', registers: [] };
    expect(() => new Histogram({ ...wrong, labelNames: ['le'] })).toThrow(
      'le is a reserved label keyword',
    );
    expect(() => new Summary({ ...wrong, labelNames: ['quantile'] })).toThrow(
      'quantile is a reserved label keyword',
    );
  });

  it('escape what they show', async () => {
    const register = new Registry();
    const registers = [register];
    const counter = new Counter({ name: 'c', help: 'a\\b\nc', labelNames: ['a'], registers });
    counter.inc({ a: 'quote " backslash \\ line\nend' });
    expect((await register.metrics()).split('\n').slice(0, 3)).toEqual([
      '# HELP c a\\\\b\\nc',
      '# TYPE c counter',
      'c{a="quote \\" backslash \\\\ line\\nend"} 1',
    ]);
  });
});
