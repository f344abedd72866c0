/** Names that are legal only as UTF-8: which are taken, and which two may not stand side by side. */
import { TelemetryError } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it } from 'vitest';
import { logOf, makeCollector } from '../collectors.ts';

const anything = (value: unknown) => value as never;
const utf8 = (options: object = {}) => makeCollector({ names: 'utf8', ...options });

function refused(code: string, named: string | RegExp, register: () => unknown): void {
  try {
    register();
  } catch (error) {
    expect(error).toBeInstanceOf(TelemetryError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(named);
    return;
  }
  expect.unreachable('it was accepted');
}

const LONGEST = '🚀'.repeat(1024);
/** Texts that Prometheus 3 takes as names, and older versions do not. */
const UTF8_ONLY = [
  ...[
    'a.b',
    '1st',
    'with space',
    'quo"te',
    'back\\slash',
    'new\nline',
    '\n',
    '\0',
    '🚀',
    'é',
    '花火',
  ],
  ...['{}', 'a{b="c"} 1', '# EOF', '\r', '\u2028', '\ufeff', '\uffff', '-', '.', 'a:b c'],
];

describe('the option names', () => {
  it('is checked', () => {
    expect(() => makeCollector({ names: anything('utf-8') })).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        message: expect.stringContaining('names must be one of legacy, utf8'),
      }),
    );
  });

  it.each(UTF8_ONLY)('allows %j as a name only with utf8', (name) => {
    for (const collector of [makeCollector(), makeCollector({ names: 'legacy' })]) {
      refused('invalid_name', /one matches .*, unless names: 'utf8'$/, () =>
        collector.registerCounter(name),
      );
      refused('invalid_label', /another that matches .*, unless names: 'utf8'$/, () =>
        collector.registerCounter('a', '', { labelNames: [name] }),
      );
      refused('invalid_label', /unless names: 'utf8'$/, () =>
        collector.registerCounter('a', '', { labels: { [name]: 1 } }),
      );
    }
    expect(() => makeCollector({ labels: { [name]: 1 } })).toThrow("unless names: 'utf8'");
    const collector = utf8({ labels: { [`${name}0`]: 1 } });
    const labels = { [`${name}c`]: 1 };
    const counter = collector.registerCounter<string>(name, '', { labelNames: [name], labels });
    const metrics = [
      counter,
      utf8().registerGauge(name, '', { labelNames: [name], labels }),
      utf8().registerHistogram(name, '', { labelNames: [name], labels }),
      utf8().registerSummary(name, '', { labelNames: [name], labels }),
      utf8().registerStateSet(name, '', { states: ['x'], labels }),
    ];
    expect(metrics.map((metric) => metric.name)).toEqual(metrics.map(() => name));
    expect(collector.getMetric(name)).toBe(counter);
    counter.increment(3, { [name]: 'v' });
    expect(counter.getValue({ [name]: 'v' })).toMatchObject({ value: 3 });
    expect(logOf(collector)).toEqual([]);
  });

  it('allows 1024 characters', () => {
    const collector = utf8({ labels: { [LONGEST]: 1 } });
    const labelNames = [LONGEST];
    expect(collector.registerGauge(LONGEST, '', { labelNames }).name).toBe(LONGEST);
  });

  it.each([
    ['nothing', ''],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate inside', 'a\udc00b'],
    ['1025 characters', `${LONGEST}.`],
  ])('never allows %s', (_, name) => {
    const collector = utf8();
    refused('invalid_name', 'one matches', () => collector.registerGauge(name));
    refused('invalid_label', 'is no label name', () =>
      collector.registerGauge('a', '', { labelNames: [name] }),
    );
    refused('invalid_label', 'is no label name', () =>
      collector.registerGauge('a', '', { labels: { [name]: 1 } }),
    );
    expect(() => utf8({ labels: { [name]: 1 } })).toThrow('is no label name');
  });

  it.each([undefined, null, 5, {}, ['a'], Symbol('a')])('allows no name but a text: %s', (name) => {
    refused('invalid_name', 'is no metric name', () => utf8().registerGauge(anything(name)));
  });

  it('takes legacy names of any length, as without it', () => {
    const name = 'x'.repeat(3000);
    expect(utf8().registerGauge(name, '', { labelNames: [name] }).name).toBe(name);
  });

  it.each(['__name__', '__a.b', 'otel_metric_overflow'])('keeps %j reserved', (label) => {
    const collector = utf8();
    refused('invalid_label', label, () =>
      collector.registerGauge('a', '', { labelNames: [label] }),
    );
    refused('invalid_label', label, () =>
      collector.registerGauge('a', '', { labels: { [label]: 1 } }),
    );
    refused('invalid_label', label, () => collector.registerStateSet(label, '', { states: ['x'] }));
    expect(() => utf8({ labels: { [label]: 1 } })).toThrow(label);
  });

  it('keeps what kinds reserve, and what they demand of names', () => {
    const collector = utf8();
    const labelled = (label: string) => ({ labelNames: [label] });
    refused('invalid_label', 'reserved', () =>
      collector.registerHistogram('a', '', labelled('le')),
    );
    refused('invalid_label', 'reserved', () =>
      collector.registerSummary('a', '', labelled('quantile')),
    );
    const states = { states: ['x'], ...labelled('my.phase') };
    refused('invalid_label', 'reserved', () => collector.registerStateSet('my.phase', '', states));
    refused('invalid_name', 'end it in _info', () => collector.registerInfo('my.build'));
    refused('invalid_name', 'end it in _info', () => collector.registerInfo('my.build.info'));
    expect(collector.registerInfo('my.build_info').name).toBe('my.build_info');
    // Without the option its label would have no legal name.
    refused('invalid_label', 'a:b', () =>
      makeCollector().registerStateSet('a:b', '', { states: ['x'] }),
    );
    expect(collector.registerStateSet('a:b', '', { states: ['x'] }).name).toBe('a:b');
  });

  it.each([
    ['http.wait.seconds', []],
    ['http.wait_seconds', []],
    ['http.wait', ['http.wait_seconds']],
    ['httpseconds', ['httpseconds_seconds']],
  ])('of a unit: %s', async (name, wanted) => {
    const collector = utf8();
    collector.registerGauge(name, '', { unit: 'seconds' });
    await collector.flush();
    expect(logOf(collector).map((line) => /Call it (\S+),/.exec(line)?.[1])).toEqual(wanted);
  });

  it('holds at the edge, too', async () => {
    expect(() => new EdgeCollector().registerCounter('a.b')).toThrow("unless names: 'utf8'");
    const collector = new EdgeCollector({ names: 'utf8' });
    collector.registerCounter('a.b', '', { labelNames: ['c d'] }).increment(2, { 'c d': 'x' });
    expect(() => collector.registerCounter('a_b')).toThrow(
      expect.objectContaining({ code: 'name_conflict' }),
    );
    expect((await collector.getSnapshot()).metrics['a.b']).toMatchObject([
      { value: 2, labels: { 'c d': 'x' } },
    ]);
    await collector.shutdown();
  });
});

