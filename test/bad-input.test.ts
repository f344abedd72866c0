import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatJSON,
  formatPrometheus,
  TelemetryError,
  type TelemetryEvent,
} from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { checkMetrics } from './backends/promtool.ts';
import { errors, LINKS, logOf, makeCollector, sampleOf, samplesOf } from './collectors.ts';
import { parseText } from './formats/text-parser.ts';
import { promtoolPath, requirePart } from './parts.ts';

const MEGABYTE = 'x'.repeat(1 << 20);

/** Values that untyped code may pass and that no type checker would accept. */
const anything = (value: unknown) => value as never;

describe('a definition that is not sound', () => {
  const collector = makeCollector();
  const rejected = (code: string, named: string, register: () => unknown) => {
    try {
      register();
    } catch (error) {
      expect(error).toBeInstanceOf(TelemetryError);
      expect(error).toMatchObject({ code, name: 'TelemetryError' });
      expect((error as Error).message).toContain(named);
      return;
    }
    expect.unreachable('it was accepted');
  };

  it.each(['', '1st', 'a-b', 'a b', 'a.b', 'é', 'a\n', '{}', 'nul\0'])(
    'is refused for the name %j',
    (name) => {
      rejected('invalid_name', name, () => collector.registerCounter(name));
      rejected('invalid_name', name, () => collector.registerGauge(name));
      rejected('invalid_name', name, () => collector.registerHistogram(name));
    },
  );

  it.each([undefined, null, 5, {}, [], () => {}, Symbol('name')])(
    'is refused for a name that is no text: %s',
    (name) =>
      rejected('invalid_name', 'metric name', () => collector.registerCounter(anything(name))),
  );

  it.each(['', '1st', 'a-b', 'é', '__name__', '__a', 'otel_metric_overflow', 'a:b'])(
    'is refused for the label name %j',
    (label) => {
      rejected('invalid_label', label, () =>
        collector.registerCounter('a', '', { labelNames: [label] }),
      );
      rejected('invalid_label', label, () =>
        collector.registerCounter('a', '', { labels: { [label]: 'x' } }),
      );
    },
  );

  it('is refused for the label le, on a histogram only', () => {
    rejected('invalid_label', 'le', () =>
      collector.registerHistogram('a', '', { labelNames: ['le'] }),
    );
    rejected('invalid_label', 'le', () =>
      collector.registerHistogram('a', '', { labels: { le: '1' } }),
    );
    collector.registerCounter('le_is_fine_here', '', { labelNames: ['le'] });
  });

  it('is refused for labels that repeat', () => {
    rejected('invalid_label', 'a', () =>
      collector.registerCounter('a', '', { labelNames: ['a', 'a'] }),
    );
    rejected('invalid_label', 'a', () =>
      collector.registerCounter('a', '', { labelNames: ['a'], labels: { a: 'x' } }),
    );
  });

  it.each([null, undefined, {}, [], () => {}, Symbol('v'), 1n])(
    'is refused for a constant label of the value %s',
    (value) => {
      const labels = { a: anything(value) };
      rejected('invalid_label', 'a', () => collector.registerCounter('a', '', { labels }));
    },
  );

  it.each([
    [[]],
    [[2, 1]],
    [[1, 1]],
    [[0, -0]],
    [[Number.NaN]],
    [[1, Number.NaN, 2]],
    [[Number.POSITIVE_INFINITY]],
    [[Number.NEGATIVE_INFINITY, 1]],
    [[Number.POSITIVE_INFINITY, 1]],
    [anything(['1', '2'])],
    [anything([1n, 2n])],
    [anything([null, 1])],
  ])('is refused for the buckets %s', (buckets) => {
    rejected('invalid_buckets', 'are no buckets of h; give finite, rising numbers', () =>
      collector.registerHistogram('h', '', { buckets }),
    );
  });

  it('is refused for an unknown way to combine', () => {
    const combine = anything('median');
    const message = '"median" is no combine of g; choose sum, last, min, max, mean';
    rejected('invalid_combine', message, () => collector.registerGauge('g', '', { combine }));
  });

  it('leaves nothing behind', () => {
    expect([...collector.getAllMetrics().keys()]).toEqual(['le_is_fine_here']);
  });
});

