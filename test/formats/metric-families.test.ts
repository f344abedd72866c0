import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { FormatWriter } from '../../src/formats/format.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import type { Escaping } from '../../src/kinds/escaping.ts';
import type { Exemplar, MetricFamily, NativeBuckets, Snapshot } from '../../src/model.ts';
import { anySnapshot, LEGACY, ODD, rich, richSnapshot } from './any-family.ts';
import { type Message, readFamilies } from './protobuf-reader.ts';

function bytesOf(writer: FormatWriter, snapshot: Snapshot, escaping?: Escaping): Buffer {
  const { pieces, done } = runToEnd(writer.write(snapshot, { escaping }));
  const bytes = Buffer.concat(pieces);
  done();
  return bytes;
}
const written = (...families: MetricFamily[]) =>
  readFamilies(bytesOf(metricFamilies.open(), richSnapshot(...families)));
const metricsOf = (...families: MetricFamily[]) =>
  written(...families).flatMap(({ metric }) => metric as Message[]);
const none = { offset: 0, counts: [] };

describe('protobuf', () => {
  it('has the bytes that the specification says', () => {
    const bytes = bytesOf(
      metricFamilies.open(),
      richSnapshot(rich({ name: 'a', type: 'counter', labels: { l: 'v' }, numbers: [[1]] })),
    );
    const expected = [
      '1a', // 26 bytes
      '0a0161', // the name
      '1800', // the type
      '2213', // a metric of 19 bytes
      '0a06', // a label of 6 bytes
      '0a016c120176', // its name and its value
      '1a09', // a counter of 9 bytes
      '09000000000000f03f', // 1
    ];
    expect(bytes.toString('hex')).toBe(expected.join(''));
  });

  it('holds counters, gauges, info, state sets and others', () => {
    expect(
      written(
        rich({
          name: 'jobs_seconds_total',
          description: 'Jobs',
          type: 'counter',
          unit: 'seconds',
          numbers: [[2.5]],
          created: [1600000000.000125],
        }),
        rich({ name: 'build_info', type: 'info' }),
        rich({
          name: 'phase',
          type: 'stateset',
          data: 'states',
          states: ['idle', 'busy'],
          numbers: [[0, 1]],
        }),
        rich({ name: 'other', type: 'custom', numbers: [[-1]] }),
        rich({ name: 'unused', labelValues: [], numbers: [] }),
      ),
    ).toEqual([
      {
        name: 'jobs_seconds_total',
        help: 'Jobs',
        type: 0,
        unit: 'seconds',
        metric: [
          {
            label: [],
            counter: { value: 2.5, created_timestamp: { seconds: 1600000000, nanos: 125_000 } },
          },
        ],
      },
      { name: 'build_info', type: 1, metric: [{ label: [], gauge: { value: 1 } }] },
      {
        name: 'phase',
        type: 1,
        metric: ['idle', 'busy'].map((value, i) => ({
          label: [{ name: 'phase', value }],
          gauge: { value: i },
        })),
      },
      { name: 'other', type: 3, metric: [{ label: [], untyped: { value: -1 } }] },
    ]);
  });

  it('writes native buckets as spans and deltas, and fills small gaps', () => {
    const [metric] = metricsOf(
      rich({
        type: 'histogram',
        data: 'buckets',
        buckets: [],
        numbers: [[10, 17]],
        natives: [
          {
            schema: 3,
            zeroThreshold: 0.5,
            zeroCount: 1,
            positive: { offset: -2, counts: [0, 4, 0, 0, 3, 0, 0, 0, 5, 0] },
            negative: { offset: 7, counts: [4] },
          },
        ],
      }),
    );
    expect(metric.histogram).toEqual({
      sample_count: 17,
      sample_sum: 10,
      bucket: [],
      schema: 3,
      zero_threshold: 0.5,
      zero_count: 1,
      negative_span: [{ offset: 7, length: 1 }],
      negative_delta: [4],
      negative_count: [],
      positive_span: [
        { offset: -1, length: 4 },
        { offset: 3, length: 1 },
      ],
      positive_delta: [4, -4, 0, 3, 2],
      positive_count: [],
      exemplars: [],
    });
  });

  it.each([
    [3, 8193],
    [0, 1025],
    [-4, 65],
  ])(
    'has infinite values in the bucket behind the greatest number, at schema %i',
    (schema, last) => {
      const [metric] = metricsOf(
        rich({
          type: 'histogram',
          data: 'buckets',
          buckets: [],
          numbers: [[Infinity, 6]],
          natives: [
            {
              schema,
              zeroThreshold: 0.5,
              zeroCount: 0,
              positive: { offset: 2, counts: [1], infinite: 3 },
              negative: { offset: 0, counts: [], infinite: 2 },
            },
          ],
        }),
      );
      expect(metric.histogram).toMatchObject({
        sample_count: 6,
        negative_span: [{ offset: last, length: 1 }],
        negative_delta: [2],
        positive_span: [
          { offset: 2, length: 1 },
          { offset: last - 3, length: 1 },
        ],
        positive_delta: [1, 2],
      });
    },
  );

  it('shows that buckets are native although there were no observations', () => {
    const empty = { schema: 3, zeroThreshold: 0, zeroCount: 0, positive: none, negative: none };
    const family = { type: 'histogram', data: 'buckets', buckets: [], numbers: [[0, 0]] } as const;
    const [metric] = metricsOf(rich({ ...family, natives: [empty] }));
    expect(metric.histogram).toMatchObject({
      sample_count: 0,
      zero_threshold: 5e-324,
      positive_span: [{ offset: 0, length: 0 }],
      bucket: [],
    });
  });

  it('says of a histogram the number of observations that its native buckets have', () => {
    const native = { schema: 0, zeroThreshold: 0, zeroCount: 3, positive: none, negative: none };
    const counted = (numbers: number[]) =>
      metricsOf(
        rich({
          type: 'histogram',
          data: 'buckets',
          buckets: [],
          natives: [native],
          numbers: [numbers],
        }),
      ).map(({ histogram }) => (histogram as Message).sample_count);
    // One was recorded between the readings of the two.
    expect(counted([1, 4])).toEqual([3]);
    expect(counted([NaN, 4])).toEqual([4]);
  });

  it('shows exemplars in the buckets, and those of native ones with their time', () => {
    const exemplars = [
      { labels: { id: 'a' }, value: 0.5, timestamp: 1.5 },
      undefined,
      { labels: { id: 'x'.repeat(127) }, value: 2, timestamp: 1 },
      { labels: { id: 'b' }, value: 3, timestamp: 0 },
    ];
    const native = { schema: 0, zeroThreshold: 0, zeroCount: 3, positive: none, negative: none };
    const family = rich({
      type: 'histogram',
      data: 'buckets',
      buckets: [1, 2, 3],
      numbers: [[0, 1, 1, 1, 0]],
      natives: [native],
    });
    const [metric] = metricsOf({ ...family, exemplars: new Map([[family.series[0], exemplars]]) });
    const a = {
      label: [{ name: 'id', value: 'a' }],
      value: 0.5,
      timestamp: { seconds: 1, nanos: 5e8 },
    };
    expect(metric.histogram).toMatchObject({
      bucket: [
        { cumulative_count: 1, upper_bound: 1, exemplar: a },
        { cumulative_count: 2, upper_bound: 2 },
        { cumulative_count: 3, upper_bound: 3 },
        {
          cumulative_count: 3,
          upper_bound: Infinity,
          exemplar: { label: [{ name: 'id', value: 'b' }], value: 3 },
        },
      ],
      exemplars: [a],
    });
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 3_000_000])('a text of %d bytes is whole', (length) => {
    const text = 'é'.repeat(length / 2) + 'x'.repeat(length % 2);
    const [{ help = '', metric }] = written(rich({ description: text, labels: { l: text } }));
    expect(help === text).toBe(true);
    expect((metric as { label: Message[] }[])[0].label[0].value === text).toBe(true);
  });

  it('reads back as what it was, for any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot(LEGACY), (any) => {
        const read = readFamilies(bytesOf(metricFamilies.open(), any));
        const expected = any.families.filter(({ series }) => series.length > 0);
        expect(read.map(({ name, help = '', unit = '' }) => [name, help, unit])).toEqual(
          expected.map(({ name, description, unit }) => [name, description.toWellFormed(), unit]),
        );
        expected.forEach((family, i) => {
          expect(read[i].metric).toEqual(expectedMetrics(family));
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each(['underscores', 'dots', 'values'] as const)(
    'has no name twice where names are escaped by %s',
    (escaping) => {
      fc.assert(
        fc.property(anySnapshot(ODD), (any) => {
          const read = readFamilies(bytesOf(metricFamilies.open(), any, escaping));
          const names = read.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^[a-zA-Z_:][\w:]*$/);
          for (const { label } of read.flatMap(({ metric }) => metric as { label: Message[] }[])) {
            const labels = label.map((pair) => pair.name);
            expect(new Set(labels).size).toBe(labels.length);
            for (const one of labels) expect(one).toMatch(/^(?!__)[a-zA-Z_]\w*$/);
          }
        }),
      );
    },
  );

  it('shows an exemplar, a number and a time of creation no longer than they are there', () => {
    const writer = metricFamilies.open();
    const labelValues = [['a'], ['b']];
    const counter = rich({ type: 'counter', labelNames: ['l'], labelValues, numbers: [[1], [2]] });
    const exemplar = { labels: { id: 'x' }, value: 1, timestamp: 2 };
    const steps: Partial<Pick<MetricFamily, 'exemplars' | 'created'>>[] = [
      { exemplars: new Map([[counter.series[1], [exemplar]]]) },
      {},
      { created: [5, 6] },
      { created: [5, 7] },
      { created: [0, 7], exemplars: new Map([[counter.series[0], [exemplar]]]) },
      { created: [0, 7] },
      {},
    ];
    for (const step of steps) {
      counter.values[0]++;
      const any = richSnapshot({ ...counter, ...step });
      expect(readFamilies(bytesOf(writer, any))).toEqual(
        readFamilies(bytesOf(metricFamilies.open(), any)),
      );
    }
  });

  it('remembers the last snapshot, and it does not show', () => {
    const labelNames = ['i'];
    // There are more messages than fit a chunk, so that there are several chunks.
    const all = Array.from({ length: 1500 }, (_, i) => ({ labelNames, labelValues: [`${i}é`] }));
    const lists = [all, all.slice(0, 1100)];
    const step = fc.record({
      list: fc.nat(1),
      form: fc.constantFrom('counter', 'classic', 'native'),
      changed: fc.constantFrom(0, 1, 7, 1000),
      value: fc.nat(),
      created: fc.constantFrom(undefined, 0, 5, 1632150000.25),
      example: fc.constantFrom(undefined, 'a', 'abc'),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const writer = metricFamilies.open();
        const created = Float64Array.from({ length: 1500 }, (_, i) => i % 3);
        const values: Record<number, number> = {};
        for (const { list, form, changed, value, example, isRead, ...rest } of steps) {
          const series = lists[list];
          for (let i = 0; i < changed; i++) {
            values[(i * 37) % 1500] = value;
            created[(i * 41) % 1500] = rest.created ?? 0;
          }
          const exemplar = { labels: { id: example ?? '' }, value: 1, timestamp: 2 };
          const head = {
            labelNames,
            created: rest.created === undefined ? undefined : created.slice(0, series.length),
          };
          const natives = series.map((_, i) => ({
            schema: 0,
            zeroThreshold: 0,
            zeroCount: values[i] ?? i,
            positive: { offset: 1, counts: [1, value] },
            negative: none,
          }));
          const family =
            form === 'counter'
              ? rich({ ...head, type: 'counter', numbers: series.map((_, i) => [values[i] ?? i]) })
              : rich({
                  ...head,
                  type: 'histogram',
                  data: 'buckets',
                  buckets: [],
                  numbers: series.map((_, i) => [values[i] ?? i, i]),
                  natives: form === 'native' ? natives : undefined,
                });
          const exemplars = example
            ? new Map(series.flatMap((one, i) => (i % 5 ? [] : [[one, [exemplar]] as const])))
            : undefined;
          const any = richSnapshot({ ...family, series, exemplars });
          const { pieces, done } = runToEnd(writer.write(any, {}));
          const bytes = Buffer.concat(pieces);
          if (!isRead) done();
          expect(bytes.equals(bytesOf(metricFamilies.open(), any))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** Returns the metrics that a family stands for, straight from the definition of the message. */
function expectedMetrics(family: MetricFamily): unknown[] {
  return family.series.flatMap((series, i): unknown[] => {
    const width = family.values.length / family.series.length;
    const numbers = [...family.values.subarray(i * width, (i + 1) * width)];
    const label = [
      ...Object.entries(family.labels),
      ...series.labelNames.map((name, j) => [name, series.labelValues[j]]),
    ].map(([name, value]) => ({ name, value }));
    const created = family.created?.[i] ? { created_timestamp: time(family.created[i]) } : {};
    if (family.data === 'states') {
      return family.states.map((state, j) => ({
        label: [...label, { name: family.name, value: state }],
        gauge: { value: numbers[j] },
      }));
    }
    if (family.data === 'quantiles') {
      const quantile = family.quantiles.map((one, j) => ({
        quantile: one,
        value: numbers[2 + j],
      }));
      const [sum, count] = numbers;
      return [{ label, summary: { sample_count: count, sample_sum: sum, quantile, ...created } }];
    }
    if (family.data === 'buckets')
      return [{ label, histogram: { ...histogram(family, i), ...created } }];
    const [value] = numbers;
    const fields = new Map([
      ['counter', 'counter'],
      ['gauge', 'gauge'],
      ['info', 'gauge'],
    ]);
    const field = fields.get(family.type) ?? 'untyped';
    if (field !== 'counter') return [{ label, [field]: { value } }];
    const exemplar = expectedExemplar(family.exemplars?.get(series)?.[0]);
    return [{ label, counter: { value, ...(exemplar && { exemplar }), ...created } }];
  });
}

function histogram(family: MetricFamily, i: number): Message {
  if (family.data !== 'buckets') throw new Error('no histogram');
  const width = family.buckets.length + 2;
  const [sum, ...counts] = family.values.subarray(i * width, (i + 1) * width);
  const native = family.natives?.[i];
  const examples = family.exemplars?.get(family.series[i]) ?? [];
  const isOne = counts.length === 1;
  const some = isOne ? [examples.find((one) => one)] : examples;
  let count = 0;
  const bucket = [...family.buckets, Infinity].map((bound, j) => {
    count += counts[j];
    const exemplar = expectedExemplar(some[j]);
    return { cumulative_count: count, upper_bound: bound, ...(exemplar && { exemplar }) };
  });
  const empty = {
    negative_span: [],
    negative_delta: [],
    negative_count: [],
    positive_span: [],
    positive_delta: [],
    positive_count: [],
    exemplars: [],
  };
  if (!native) return { sample_count: count, sample_sum: sum, bucket, ...empty };
  const { positive, negative, zeroCount, zeroThreshold, schema } = native;
  const total = [...Array.from(positive.counts), ...Array.from(negative.counts), zeroCount].reduce(
    (a, b) => a + b,
  );
  const [positiveSpans, positiveDeltas] = spans(positive);
  const [negativeSpans, negativeDeltas] = spans(negative);
  return {
    ...empty,
    sample_count: Number.isNaN(sum) ? Math.max(total, count) : total,
    sample_sum: sum,
    bucket: isOne && !some[0] ? [] : bucket,
    schema,
    zero_threshold: total === 0 && zeroThreshold === 0 ? 5e-324 : zeroThreshold,
    zero_count: zeroCount,
    positive_span: total === 0 ? [{ offset: 0, length: 0 }] : positiveSpans,
    positive_delta: positiveDeltas,
    negative_span: negativeSpans,
    negative_delta: negativeDeltas,
    exemplars: examples
      .filter((one) => one && one.timestamp > 0)
      .flatMap((one) => expectedExemplar(one) ?? []),
  };
}

/** Returns spans and deltas, made bucket by bucket. */
function spans({ offset, counts }: NativeBuckets): [Message[], number[]] {
  const filled = Array.from(counts).flatMap((count, i) => (count > 0 ? [offset + i] : []));
  const written = filled.flatMap((index, i) => {
    const next = filled[i + 1] ?? index;
    const isNear = next - index <= 3;
    return isNear ? Array.from({ length: next - index || 1 }, (_, j) => index + j) : [index];
  });
  const all: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let before = 0;
  written.forEach((index, i) => {
    const gap = index - (i === 0 ? 0 : written[i - 1] + 1);
    if (i === 0 || gap > 0) all.push({ offset: gap, length: 1 });
    else all.at(-1)!.length++;
    const count = counts[index - offset];
    deltas.push(count - before);
    before = count;
  });
  return [all, deltas.map((delta) => delta + 0)];
}

function expectedExemplar(exemplar: Exemplar | undefined): Message | undefined {
  if (!exemplar) return undefined;
  const pairs = Object.entries(exemplar.labels);
  if ([...pairs.flat().join('')].length > 128) return undefined;
  const { value, timestamp } = exemplar;
  return {
    label: pairs.map(([name, text]) => ({ name, value: text })),
    value,
    ...(timestamp > 0 && { timestamp: time(timestamp) }),
  };
}

const time = (seconds: number) => ({
  seconds: Math.floor(seconds),
  nanos: Math.round((seconds % 1) * 1000) * 1e6,
});
