/** How registries show metrics, in prom-client and here. */
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from './implementations.ts';

describe.each(IMPLEMENTATIONS)('%s', (name, client) => {
  const { Registry, Counter, Gauge, Histogram, AggregatorRegistry } = client;
  const isOriginal = name === 'prom-client';
  const counterIn = (registers: InstanceType<typeof Registry>[], metric = 'c') =>
    new Counter({ name: metric, help: 'help', registers });

  it('puts metrics that name no registry into the global one', async () => {
    const counter = new Counter({ name: 'of_the_global_registry', help: 'help' });
    counter.inc(3);
    expect(client.register.getSingleMetric(counter.name as string)).toBe(counter);
    expect(await client.register.getSingleMetricAsString('of_the_global_registry')).toBe(
      '# HELP of_the_global_registry help\n# TYPE of_the_global_registry counter\nof_the_global_registry 3',
    );
    expect(client.register).toBe(Registry.globalRegistry);
    client.register.clear();
    expect(await client.register.metrics()).toBe('\n');
  });

  it('has one metric of a name', () => {
    const register = new Registry();
    const counter = counterIn([register]);
    expect(() => counterIn([register])).toThrow(
      'A metric with the name c has already been registered.',
    );
    expect(() => register.registerMetric(counter)).not.toThrow();
    register.removeSingleMetric('c');
    expect(() => counterIn([register])).not.toThrow();
    expect(register.getMetricsAsArray()).toHaveLength(1);
  });

  it('shows a metric in several registries, and two metrics of a name in two', async () => {
    const [one, two] = [new Registry(), new Registry()];
    const shared = counterIn([one, two]);
    shared.inc(2);
    expect(await one.metrics()).toBe(await two.metrics());
    two.removeSingleMetric('c');
    const other = counterIn([two]);
    other.inc(40);
    shared.inc();
    expect(await one.metrics()).toContain('\nc 3\n');
    expect(await two.metrics()).toContain('\nc 40\n');
    one.clear();
    shared.inc();
    expect((await shared.get()).values[0]!.value).toBe(4);
    const third = new Registry();
    third.registerMetric(shared);
    shared.inc();
    expect(await third.metrics()).toContain('\nc 5\n');
  });

  it('keeps what histograms have counted when they leave a registry', async () => {
    const register = new Registry();
    const options = { help: 'help', registers: [register] };
    const histogram = new Histogram({ name: 'h', ...options, buckets: [1, 2] });
    const gauge = new Gauge({ name: 'g', ...options });
    histogram.observe(1.5);
    gauge.set(7);
    register.clear();
    const again = new Registry();
    again.registerMetric(histogram);
    again.registerMetric(gauge);
    expect(await again.metrics()).toContain('\ng 7\n');
    histogram.observe(0.5);
    gauge.inc();
    const text = await again.metrics();
    expect(text).toContain('h_bucket{le="1"} 1\nh_bucket{le="2"} 2\nh_bucket{le="+Inf"} 2\n');
    expect(text).toContain('h_sum 2\n');
    expect(text).toContain('\ng 8\n');
  });

  it('works without a registry', async () => {
    const counter = counterIn([]);
    counter.inc(2);
    expect((await counter.get()).values).toEqual([{ value: 2, labels: {} }]);
  });

  it('adds default labels, but not over those of a series', async () => {
    const register = new Registry();
    const counter = new Counter({
      name: 'c',
      help: 'help',
      labelNames: ['env', 'a'],
      registers: [register],
    });
    register.setDefaultLabels({ env: 'default', region: 'eu' });
    counter.inc({ a: 'x' });
    counter.inc({ env: 'own', a: 'y' });
    expect(await register.metrics()).toContain(
      'c{a="x",env="default",region="eu"} 1\nc{env="own",a="y",region="eu"} 1\n',
    );
    const [metric] = await register.getMetricsAsJSON();
    expect(metric!.values.map(({ labels }) => labels)).toEqual([
      { a: 'x', env: 'default', region: 'eu' },
      { a: 'y', env: 'own', region: 'eu' },
    ]);
    // Labels of a reading are not those of the metric. In the original they are.
    if (isOriginal) return;
    expect((await counter.get()).values[0]!.labels).toEqual({ a: 'x' });
  });

  it('gives metrics as JSON', async () => {
    const register = new Registry();
    const options = { help: 'help', labelNames: ['a'], registers: [register] };
    new Counter({ name: 'c', ...options }).inc({ a: 1 }, 2);
    new Gauge({ name: 'g', ...options, aggregator: 'max' }).set({ a: 'x' }, 5);
    expect(await register.getMetricsAsJSON()).toEqual([
      {
        ...{ name: 'c', help: 'help', type: 'counter', aggregator: 'sum' },
        values: [{ value: 2, labels: { a: 1 } }],
      },
      {
        ...{ name: 'g', help: 'help', type: 'gauge', aggregator: 'max' },
        values: [{ value: 5, labels: { a: 'x' } }],
      },
    ]);
  });

  it('calls collect before each reading, with the metric as `this`, and waits for it', async () => {
    const register = new Registry();
    const registers = [register];
    new Gauge({
      name: 'g',
      help: 'help',
      registers,
      async collect() {
        await Promise.resolve();
        this.inc();
      },
    });
    const sync = new Counter({ name: 'c', help: 'help', registers });
    const later = new Gauge({ name: 'set_by_another', help: 'help', registers });
    sync.collect = function (this: typeof sync) {
      this.inc(10);
      later.set(3);
    };
    const text = await register.metrics();
    expect(text).toContain('\nset_by_another 3\n');
    expect(text).toContain('\ng 1\n');
    expect(text).toContain('\nc 10\n');
    expect(await register.metrics()).toContain('\ng 2\n');
    sync.collect = () => {
      throw new Error('of the application');
    };
    await expect(register.metrics()).rejects.toThrow('of the application');
  });

  it('is cleared while it is read', async () => {
    const register = new Registry();
    const counter = counterIn([register]);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    counter.inc(4);
    counter.collect = () => gate;
    const text = register.metrics();
    register.clear();
    counterIn([register]).inc(100);
    go();
    expect(await text).toContain('\nc 4\n');
    expect(await register.metrics()).toContain('\nc 100\n');
  });

  it('writes OpenMetrics, with exemplars', async () => {
    const register = new Registry<never>(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const options = { help: 'help', labelNames: ['a'], enableExemplars: true };
    const registers = [register];
    const counter = new Counter({ name: 'c_total', ...options, registers });
    const histogram = new Histogram({ name: 'h', ...options, registers, buckets: [1, 2] });
    counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: { trace: 'one' } });
    counter.inc({ labels: { a: 'y' } });
    histogram.observe({ labels: { a: 'x' }, value: 1.5, exemplarLabels: { trace: 'two' } });
    histogram.observe({ labels: { a: 'x' }, value: 9, exemplarLabels: { trace: 'three' } });
    const text = (await register.metrics()).replace(/ \d{10}\.?\d*$/gm, ' TIME');
    expect(text).toBe(
      `${[
        '# HELP c help',
        '# TYPE c counter',
        'c_total{a="x"} 2 # {trace="one"} 2 TIME',
        'c_total{a="y"} 1',
        '# HELP h help',
        '# TYPE h histogram',
        'h_bucket{le="1",a="x"} 0',
        'h_bucket{le="2",a="x"} 1 # {trace="two"} 1.5 TIME',
        'h_bucket{le="+Inf",a="x"} 2 # {trace="three"} 9 TIME',
        'h_sum{a="x"} 10.5',
        'h_count{a="x"} 2',
        '# EOF',
      ].join('\n')}\n`,
    );
    const tooLong = { labels: { a: 'x' }, exemplarLabels: { trace: 'x'.repeat(200) } };
    expect(() => counter.inc(tooLong)).toThrow(RangeError);
    expect((await counter.get()).values[0]!.value).toBe(3);
    expect(() => new Counter({ name: 'c', ...options, registers: [new Registry()] })).toThrow(
      'Exemplars are supported only on OpenMetrics registries',
    );
  });

  it('knows its content types', () => {
    const register = new Registry();
    expect(register.contentType).toBe(client.prometheusContentType);
    register.setContentType(client.openMetricsContentType as never);
    expect(register.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(() => register.setContentType('text/html' as never)).toThrow(
      'Content type text/html is unsupported',
    );
    expect(() => new Registry('text/html' as never)).toThrow(TypeError);
  });

  it('merges registries', async () => {
    const [one, two] = [new Registry(), new Registry()];
    counterIn([one], 'a').inc();
    counterIn([two], 'b').inc(2);
    const text = await Registry.merge([one, two]).metrics();
    expect(text).toContain('\na 1\n');
    expect(text).toContain('\nb 2\n');
    const open = new Registry<never>(Registry.OPENMETRICS_CONTENT_TYPE as never);
    expect(() => Registry.merge([one, open as never])).toThrow('same content type');
    expect(() => Registry.merge([one, one])).not.toThrow();
    counterIn([two], 'a');
    expect(() => Registry.merge([one, two])).toThrow('already been registered');
  });

  it('adds up what several processes have read', async () => {
    const reading = async (value: number, labels: object) => {
      const register = new Registry();
      const options = { help: 'help', labelNames: ['a'], registers: [register] };
      new Counter({ name: 'c', ...options }).inc(labels, value);
      new Gauge({ name: 'most', ...options, aggregator: 'max' }).set(labels, value);
      new Gauge({ name: 'mean', ...options, aggregator: 'average' }).set(labels, value);
      new Gauge({ name: 'none', ...options, aggregator: 'omit' }).set(labels, value);
      return register.getMetricsAsJSON();
    };
    const all = [
      await reading(1, { a: 'x' }),
      await reading(4, { a: 'x' }),
      await reading(9, { a: 'y' }),
    ];
    const text = await AggregatorRegistry.aggregate(all).metrics();
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([
      'c{a="x"} 5',
      'c{a="y"} 9',
      'most{a="x"} 4',
      'most{a="y"} 9',
      'mean{a="x"} 2.5',
      'mean{a="y"} 9',
    ]);
    expect(() => AggregatorRegistry.setRegistries({} as never)).toThrow(TypeError);
  });

  it('takes objects that look like metrics', async () => {
    const register = new Registry();
    register.registerMetric({
      name: 'm',
      get: async () => ({
        ...{ name: 'm', help: 'help', type: 'counter' },
        values: [{ value: 1, labels: { a: 'x' } }, { value: 2 }],
      }),
    });
    expect(await register.metrics()).toBe('# HELP m help\n# TYPE m counter\nm{a="x"} 1\nm 2\n');
  });

  it('makes buckets', () => {
    expect(client.linearBuckets(0, 5, 3)).toEqual([0, 5, 10]);
    expect(client.exponentialBuckets(1, 2, 4)).toEqual([1, 2, 4, 8]);
    expect(() => client.exponentialBuckets(0, 2, 4)).toThrow('positive start');
    expect(client.validateMetricName('a:b_c')).toBe(true);
    expect(client.validateMetricName('a b')).toBe(false);
  });

  it(`${isOriginal ? 'counts wrongly in' : 'sorts'} buckets that do not rise`, async () => {
    const register = new Registry();
    const histogram = new Histogram({
      ...{ name: 'h', help: 'help', registers: [register] },
      buckets: [5, 1, 5, Infinity],
    });
    histogram.observe(0.5);
    const text = await register.metrics();
    if (isOriginal) expect(text).toContain('h_bucket{le="1"} 1\nh_bucket{le="5"} 2\n');
    else expect(text).toContain('h_bucket{le="1"} 1\nh_bucket{le="5"} 1\nh_bucket{le="+Inf"} 1\n');
  });

  it('has the default metrics, with the names and labels that they have', async () => {
    const register = new Registry();
    client.collectDefaultMetrics({ register, prefix: 'my_', labels: { pod: 'one' } });
    const heads = register.getMetricsAsArray().map(({ name, help, type }) => [name, help, type]);
    const [original] = IMPLEMENTATIONS[0]!.slice(1) as [typeof client];
    const theirs = new original.Registry();
    original.collectDefaultMetrics({ register: theirs, prefix: 'my_' });
    expect(heads).toEqual(
      theirs.getMetricsAsArray().map(({ name, help, type }) => [name, help, type]),
    );
    expect(client.collectDefaultMetrics.metricsList).toEqual(
      original.collectDefaultMetrics.metricsList,
    );
    const readings = await register.getMetricsAsJSON();
    for (const { values } of readings)
      for (const { labels } of values) expect(labels).toHaveProperty('pod', 'one');
    const resident = readings.find(({ name }) => name === 'my_process_resident_memory_bytes');
    expect(resident!.values[0]!.value).toBeGreaterThan(1e6);
    expect(() => client.collectDefaultMetrics({ register, prefix: 'my_' })).toThrow(
      'already been registered',
    );
    register.clear();
    expect(() => client.collectDefaultMetrics({ register })).not.toThrow();
    expect(() => client.collectDefaultMetrics(5 as never)).toThrow(TypeError);
  });
});
