/** Whatever libraries record, the application goes on, and what is wrong is counted. */
import { DiagLogLevel, diag, type MeterProvider, metrics } from '@opentelemetry/api';
import fc from 'fast-check';
import { formatPrometheus } from 'utilityfog-telemetry';
import { meterProvider } from 'utilityfog-telemetry/opentelemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { errors, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

const NOTHING = { otel_scope_name: 'app' };

function setUp(options: Parameters<typeof makeCollector>[0] = {}) {
  const collector = makeCollector(options);
  return { collector, meter: meterProvider(collector).getMeter('app') };
}

afterEach(() => {
  diag.disable();
  metrics.disable();
});

describe('attributes', () => {
  it('of wrong types are left out, and objects are text', async () => {
    const { collector, meter } = setUp();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const odd = {
      missing: undefined,
      none: null,
      call: () => 1,
      symbol: Symbol('x'),
      cycle,
      big: 12n,
      nan: Number.NaN,
      nested: { a: [1, { b: 2 }] },
      date: new Date(0),
    };
    meter.createCounter('c').add(1, odd as never);
    expect(await samplesOf(collector, 'c_total')).toMatchObject([
      {
        labels: {
          ...NOTHING,
          big: '12',
          nan: 'NaN',
          nested: '{"a":[1,{"b":2}]}',
          date: '"1970-01-01T00:00:00.000Z"',
        },
        value: 1,
      },
    ]);
  });

  it('that are no object are none, or what they have', async () => {
    const { collector, meter } = setUp();
    const counter = meter.createCounter('c');
    for (const attributes of [null, undefined, 7, true, '', Symbol('x'), []]) {
      counter.add(1, attributes as never);
    }
    expect(await sampleOf(collector, 'c_total', NOTHING)).toBe(7);
  });

  it('with getters that throw are refused and counted', async () => {
    const { collector, meter } = setUp();
    const bad = {
      get x(): string {
        throw new Error('no');
      },
    };
    const proxy = new Proxy({}, { ownKeys: () => [1] as never });
    meter.createCounter('c').add(1, bad);
    meter.createHistogram('h').record(1, bad);
    meter.createGauge('g').record(1, proxy);
    expect(await errors(collector, 'invalid_labels')).toBe(3);
    expect(await samplesOf(collector, 'c_total')).toEqual([]);
  });

  it('that are huge are cut, or go to the overflow set', async () => {
    const { collector, meter } = setUp();
    const counter = meter.createCounter('c');
    const long = 'x'.repeat(1_000_000);
    counter.add(1, { a: `${long}1` });
    counter.add(2, { a: `${long}2` });
    counter.add(3, { list: Array.from({ length: 1e5 }, (_, i) => i) });
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    counter.add(4, many);
    counter.add(5, { [long]: 1 });
    const samples = await samplesOf(collector, 'c_total');
    expect(samples.map(({ value }) => value).sort()).toEqual([1, 2, 3, 9]);
    expect(samples.every(({ labels }) => JSON.stringify(labels).length < 4096)).toBe(true);
    const overflow = { ...NOTHING, otel_metric_overflow: 'true' };
    expect(await sampleOf(collector, 'c_total', overflow)).toBe(9);
  });

  it('that change between two calls are read anew', async () => {
    const { collector, meter } = setUp();
    const counter = meter.createCounter('c');
    const attributes: Record<string, unknown> = { a: 1, list: ['x'] };
    counter.add(1, attributes as never);
    attributes.a = 2;
    counter.add(1, attributes as never);
    (attributes.list as string[]).push('y');
    counter.add(1, attributes as never);
    expect(await samplesOf(collector, 'c_total')).toHaveLength(3);
  });

  it('of any number have no more series than the limit', async () => {
    const { collector, meter } = setUp({ seriesLimit: 10 });
    const counter = meter.createCounter('c');
    for (let i = 0; i < 20_000; i++) counter.add(1, { i });
    const samples = await samplesOf(collector, 'c_total');
    expect(samples).toHaveLength(11);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(20_000);
  });

  it('in another order are the same, whatever they are', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean());
    const attributes = fc.dictionary(fc.string({ maxLength: 3 }), value, { maxKeys: 4 });
    const property = fc.asyncProperty(fc.array(attributes, { maxLength: 20 }), async (sets) => {
      const { collector, meter } = setUp();
      const counter = meter.createCounter('c');
      for (const one of sets) {
        counter.add(1, one);
        counter.add(1, Object.fromEntries(Object.entries(one).reverse()));
      }
      const { samples } = parseText(await formatPrometheus(collector));
      const own = samples.filter(({ name }) => name === 'c_total');
      expect(own.reduce((sum, sample) => sum + sample.value, 0)).toBe(2 * sets.length);
      const key = (one: object) => JSON.stringify(Object.entries(one).sort());
      // Keys without a value stay, and lone surrogates do not.
      expect(own.length).toBeLessThanOrEqual(new Set(sets.map(key)).size);
    });
    await fc.assert(property, { numRuns: 8 });
  });
});

