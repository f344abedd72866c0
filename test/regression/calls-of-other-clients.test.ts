/** Tests that calls in the style of other clients are refused, with a message that says what was meant. */
import { type BoundCounter, TelemetryError } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, logOf, makeCollector, samplesOf } from '../collectors.ts';

const anything = (value: unknown) => value as never;

const REGISTER = ['registerCounter', 'registerGauge', 'registerHistogram'] as const;
const OPTIONS = { labelNames: ['method', 'status'] } as const;

describe.each(REGISTER)('%s', (register) => {
  const refusal = (...args: unknown[]): TelemetryError => {
    const collector = makeCollector();
    try {
      (collector[register] as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      expect(error).toBeInstanceOf(TelemetryError);
      expect([...collector.getAllMetrics()]).toEqual([]);
      return error as TelemetryError;
    }
    return expect.unreachable('it was accepted');
  };

  const ORDER = "the order is: name, description, { labelNames: ['method'] }";

  it.each([
    [{ labelNames: ['x'] }, '{ labelNames: object }'],
    [{ description: 'b', unit: 's' }, '{ description: string, unit: string }'],
    [['x', 'y'], '[x,y]'],
  ])('wants a text as description, not %j', (description, given) => {
    const { code, message } = refusal('b', description);
    expect([code, message]).toEqual([
      'invalid_option',
      `${given} is no description of b; ${ORDER}`,
    ]);
  });

  it('takes no object with all in it', () => {
    const { code, message } = refusal({ name: 'b', help: 'B', labelNames: ['x'] });
    expect([code, message]).toEqual([
      'invalid_name',
      `{ name: string, help: string, labelNames: object } is no metric name; ${ORDER}`,
    ]);
  });

  it.each([
    [['method'], '[method]'],
    ['method', '"method"'],
    [5, '5'],
  ])('wants an object of options, not %j', (options, given) => {
    const { code, message } = refusal('b', 'B', options);
    expect([code, message]).toEqual([
      'invalid_option',
      `${given} is no object of options of b; ${ORDER}`,
    ]);
  });

  it.each([
    [['method'], '[method]'],
    ['method', '"method"'],
    [5, '5'],
  ])('wants constant labels with values, not %j', (labels, given) => {
    const { code, message } = refusal('b', 'B', { labels });
    expect([code, message]).toEqual([
      'invalid_label',
      `${given} is no object of labels of b; ` +
        "give constants, { region: 'eu' }; labels that vary are labelNames: ['method']",
    ]);
  });

  it.each([
    ['method', '"method"'],
    [{ method: 'GET' }, '{ method: string }'],
    [5, '5'],
  ])('wants a list of label names, not %j', (labelNames, given) => {
    const { code, message } = refusal('b', 'B', { labelNames });
    expect([code, message]).toEqual([
      'invalid_option',
      `${given} is no array of labelNames of b; ${ORDER}`,
    ]);
  });

  it('tells a name that is reserved from one that is none', () => {
    expect(refusal('b', '', { labelNames: ['otel_metric_overflow'] }).message).toContain(
      '"otel_metric_overflow" is a reserved label name',
    );
    expect(refusal('b', '', { labelNames: ['a-b'] }).message).toContain('"a-b" is no label name');
    const objects = [{ name: 'method' }];
    expect(refusal('b', '', { labelNames: objects }).message).toContain(
      '{ name: string } is no label',
    );
  });

  it('wants a text as unit', () => {
    expect(refusal('b', '', { unit: { name: 's' } }).message).toBe(
      `{ name: string } is no unit of b; ${ORDER}`,
    );
  });
});

describe('labels that are given as values alone', () => {
  it('are refused when they are bound, and counted when they are used', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total', '', OPTIONS);
    const bound = (counter.labels as (...values: never[]) => BoundCounter)(
      anything('GET'),
      anything('200'),
    );
    expect(logOf(collector)).toEqual([
      'utilityfog-telemetry: c_total: the labels must be exactly: method, status (by name); got "GET"',
    ]);
    expect(await errors(collector, 'invalid_labels')).toBe(0);
    bound.increment();
    bound.increment();
    expect(await errors(collector, 'invalid_labels')).toBe(2);
    expect(await samplesOf(collector, 'c_total')).toEqual([]);
  });

  it('are refused by every call that takes labels', async () => {
    const collector = makeCollector();
    const counter = anyMetric(collector.registerCounter('c_total', '', OPTIONS));
    const gauge = anyMetric(collector.registerGauge('g', '', OPTIONS));
    const histogram = anyMetric(collector.registerHistogram('h', '', OPTIONS));
    counter.increment(1, 'GET', '200');
    gauge.set(1, ['GET', '200']);
    gauge.setToCurrentTime('GET', '200');
    histogram.observe(1, 'GET');
    histogram.startTimer('GET')();
    expect(counter.remove('GET', '200')).toBe(false);
    expect(await errors(collector, 'invalid_labels')).toBe(6);
    expect(logOf(collector).map((line) => line.split('; ')[1])).toEqual([
      'got "GET"',
      'got [GET,200]',
      'got "GET"',
    ]);
  });

  it('throw where the collector is strict', () => {
    const strict = makeCollector({ strict: true }).registerCounter('c_total', '', OPTIONS);
    for (const labels of ['GET', {}, undefined, { method: 'GET' }]) {
      expect(() => strict.labels(anything(labels))).toThrow(RangeError);
    }
    expect(() => strict.increment(1, anything('GET'))).toThrow('got "GET"');
    strict.labels({ method: 'GET', status: '200' }).increment();
  });

  it('are told when they are bound, whatever is wrong with them', () => {
    for (const labels of [undefined, null, {}, { method: 'GET' }, { method: 'GET', status: {} }]) {
      const collector = makeCollector();
      collector.registerGauge('g', '', OPTIONS).labels(anything(labels));
      expect(logOf(collector)[0]).toContain('must be exactly: method, status (by name)');
    }
  });
});