describe('two metrics that may be written the same', () => {
  const histogram = { buckets: [1] };
  it.each([
    ['a.b', 'a_b', 'a_b'],
    ['a.b', 'a-b', 'a_b'],
    ['a.b', 'a_dot_b', 'a_dot_b'],
    ['a-b', 'a__b', 'a__b'],
    ['a.b', 'U__a_2e_b', 'U__a_2e_b'],
    ['1a', '_a', '_a'],
    ['🚀', '_', '_'],
    // Scrapers may ask for different schemes.
    ['a-b', 'a..b', 'a__b'],
    ['telemetry_events_total', 'telemetry.events.total', 'telemetry_events_total'],
  ])('%j and %j are refused: both can be %s', (one, other, written) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ]) {
      const collector = utf8();
      // It is there already if it is the collector's own.
      if (!first.startsWith('telemetry')) collector.registerCounter(first);
      if (second.startsWith('telemetry_')) continue;
      refused('name_conflict', '', () => collector.registerCounter(second));
      expect(() => collector.registerCounter(second)).toThrow(
        `${second} and ${first} write the same samples, as they are or escaped (${written}); use another name`,
      );
      // Nothing of it is left behind, and the name is free once the other is gone.
      expect(collector.getMetric(second)).toBeUndefined();
      if (collector.unregister(first)) collector.registerCounter(second).increment();
    }
  });

  it('are refused for the names of their samples, too', () => {
    const collector = utf8();
    collector.registerHistogram('a.b', '', histogram);
    for (const end of ['_bucket', '_sum', '_count']) {
      for (const start of ['a.b', 'a_b', 'a b', 'a_dot_b', 'U__a_2e_b']) {
        refused('name_conflict', 'a.b', () => collector.registerGauge(start + end));
      }
    }
    expect(collector.registerGauge('a.b_total').name).toBe('a.b_total');
    collector.registerGauge('c_d_count');
    refused('name_conflict', 'c_d_count', () => collector.registerHistogram('c.d', '', histogram));
    refused('name_conflict', 'c_d_count', () => collector.registerSummary('c d'));
    expect(collector.registerCounter('c d').name).toBe('c d');
  });

  it.each([
    ['a.b', 'a.c'],
    ['a.b', 'ab'],
    ['a_b', 'a__b'],
    ['U__a_2e_b', 'U__a_2e_c'],
  ])('are not %j and %j', (one, other) => {
    const collector = utf8();
    collector.registerCounter(one);
    expect(collector.registerCounter(other).name).toBe(other);
  });

  it('are the same one if it is registered again', () => {
    const collector = utf8({ onDuplicate: 'reuse' });
    const metric = collector.registerCounter('a.b');
    expect(collector.registerCounter('a.b')).toBe(metric);
    refused('name_conflict', 'a.b', () => collector.registerCounter('a_b'));
    const strict = utf8();
    strict.registerCounter('a.b');
    refused('duplicate_metric', 'a.b is registered already', () => strict.registerCounter('a.b'));
  });
});