describe('an amount that a metric cannot take', () => {
  const odd = [
    null,
    '5',
    '',
    true,
    {},
    [],
    [1],
    5n,
    Symbol('five'),
    () => 5,
    new Date(5),
    { valueOf: () => 5 },
    {
      valueOf() {
        throw new Error('no');
      },
    },
    Object.create(null),
  ];
  const unless = (numbers: number[]) => [...odd, ...numbers].map(anything);
  const infinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it('changes nothing, and is counted and told of', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total');
    const gauge = collector.registerGauge('g');
    const histogram = collector.registerHistogram('h');
    counter.increment(7);
    gauge.set(7);
    histogram.observe(7);
    const before = await formatPrometheus(collector);
    let refused = 0;
    const refuse = (record: (amount: never) => void, amounts: never[]) => {
      for (const amount of amounts) {
        record(amount);
        refused++;
      }
    };
    for (const c of [counter, counter.labels({})]) {
      refuse((amount) => c.increment(amount), unless([-1, -0.1, ...infinite]));
    }
    for (const g of [gauge, gauge.labels({})]) {
      refuse((value) => g.set(value), [...unless([]), anything(undefined)]);
      refuse((amount) => g.increment(amount), unless(infinite));
      refuse((amount) => g.decrement(amount), unless(infinite));
    }
    for (const h of [histogram, histogram.labels({})]) {
      refuse((value) => h.observe(value), [...unless([Number.NaN]), anything(undefined)]);
    }
    const after = await formatPrometheus(collector);
    const application = (text: string) => text.slice(0, text.indexOf('# HELP telemetry_'));
    expect(application(after)).toBe(application(before));
    expect(await errors(collector, 'invalid_value')).toBe(refused);
    expect(logOf(collector)).toHaveLength(3);
  });
});

describe('labels that do not fit', () => {
  const throwing = {
    get a(): string {
      throw new Error('no');
    },
    b: 'x',
  };
  const unreadable = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('no');
      },
    },
  );
  const misfits = [
    null,
    undefined,
    'text',
    '',
    5,
    true,
    Symbol('s'),
    () => {},
    [],
    ['x', 'y'],
    new Map([['a', 'x']]),
    {},
    { a: 'x' },
    { b: 'x' },
    { a: 'x', b: 'y', c: 'z' },
    { a: 'x', c: 'y' },
    { A: 'x', b: 'y' },
    { a: 'x', b: undefined },
    { a: 'x', b: null },
    { a: 'x', b: {} },
    { a: 'x', b: [] },
    { a: 'x', b: Symbol('s') },
    { a: 'x', b: 1n },
    { a: 'x', b: () => {} },
    throwing,
    unreadable,
  ].map(anything);

  it('record nothing, and are counted and told of', async () => {
    const collector = makeCollector();
    const options = { labelNames: ['a', 'b'] } as const;
    const counter = collector.registerCounter('c_total', '', options);
    const gauge = collector.registerGauge('g', '', options);
    const histogram = collector.registerHistogram('h', '', options);
    // Label sets that do not fit must not be taken for the one that was found last.
    const good = { a: 'x', b: 'y' };
    for (const labels of misfits) {
      counter.increment(1, good);
      counter.increment(100, labels);
      counter.labels(labels).increment(100);
      gauge.set(1, good);
      gauge.set(100, labels);
      gauge.increment(100, labels);
      gauge.decrement(100, labels);
      gauge.setToCurrentTime(labels);
      histogram.observe(1, good);
      histogram.observe(100, labels);
      histogram.labels(labels).startTimer()();
      expect(histogram.time(() => 'result', labels)).toBe('result');
    }
    for (const metric of ['c_total', 'g', 'h_count']) {
      expect(await samplesOf(collector, metric)).toHaveLength(1);
    }
    expect(await sampleOf(collector, 'c_total', good)).toBe(misfits.length);
    expect(await sampleOf(collector, 'g', good)).toBe(1);
    expect(await sampleOf(collector, 'h_sum', good)).toBe(misfits.length);
    expect(await errors(collector, 'invalid_labels')).toBe(misfits.length * 9);
    expect(logOf(collector)).toHaveLength(3);
    expect(logOf(collector)[0]).toContain('the labels must be exactly: a, b');
  });

  it('remove nothing and read as zero', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total', '', { labelNames: ['a', 'b'] });
    counter.increment(1, { a: 'x', b: 'y' });
    for (const labels of misfits) {
      expect(counter.remove(labels)).toBe(false);
      expect(counter.getValue(labels).value).toBe(0);
    }
    expect(await samplesOf(collector, 'c_total')).toHaveLength(1);
  });

  it('include any label at all where the metric has none', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total');
    counter.increment(1, anything({ a: 'x' }));
    counter.increment(1, anything('text'));
    counter.increment(1, {});
    counter.labels({}).increment();
    expect(await sampleOf(collector, 'c_total')).toBe(2);
    expect(await errors(collector, 'invalid_labels')).toBe(2);
  });
});