describe('labels that come before the number', () => {
  const labels = { method: 'GET', status: '200' };
  const calls = [
    ['registerCounter', 'increment'],
    ['registerGauge', 'set'],
    ['registerGauge', 'increment'],
    ['registerGauge', 'decrement'],
    ['registerHistogram', 'observe'],
  ] as const;

  it.each(calls)('are refused, counted and told by %s, %s', async (register, call) => {
    for (const options of [OPTIONS, {}]) {
      const collector = makeCollector();
      const metric = anyMetric(collector[register]('m', '', options));
      metric[call](labels, 1);
      metric[call](labels);
      const reason = 'labelNames' in options ? 'invalid_labels' : 'invalid_value';
      expect(await errors(collector, reason)).toBe(2);
      expect(logOf(collector)).toEqual([
        `utilityfog-telemetry: m: ${call}({ method: string, status: string }): ` +
          `the number comes first: ${call}(1, labels)`,
      ]);
    }
  });

  it('throw where the collector is strict', () => {
    for (const [register, call] of calls) {
      const metric = anyMetric(makeCollector({ strict: true })[register]('m', '', OPTIONS));
      expect(() => metric[call](labels, 1)).toThrow('the number comes first');
    }
  });
});

describe('a value that is refused', () => {
  it('is shown in the log', () => {
    const collector = makeCollector();
    collector.registerCounter('c_total').increment(anything('5'));
    collector.registerGauge('g').set(anything(undefined));
    expect(logOf(collector).map((line) => line.split(': ')[2])).toEqual([
      'increment("5")',
      'set(undefined)',
    ]);
  });

  it('may be anything', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const endless: unknown[] = [];
    endless.push(endless);
    const strict = makeCollector({ strict: true });
    const gauge = strict.registerGauge('g');
    for (const value of [proxy, endless, Symbol('s'), 1n, Object.create(null), 'x'.repeat(1e6)]) {
      expect(() => gauge.set(anything(value))).toThrow(/^g: set\(.{1,60}\): /);
    }
  });

  it('leaves the series alone that a getter among its labels records to', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total', '', OPTIONS);
    const good = (i: number) => ({ method: `m${i}`, status: '200' });
    // There are many series, so that one object serves them in turn.
    for (let i = 0; i < 2000; i++) counter.increment(1, good(i));
    for (let i = 0; i < 2000; i++) counter.increment(1, good(i));
    const misfit = {
      get method() {
        counter.increment(1, good(1999));
        return 'GET';
      },
      other: 'x',
    };
    const before = counter.getValue(good(1999)).value;
    counter.increment(1e6, anything(misfit));
    expect(counter.getValue(good(1999)).value - before).toBeLessThan(10);
    expect(await errors(collector, 'invalid_labels')).toBe(1);
  });
});

/** A metric as untyped code uses it. */
function anyMetric(metric: object) {
  return metric as Record<string, (...args: unknown[]) => never> & {
    startTimer(...labels: unknown[]): () => number;
  };
}