describe('two labels that may be written the same', () => {
  it.each([
    ['a.b', 'a_b'],
    ['a.b', 'a b'],
    ['a.b', 'a_dot_b'],
    ['a:b', 'a_b'],
    ['a.b', 'U__a_2e_b'],
    ['a.b', 'a.b'],
  ])('%j and %j are refused', (one, other) => {
    const message = `a: the labels ${one} and ${other} are the same, as they are or escaped (`;
    const register = (options: object) => () => utf8().registerCounter('a', '', options);
    expect(register({ labelNames: [one, other] })).toThrow(message);
    refused('invalid_label', '', register({ labelNames: [one, 'c', other] }));
    expect(register({ labels: { [one]: 1 }, labelNames: [other] })).toThrow(message);
    if (one === other) return;
    expect(register({ labels: { [one]: 1, [other]: 2 } })).toThrow(message);
    expect(() => utf8({ labels: { [one]: 1, [other]: 2 } })).toThrow(
      message.replace('a:', 'labels:'),
    );
  });

  it('are refused beside those that samples have', () => {
    const collector = utf8();
    const phase = { states: ['x'], labelNames: ['my_phase'] };
    refused('invalid_label', 'my.phase and my_phase', () =>
      collector.registerStateSet('my.phase', '', phase),
    );
    const labelNames = ['otel.metric.overflow'];
    refused('invalid_label', 'otel_metric_overflow', () =>
      collector.registerCounter('a', '', { labelNames }),
    );
    expect(() => utf8({ labels: { 'otel.metric.overflow': 1 } })).toThrow('otel_metric_overflow');
  });

  it('are not those of two metrics', () => {
    const collector = utf8();
    collector.registerCounter('a', '', { labelNames: ['a.b'] });
    expect(collector.registerCounter('b', '', { labelNames: ['a_b'] }).name).toBe('b');
  });
});
