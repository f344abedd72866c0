import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { chosenFormat } from '../../src/formats/negotiation.ts';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import { SCOPE } from '../../src/formats/otlp/scope.ts';
import { microseconds, nanosecondText } from '../../src/formats/otlp/times.ts';
import { cachedPrometheusText } from '../../src/formats/prometheus-text-cache.ts';
import type { Exemplar, MetricFamily, NativeBuckets } from '../../src/model.ts';
import { anySnapshot, LEGACY, ODD, rich, richSnapshot } from './any-family.ts';
import { metricsIn, readJsonRequest, readRequest } from './otlp-reader.ts';
import { metricsOf, pointsIn, requestBytes } from './otlp-writer.ts';
import type { Message } from './protobuf-reader.ts';

const TIME = '1632150000500000000';
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const typed = (type: string) => [text('prometheus.type', type)];
const none = { offset: 0, counts: [] };
const CUMULATIVE = 2;

const histogram = (parts: Partial<Parameters<typeof rich>[0]> & { numbers: number[][] }) =>
  rich({ type: 'histogram', data: 'buckets', buckets: [], ...parts } as Parameters<typeof rich>[0]);

describe('OTLP', () => {
  const one = richSnapshot(
    rich({ name: 'a', type: 'counter', labels: { l: 'v' }, numbers: [[1]], created: [1] }),
  );
  const resource = { 'service.name': 's' };

  it('has the bytes that the specification says', () => {
    const hex = (value: string) => Buffer.from(value).toString('hex');
    const expected = [
      '0a8801', // resource metrics of 136 bytes
      `0a150a130a0c${hex('service.name')}12030a01${hex('s')}`, // a resource with an attribute
      '126f', // scope metrics of 111 bytes
      `0a1d0a14${hex('utilityfog-telemetry')}1205${hex('0.1.0')}`, // the scope
      '124e', // a metric of 78 bytes
      `0a01${hex('a')}`, // its name
      `621c0a0f${hex('prometheus.type')}12090a07${hex('counter')}`, // metadata
      '3a2b10021801', // a sum of 43 bytes: cumulative, monotonic
      '0a25', // a point of 37 bytes
      `3a080a01${hex('l')}12030a01${hex('v')}`, // an attribute
      '1100ca9a3b00000000', // since 10^9 nanoseconds
      '1900c5f427c78fa616', // read at 1632150000500000000
      '21000000000000f03f', // 1
    ];
    expect(requestBytes(one, { resource }).toString('hex')).toBe(expected.join(''));
  });

  it('has the JSON that the specification says', () => {
    const sum = [
      '{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[',
      '{"attributes":[{"key":"l","value":{"stringValue":"v"}}],"startTimeUnixNano":"1000000000",',
      '"timeUnixNano":"1632150000500000000","asDouble":1}]}',
    ].join('');
    expect(requestBytes(one, { resource, encoding: 'json' }).toString()).toBe(
      [
        '{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},',
        '"scopeMetrics":[{"scope":{"name":"utilityfog-telemetry","version":"0.1.0"},"metrics":[',
        '{"name":"a","metadata":[{"key":"prometheus.type","value":{"stringValue":"counter"}}],"sum":',
        `${sum}}]}]}]}`,
      ].join(''),
    );
  });

  it('says the version of the package', () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(SCOPE).toMatchObject((({ name, version }) => ({ name, version }))(JSON.parse(manifest)));
  });

  it('is found by its name and its encoding, and by no Accept header', () => {
    const formats = [cachedPrometheusText, otlp] as const;
    expect(chosenFormat(formats, { format: 'otlp' })).toMatchObject({
      format: otlp,
      encoding: 'protobuf',
      contentType: 'application/x-protobuf',
    });
    expect(chosenFormat(formats, { format: 'otlp', encoding: 'json' })).toMatchObject({
      format: otlp,
      encoding: 'json',
      contentType: 'application/json',
    });
    expect(() => chosenFormat(formats, { format: 'otlp', encoding: 'xml' })).toThrow(
      'the format "otlp" has no encoding "xml" of that version; it has protobuf, json',
    );
    for (const accept of ['application/x-protobuf', 'application/json', 'application/*']) {
      expect(chosenFormat(formats, { accept }).format).toBe(cachedPrometheusText);
    }
  });

  it('names the service, also if nobody did', () => {
    const resourceOf = (given?: Record<string, string>) =>
      (readRequest(requestBytes(one, { resource: given })).resourceMetrics as Message[])[0]
        .resource;
    expect(resourceOf()).toEqual({ attributes: [text('service.name', 'unknown_service')] });
    expect(resourceOf({ 'host.name': 'h', 'service.name': 'shop' })).toEqual({
      attributes: [text('service.name', 'shop'), text('host.name', 'h')],
    });
  });

  it('says nothing if there is nothing to say', () => {
    const unused = rich({ labelValues: [], numbers: [] });
    expect(requestBytes(richSnapshot(unused))).toHaveLength(0);
    expect(requestBytes(richSnapshot(), { encoding: 'json' })).toHaveLength(0);
  });

  it('holds counters, gauges, info, state sets and others', () => {
    const point = { timeUnixNano: TIME };
    expect(
      metricsOf(
        rich({
          name: 'jobs_seconds_total',
          description: 'Jobs',
          type: 'counter',
          unit: 'seconds',
          numbers: [[2.5]],
          created: [1600000000.000125],
        }),
        rich({ name: 'temperature', unit: 'parsecs', numbers: [[-1]], created: [5] }),
        rich({ name: 'build_info', type: 'info', labels: { version: '1' } }),
        rich({
          name: 'phase',
          type: 'stateset',
          data: 'states',
          states: ['idle', 'busy'],
          numbers: [[0, 1]],
          created: [5],
        }),
        rich({ name: 'other', type: 'custom', numbers: [[3]] }),
      ),
    ).toEqual([
      {
        name: 'jobs_seconds_total',
        description: 'Jobs',
        unit: 's',
        metadata: typed('counter'),
        sum: {
          aggregationTemporality: CUMULATIVE,
          isMonotonic: true,
          dataPoints: [{ ...point, startTimeUnixNano: '1600000000000125000', asDouble: 2.5 }],
        },
      },
      {
        name: 'temperature',
        unit: 'parsecs',
        metadata: typed('gauge'),
        gauge: { dataPoints: [{ ...point, asDouble: -1 }] },
      },
      {
        name: 'build_info',
        metadata: typed('info'),
        sum: {
          aggregationTemporality: CUMULATIVE,
          dataPoints: [{ ...point, attributes: [text('version', '1')], asDouble: 1 }],
        },
      },
      {
        name: 'phase',
        metadata: typed('stateset'),
        sum: {
          aggregationTemporality: CUMULATIVE,
          dataPoints: ['idle', 'busy'].map((state, i) => ({
            ...point,
            startTimeUnixNano: '5000000000',
            attributes: [text('phase', state)],
            asDouble: i,
          })),
        },
      },
      {
        name: 'other',
        metadata: typed('unknown'),
        gauge: { dataPoints: [{ ...point, asDouble: 3 }] },
      },
    ]);
  });

  it('holds histograms and summaries', () => {
    const [classic, summary] = metricsOf(
      histogram({ buckets: [0.5, 2], numbers: [[2.5, 1, 2, 3]] }),
      rich({
        type: 'summary',
        data: 'quantiles',
        quantiles: [0.25, 0.5, 1],
        numbers: [[12, 3, -1, 4, NaN]],
      }),
    );
    expect(classic.histogram).toEqual({
      aggregationTemporality: CUMULATIVE,
      dataPoints: [
        {
          timeUnixNano: TIME,
          count: '6',
          sum: 2.5,
          bucketCounts: ['1', '2', '3'],
          explicitBounds: [0.5, 2],
        },
      ],
    });
    expect(summary.summary).toEqual({
      dataPoints: [
        {
          timeUnixNano: TIME,
          count: '3',
          sum: 12,
          // No value may be negative.
          quantileValues: [
            { quantile: 0.5, value: 4 },
            { quantile: 1, value: NaN },
          ],
        },
      ],
    });
  });

  it('leaves out the sum of a histogram that has negative observations', () => {
    const points = pointsIn(
      metricsOf(
        histogram({ buckets: [1], numbers: [[-1, 1, 2]] }),
        histogram({ buckets: [-1, 1], numbers: [[5, 0, 0, 2]] }),
        histogram({ buckets: [1], numbers: [[0, 0, 0]] }),
      ),
    );
    expect(points.map(({ sum }) => sum)).toEqual([undefined, undefined, 0]);
  });

  it('numbers native buckets by their lower bounds, and has no place for infinite values', () => {
    const natives = [
      {
        schema: 3,
        zeroThreshold: 0.5,
        zeroCount: 1,
        positive: { offset: -2, counts: [0, 4, 0, 3, 0], infinite: 7 },
        negative: { offset: 7, counts: [4], infinite: 1 },
      },
      {
        schema: 3,
        zeroThreshold: 0,
        zeroCount: 0,
        positive: { ...none, infinite: 1 },
        negative: none,
      },
    ];
    const labelValues = [['a'], ['b']];
    const numbers = [
      [10, 20],
      [Infinity, 1],
    ];
    const points = pointsIn(
      metricsOf(histogram({ labelNames: ['l'], labelValues, numbers, natives })),
    );
    expect(points).toEqual([
      {
        attributes: [text('l', 'a')],
        timeUnixNano: TIME,
        count: '12',
        sum: 10,
        scale: 3,
        zeroCount: '1',
        positive: { offset: -2, bucketCounts: ['4', '0', '3'] },
        negative: { offset: 6, bucketCounts: ['4'] },
        zeroThreshold: 0.5,
      },
      {
        attributes: [text('l', 'b')],
        timeUnixNano: TIME,
        count: '0',
        sum: 0,
        scale: 3,
        zeroCount: '0',
      },
    ]);
  });

  it('sends the native buckets of a histogram that has others, too', () => {
    const native = { schema: 0, zeroThreshold: 0, zeroCount: 3, positive: none, negative: none };
    const [metric] = metricsOf(
      histogram({ buckets: [1], numbers: [[1, 3, 0]], natives: [native] }),
    );
    expect(metric).toHaveProperty('exponentialHistogram');
    expect(metric).not.toHaveProperty('histogram');
  });

  it('calls the overflow series as OpenTelemetry does', () => {
    const family = rich({ type: 'counter', labels: { c: '1' }, labelNames: ['l'] });
    const overflow = { labelNames: ['otel_metric_overflow'], labelValues: ['true'] };
    const [point] = pointsIn(metricsOf({ ...family, series: [overflow] }));
    expect(point.attributes).toEqual([
      text('c', '1'),
      { key: 'otel.metric.overflow', value: { boolValue: true } },
    ]);
  });

  it('has the IDs of traces in exemplars, and other labels as attributes', () => {
    const trace_id = '5B8EFFF798038103D269B633813FC60C';
    const labels: Exemplar['labels'][] = [
      { trace_id, span_id: 'eee19b7ec3c1b174', user: 'a' },
      { trace_id: '0'.repeat(32), span_id: 'xyz' },
    ];
    const exemplars = labels.map((one, i) => ({ labels: one, value: i, timestamp: i && 1.5 }));
    const counter = rich({ type: 'counter' });
    const [{ exemplars: written }] = pointsIn(
      metricsOf({ ...counter, exemplars: new Map([[counter.series[0], exemplars]]) }),
    );
    expect(written).toEqual([
      {
        asDouble: 0,
        traceId: trace_id.toLowerCase(),
        spanId: 'eee19b7ec3c1b174',
        filteredAttributes: [text('user', 'a')],
      },
      {
        timeUnixNano: '1500000000',
        asDouble: 1,
        filteredAttributes: [text('trace_id', '0'.repeat(32)), text('span_id', 'xyz')],
      },
    ]);
  });

  it('has exact nanoseconds', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 53 - 1 }), (time) => {
        expect(nanosecondText(time)).toBe(String(BigInt(time) * 1000n));
        const at = time / 1e6;
        const [{ timeUnixNano = '0' }] = pointsIn(
          metricsIn(readRequest(requestBytes({ ...richSnapshot(rich({})), timestamp: at }))),
        );
        expect(timeUnixNano).toBe(nanosecondText(microseconds(at)));
      }),
    );
    // A clock that counts milliseconds is taken at its word, although its seconds are no such numbers.
    expect(microseconds(1632150000.123)).toBe(1632150000123000);
    expect([NaN, -1, Infinity, 1e300].map(microseconds)).toEqual([0, 0, 0, 2 ** 53 - 1]);
  });

  it('never lets a series begin after it was read', () => {
    const late = rich({ type: 'counter', created: [4e9] });
    expect(pointsIn(metricsOf(late))[0].startTimeUnixNano).toBe(TIME);
  });

  it('reads back as what it was, for any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot(LEGACY), (any) => {
        const families = any.families.filter((family) => expectedPoints(family).length > 0);
        const bytes = requestBytes(any);
        const read = bytes.length > 0 ? metricsIn(readRequest(bytes)) : [];
        expect(read.map(({ name, description = '' }) => [name, description])).toEqual(
          families.map(({ name, description }) => [name, description.toWellFormed()]),
        );
        families.forEach((family, i) => {
          expect(pointsIn([read[i]])).toEqual(expectedPoints(family));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('says the same as protobuf and as JSON, for any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot(ODD), (any) => {
        const json = requestBytes(any, { encoding: 'json' });
        const bytes = requestBytes(any);
        expect(json.length > 0).toBe(bytes.length > 0);
        if (bytes.length > 0) expect(readJsonRequest(json)).toEqual(readRequest(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['protobuf', 'json'] as const)(
    'writes over times and values only where nothing else has changed: %s',
    (encoding) => {
      const labelNames = ['i'];
      const series = ['a', 'b', 'c'].map((value) => ({ labelNames, labelValues: [value] }));
      // What is later than the snapshot was recorded before the clock was set back.
      const time = fc.constantFrom(1_632_150_000.5, 1_632_150_001, 1_632_149_000);
      const step = fc.record({
        type: fc.constantFrom('counter', 'counter', 'gauge'),
        values: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        timestamp: time,
        created: fc.option(fc.constantFrom(1_632_149_500, 1_632_150_000.75), { nil: undefined }),
        isTraced: fc.constantFrom(false, false, true),
        isRead: fc.constantFrom(false, false, true),
      });
      fc.assert(
        fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
          const writer = otlp.open();
          for (const { type, values, timestamp, created, isTraced, isRead } of steps) {
            const exemplar = { labels: { trace_id: 'x' }, value: 1, timestamp };
            const family = {
              ...rich({ type, labelNames, numbers: values.map((value) => [value]) }),
              series,
              created: created && [0, created, created],
              exemplars: isTraced ? new Map([[series[0], [exemplar]]]) : undefined,
            };
            const any = { ...richSnapshot(family), timestamp };
            const { pieces, done } = runToEnd(writer.write(any, { encoding }));
            const bytes = Buffer.concat(pieces);
            if (!isRead) done();
            expect(bytes.equals(requestBytes(any, { encoding }))).toBe(true);
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(['protobuf', 'json'] as const)(
    'remembers attributes, and in %s it does not show',
    (encoding) => {
      const labelNames = ['i'];
      // There are more points than fit a chunk.
      const all = Array.from({ length: 700 }, (_, i) => ({ labelNames, labelValues: [`${i}é`] }));
      const lists = [all, all.slice(0, 300), all.slice(1), [...all].reverse()];
      const step = fc.record({
        list: fc.nat(lists.length - 1),
        form: fc.constantFrom('counter', 'gauge', 'classic', 'native'),
        value: fc.nat(),
        isRead: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
          const writer = otlp.open();
          for (const { list, form, value, isRead } of steps) {
            const series = lists[list];
            const native = { schema: 0, zeroThreshold: 0, zeroCount: value, positive: none };
            const family =
              form === 'counter' || form === 'gauge'
                ? rich({ type: form, labelNames, numbers: series.map((_, i) => [value + i]) })
                : histogram({
                    labelNames,
                    numbers: series.map((_, i) => [value, i]),
                    natives:
                      form === 'native'
                        ? series.map(() => ({
                            ...native,
                            negative: { offset: 1, counts: [value] },
                          }))
                        : undefined,
                  });
            const any = richSnapshot({ ...family, series });
            const { pieces, done } = runToEnd(writer.write(any, { encoding }));
            const bytes = Buffer.concat(pieces);
            // Otherwise somebody reads the bytes still, and nothing may be written over them.
            if (!isRead) done();
            expect(bytes.equals(requestBytes(any, { encoding }))).toBe(true);
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  it('is written in parts', () => {
    const labelNames = ['i'];
    const labelValues = Array.from({ length: 10_000 }, (_, i) => [`${i}`]);
    const numbers = labelValues.map(() => [1]);
    const writing = otlp.open().write(richSnapshot(rich({ labelNames, labelValues, numbers })), {});
    let parts = 0;
    while (!writing.next().done) parts++;
    expect(parts).toBeGreaterThan(30);
  });
});

/** Returns the points that a family stands for, straight from the definition of the messages. */
function expectedPoints(family: MetricFamily): unknown[] {
  return family.series.flatMap((series, i): unknown[] => {
    const width = family.values.length / family.series.length;
    const numbers = [...family.values.subarray(i * width, (i + 1) * width)];
    const attributes = [
      ...Object.entries(family.labels),
      ...series.labelNames.map((name, j) => [name, series.labelValues[j]]),
    ].map(([key, value]) => text(key, value));
    const isCounting = !['gauge', 'other'].includes(family.type);
    const since = isCounting ? (family.created?.[i] ?? 0) : 0;
    const earliest = Math.min(since, 1632150000.5);
    const head = {
      timeUnixNano: TIME,
      ...(since > 0 && {
        startTimeUnixNano: String(BigInt(Math.round(earliest * 1e6)) * 1000n),
      }),
    };
    const exemplars = (family.exemplars?.get(series) ?? []).flatMap(expectedExemplar);
    const all = { ...head, ...some({ attributes }), ...some({ exemplars }) };
    if (family.data === 'states') {
      return family.states.map((state, j) => ({
        ...head,
        attributes: [...attributes, text(family.name, state)],
        asDouble: numbers[j],
      }));
    }
    if (family.data === 'quantiles') {
      const [sum, count, ...values] = numbers;
      const quantileValues = family.quantiles
        .map((quantile, j) => ({ quantile, value: values[j] }))
        .filter(({ value }) => Number.isNaN(value) || value >= 0);
      const sent = { count: String(count), sum: count === 0 ? 0 : sum };
      return [{ ...head, ...some({ attributes }), ...sent, ...some({ quantileValues }) }];
    }
    if (family.data === 'buckets') {
      const point = family.natives ? exponential(family, i, numbers[0]) : classic(family, numbers);
      return [{ ...all, ...point }];
    }
    const value = { asDouble: numbers[0] };
    return [
      family.type === 'counter'
        ? { ...all, ...value }
        : { ...head, ...some({ attributes }), ...value },
    ];
  });
}

/** Returns the field unless it is an empty list. */
function some(field: Record<string, readonly unknown[]>): Record<string, readonly unknown[]> {
  return Object.values(field)[0].length > 0 ? field : {};
}

function expectedExemplar(exemplar: Exemplar | undefined): unknown[] {
  if (!exemplar) return [];
  const { labels, value, timestamp } = exemplar;
  // No arbitrary exemplar has a valid ID.
  const filteredAttributes = Object.entries(labels).map(([key, one]) => text(key, one));
  const time = { timeUnixNano: String(BigInt(Math.round(timestamp * 1e6)) * 1000n) };
  return [{ ...(timestamp > 0 && time), asDouble: value, ...some({ filteredAttributes }) }];
}

function classic(family: MetricFamily, [sum, ...counts]: number[]) {
  const { buckets: explicitBounds } = family as {
    readonly buckets: readonly number[];
  } & MetricFamily;
  const count = counts.reduce((total, one) => total + one, 0);
  const hasSum = !(explicitBounds[0] < 0) && !(count > 0 && sum < 0) && !(sum < 0);
  return {
    count: String(count),
    ...(hasSum && { sum: count === 0 ? 0 : sum }),
    bucketCounts: counts.map(String),
    ...some({ explicitBounds }),
  };
}

function exponential(family: MetricFamily, i: number, sum: number) {
  const { schema, zeroThreshold, zeroCount, positive, negative } = family.natives![i];
  const side = (name: string, { offset, counts }: NativeBuckets) => {
    const all = [...(counts as number[])];
    let first = offset;
    while (all.at(-1) === 0) all.pop();
    for (; all[0] === 0; first++) all.shift();
    return all.length > 0 ? { [name]: { offset: first - 1, bucketCounts: all.map(String) } } : {};
  };
  const counts = [...(positive.counts as number[]), ...(negative.counts as number[])];
  const count = counts.reduce((total, one) => total + one, zeroCount);
  return {
    count: String(count),
    sum: count === 0 ? 0 : sum,
    scale: schema,
    zeroCount: String(zeroCount),
    ...side('positive', positive),
    ...side('negative', negative),
    ...(zeroThreshold > 0 && { zeroThreshold }),
  };
}