/** In a browser this would be an element. What matters is that it has cycles and getters. */
class Element {
  readonly children: Element[] = [];
  parent: Element | undefined;
  get [Symbol.toStringTag]() {
    return 'HTMLDivElement';
  }
}

const cyclic: Record<string, unknown> = { name: 'cyclic' };
cyclic.self = cyclic;
const element = new Element();
element.parent = element;
let deep: unknown = 'bottom';
for (let i = 0; i < 10_000; i++) deep = i % 2 ? [deep] : { deep };
const refusing: ProxyHandler<object> = {
  get() {
    throw new Error('trap');
  },
  ownKeys() {
    throw Object.create(null);
  },
  getPrototypeOf() {
    throw Symbol('trap');
  },
};

/** What is recorded, and what of it must be found again. */
const VALUES: [what: string, value: unknown, kept: unknown][] = [
  ['nothing', undefined, null],
  ['a function', () => {}, { reduced: expect.any(String), value: '[function]' }],
  ['a method', { f() {}, n: 1 }, { reduced: expect.any(String), value: { f: '[function]', n: 1 } }],
  ['an element', element, { reduced: expect.any(String), value: '[object HTMLDivElement]' }],
  [
    'a cycle',
    cyclic,
    { reduced: expect.any(String), value: { name: 'cyclic', self: '[circular]' } },
  ],
  [
    'a getter that throws',
    {
      get secret() {
        throw new Error('no');
      },
    },
    { reduced: 'cannot be read', error: expect.stringContaining('no') },
  ],
  [
    'a proxy that throws',
    new Proxy({}, refusing),
    { reduced: 'cannot be read', error: expect.anything() },
  ],
  [
    'a proxy inside',
    { p: new Proxy([], refusing) },
    { reduced: 'cannot be read', error: expect.anything() },
  ],
  ['a revoked proxy', revoked(), { reduced: 'cannot be read', error: expect.anything() }],
  ['a BigInt', 12n, { reduced: expect.any(String), value: '12' }],
  ['a BigInt inside', { n: [1n] }, { reduced: expect.any(String), value: { n: ['1'] } }],
  ['a symbol', Symbol('s'), { reduced: expect.any(String), value: 'Symbol(s)' }],
  ['NaN', Number.NaN, { reduced: expect.any(String), value: 'NaN' }],
  [
    'infinity inside',
    [Number.NEGATIVE_INFINITY],
    { reduced: expect.any(String), value: ['-Infinity'] },
  ],
  ['a Map', new Map([['k', 1]]), { reduced: expect.any(String), value: [['k', 1]] }],
  ['a Set', new Set([1, 'two']), { reduced: expect.any(String), value: [1, 'two'] }],
  ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
  [
    'a Date that is none',
    new Date(Number.NaN),
    { reduced: expect.any(String), value: 'Invalid Date' },
  ],
  ['an Error', new TypeError('bad'), { reduced: expect.any(String), value: 'TypeError: bad' }],
  [
    'an Error beside a Date',
    [new Error('bad'), new Date(0)],
    { reduced: expect.any(String), value: ['Error: bad', expect.stringContaining('1970')] },
  ],
  [
    'a string of 1 MB',
    MEGABYTE,
    { reduced: expect.stringContaining('larger'), value: expect.stringMatching(/^x+\[cut\]$/) },
  ],
  ['10,000 levels', deep, { reduced: expect.any(String), value: expect.anything() }],
  [
    'a huge array',
    new Array(1e6).fill(1),
    { reduced: expect.stringContaining('larger'), value: expect.any(Array) },
  ],
  [
    'a huge array of booleans',
    new Array(1e6).fill(true),
    { reduced: expect.stringContaining('larger'), value: expect.any(Array) },
  ],
  [
    'a huge array of nothing',
    new Array(2 ** 32 - 1),
    { reduced: expect.stringContaining('larger'), value: expect.any(Array) },
  ],
  [
    'a huge Set',
    new Set(Array.from({ length: 1e5 }, (_, i) => i)),
    { reduced: expect.any(String), value: expect.any(Array) },
  ],
  [
    'many fields',
    Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i])),
    { reduced: expect.stringContaining('larger'), value: expect.any(Object) },
  ],
  [
    'what grows by escapes',
    '\u0001'.repeat(60_000),
    { reduced: expect.stringContaining('larger'), value: expect.any(String) },
  ],
  ['a lone surrogate', { s: 'a\ud800' }, { s: 'a\ud800' }],
  [
    'fields named like what objects inherit',
    JSON.parse('{"__proto__": 1, "constructor": 2}'),
    JSON.parse('{"__proto__": 1, "constructor": 2}'),
  ],
  [
    'a class',
    new (class Point {
      x = 1;
    })(),
    { reduced: expect.any(String), value: expect.anything() },
  ],
  [
    'its own JSON',
    {
      toJSON: () => {
        throw new Error('no');
      },
    },
    { reduced: expect.any(String), value: { toJSON: '[function]' } },
  ],
  ['bytes', new Uint8Array(4), { reduced: expect.any(String), value: expect.anything() }],
  ['no prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe.each(LINKS)('events that cannot be copied whole, %s link', (link) => {
  it('are stored as far as possible and say so; recording never throws', async () => {
    const collector = makeCollector({ link });
    for (const [, value] of VALUES) collector.recordEvent('odd', value);
    const events = await collector.getEvents();
    expect(events).toHaveLength(VALUES.length);
    VALUES.forEach(([what, , kept], i) => {
      expect(events[i].value, what).toEqual(kept);
      expect(JSON.stringify(events[i]).length, what).toBeLessThan(66_000);
    });
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(VALUES.length);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
    expect(await errors(collector, 'hook')).toBe(0);
  });

  it('may have them as metadata and labels, too', async () => {
    const collector = makeCollector({ link });
    const seen = vi.fn();
    collector.addHook('odd', seen);
    for (const [, value] of VALUES) {
      collector.recordEvent('odd', 1, anything({ metadata: value, labels: { value } }));
    }
    const noOptions = [null, 5, 'text', () => {}, []];
    const noLabels = [...noOptions, element, cyclic, new Proxy({}, refusing), revoked()];
    for (const options of noOptions) collector.recordEvent('odd', 1, anything(options));
    for (const labels of noLabels) collector.recordEvent('odd', 1, anything({ labels }));
    const events = await collector.getEvents();
    expect(events).toHaveLength(VALUES.length + noOptions.length + noLabels.length);
    expect(seen).toHaveBeenCalledTimes(events.length);
    for (let i = 0; i < VALUES.length; i++) {
      const { value } = (events[i] as TelemetryEvent).labels;
      expect(typeof value).toBe('string');
      expect(value.length).toBeLessThanOrEqual(2048);
    }
  });

  it('may have a name that is no text', async () => {
    const collector = makeCollector({ link });
    const names = [undefined, null, 5, Symbol('s'), Object.create(null), '', MEGABYTE];
    for (const name of names) collector.recordEvent(anything(name));
    const events = await collector.getEvents();
    expect(events.map(({ name }) => name.slice(0, 9))).toEqual([
      'undefined',
      'null',
      '5',
      'Symbol(s)',
      'object',
      '',
      'xxxxxxxxx',
    ]);
  });
});