describe('values', () => {
  const WRONG = [undefined, null, '1', {}, [], Symbol('x'), 1n, () => 1];

  it('that are no numbers are refused, with a warning', async () => {
    const warnings: unknown[] = [];
    const logger = {
      error() {},
      info() {},
      debug() {},
      verbose() {},
      warn: (m: string) => void warnings.push(m),
    };
    diag.setLogger(logger, DiagLogLevel.WARN);
    const { collector, meter } = setUp();
    const counter = meter.createCounter('c');
    const histogram = meter.createHistogram('h');
    for (const value of WRONG) {
      counter.add(value as never);
      histogram.record(value as never);
    }
    expect(warnings).toHaveLength(2 * WRONG.length);
    expect(await samplesOf(collector, 'c_total')).toEqual([]);
  });

  it('that no counter can take are refused and counted, also if the collector is strict', async () => {
    const { collector, meter } = setUp({ strict: true });
    for (const value of [Number.NaN, Infinity]) {
      meter.createCounter('c').add(value);
      meter.createUpDownCounter('u').add(value);
    }
    expect(await errors(collector, 'invalid_value')).toBe(4);
  });
});

describe('definitions', () => {
  it('of any sort make instruments that can be called', async () => {
    const { collector, meter } = setUp();
    const odd = [undefined, null, 7, {}, [], Symbol('x'), '', '💥', 'x'.repeat(1e5)] as never[];
    for (const [i, name] of odd.entries()) {
      for (const options of [odd[(i + 1) % odd.length]!]) {
        meter.createCounter(name, options).add(1);
        meter.createUpDownCounter(name, options).add(1);
        meter.createGauge(name, options).record(1);
        meter.createHistogram(name, options).record(1);
        meter.createObservableGauge(name, options).addCallback(options);
        meter.addBatchObservableCallback(name, options);
        meter.removeBatchObservableCallback(name, options);
      }
    }
    const advice = { explicitBucketBoundaries: [3, Number.NaN, 'x', 1, 1, Infinity] as never };
    meter.createHistogram('advised', { advice }).record(2);
    expect(await sampleOf(collector, 'advised_bucket', { ...NOTHING, le: '3' })).toBe(1);
    parseText(await formatPrometheus(collector));
  });

  it('of meters of any sort make meters', () => {
    const provider = meterProvider(makeCollector());
    for (const odd of [undefined, null, 7, {}, Symbol('x')] as never[]) {
      expect(() => provider.getMeter(odd, odd, odd).createCounter('c').add(1)).not.toThrow();
    }
    expect(provider.getMeter('a', '1')).toBe(provider.getMeter('a', '1'));
  });
});

describe('callbacks', () => {
  it('that never come back hold up no others', async () => {
    const { collector, meter } = setUp({ collectTimeout: 0.05 });
    meter.createObservableGauge('stuck').addCallback(() => new Promise(() => {}));
    meter.createObservableGauge('fine').addCallback((result) => result.observe(1));
    expect(await sampleOf(collector, 'fine', NOTHING)).toBe(1);
  });
});

describe('options', () => {
  const collector = makeCollector();
  it.each([
    [{ views: {} }, /views must be a list of views/],
    [{ views: [7] }, /views\[0\] options must be an object/],
    [{ views: [{}] }, /instrumentName must be given/],
    [{ views: [{ name: 'x' }] }, /must be that of one instrument, without \*/],
    [{ views: [{ instrumentName: 'a*', name: 'x' }] }, /without \*/],
    [{ views: [{ instrumentName: 'a', aggregation: 3 }] }, /aggregation must be \{ type/],
    [{ resource: 7 }, /resource must be an object/],
  ])('that are wrong are refused: %j', (options, message) => {
    expect(() => meterProvider(collector, options as never)).toThrow(message);
    expect(() => meterProvider(collector, options as never)).toThrow(
      expect.objectContaining({ name: 'TelemetryError', code: 'invalid_option' }),
    );
  });

  it('without a collector are refused', () => {
    expect(() => meterProvider({} as never)).toThrow(/must be a TelemetryCollector/);
  });
});

it('serves two versions of @opentelemetry/api in one program', async () => {
  const collector = makeCollector();
  const provider: MeterProvider = meterProvider(collector);
  metrics.setGlobalMeterProvider(provider);
  // The other copy finds the provider that was registered with this one.
  const other = (await import(
    'opentelemetry-api-other' as string
  )) as typeof import('@opentelemetry/api');
  expect(other.metrics).not.toBe(metrics);
  other.metrics.getMeter('app').createCounter('c').add(1, { a: 1 });
  metrics.getMeter('app').createCounter('c').add(1, { a: 1 });
  expect(await sampleOf(collector, 'c_total', { a: '1', ...NOTHING })).toBe(2);
});