const TEXTS = [
  '',
  ' ',
  '"quoted"',
  "it's",
  'two\nlines',
  'carriage\rreturn',
  'back\\slash',
  '\\',
  '\\n',
  '\\"',
  '",b="',
  '} 5\n# TYPE x counter',
  '\0',
  '\ud800',
  '\udc00 alone',
  '\u{1f600}',
  '\u2028\u2029\ufeff\ufffe',
  '__proto__',
  'constructor',
  MEGABYTE,
  `${MEGABYTE}y`,
  '\n'.repeat(3000),
  '\u{1f600}'.repeat(3000),
];

describe('any text as label value or description', () => {
  async function exposition(link: (typeof LINKS)[number]): Promise<string> {
    const collector = makeCollector({ link, labels: { constant: TEXTS.join('') } });
    const counter = collector.registerCounter('texts_total', 'Texts', { labelNames: ['a', 'b'] });
    TEXTS.forEach((text, i) => {
      counter.increment(1, { a: text, b: TEXTS[TEXTS.length - 1 - i] });
      collector.registerGauge(`g${i}`, text, { labels: { text } }).set(i);
      collector
        .registerHistogram(`h${i}_seconds`, text, { labelNames: ['text'] })
        .observe(i, { text });
    });
    const text = await formatPrometheus(collector);
    expect(JSON.parse(await formatJSON(collector)).metrics.texts_total).toHaveLength(TEXTS.length);
    // Durations and times in the library's own metrics differ from run to run.
    return text.slice(0, text.indexOf('# HELP telemetry_'));
  }

  it.each(LINKS)(
    'leaves every exposition readable and every series apart, %s link',
    async (link) => {
      const text = await exposition(link);
      const { samples } = parseText(text);
      const series = samples.filter(({ name }) => name === 'texts_total');
      expect(new Set(series.map(({ labels }) => JSON.stringify(labels))).size).toBe(TEXTS.length);
      for (const { labels } of samples) {
        for (const value of Object.values(labels)) {
          expect(value.isWellFormed()).toBe(true);
          expect(value.length).toBeLessThanOrEqual(2048);
        }
      }
      expect(text).toBe(await exposition('inline'));
    },
  );

  it.skipIf(!requirePart('promtool', promtoolPath()))('is what promtool can read', async () => {
    const { parseError } = await checkMetrics(await exposition('inline'));
    expect(parseError).toBeUndefined();
  });

  it('takes a description that is no text', async () => {
    const collector = makeCollector();
    for (const [i, value] of [null, 5, Symbol('s')].entries()) {
      collector.registerCounter(`c${i}`, anything(value));
    }
    for (const value of [{}, Object.create(null)]) {
      expect(() => collector.registerCounter('c', value)).toThrow(TelemetryError);
    }
    parseText(await formatPrometheus(collector));
  });
});

describe('storage that cannot be used', () => {
  it('is told of and counted, and collection goes on in memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
    const file = join(folder, 'file');
    await writeFile(file, 'no directory');
    const collector = makeCollector({ link: 'shared', persist: { name: 'app', directory: file } });
    collector.registerCounter('a_total').increment(3);
    await collector.startCollection();
    await collector.flush();
    expect(await sampleOf(collector, 'a_total')).toBe(3);
    expect((await collector.diagnostics()).storage).toBe('memory');
    expect(await errors(collector, 'storage')).toBe(1);
    expect(logOf(collector)).toEqual([expect.stringContaining('storage cannot be used')]);
    await rm(folder, { recursive: true });
  });
});
