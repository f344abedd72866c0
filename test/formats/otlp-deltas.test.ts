import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import type { MetricFamily, SeriesLabels, Snapshot } from '../../src/model.ts';
import { rich, richSnapshot } from './any-family.ts';
import { metricsIn, readRequest } from './otlp-reader.ts';
import { pointsIn, requestBytes } from './otlp-writer.ts';
import type { Message } from './protobuf-reader.ts';

const DELTA = { temporality: 'delta' } as const;
const nanoseconds = (seconds: number) => `${seconds}000000000`;

/** Returns what a writer makes of one snapshot after the other. */
function deltas(...snapshots: Snapshot[]): Message[][] {
  const writer = otlp.open();
  return snapshots.map((one) => {
    const bytes = requestBytes(one, DELTA, writer);
    return bytes.length > 0 ? metricsIn(readRequest(bytes)) : [];
  });
}

const at = (timestamp: number, ...families: MetricFamily[]): Snapshot => ({
  ...richSnapshot(...families),
  timestamp,
});

describe('deltas', () => {
  const counter = rich({ type: 'counter', created: [5] });
  const having = (value: number, parts: Partial<MetricFamily> = {}): MetricFamily =>
    ({ ...counter, values: Float64Array.of(value), ...parts }) as MetricFamily;
  const times = (points: Message[]) =>
    points.map(({ startTimeUnixNano, timeUnixNano, asDouble }) => [
      startTimeUnixNano,
      timeUnixNano,
      asDouble,
    ]);

  it('say what has come since the snapshot before, and first since the series exists', () => {
    const all = deltas(at(10, having(3)), at(20, having(7)), at(30, having(7)), at(40, having(8)));
    expect(all.map((one) => times(pointsIn(one)))).toEqual([
      [[nanoseconds(5), nanoseconds(10), 3]],
      [[nanoseconds(10), nanoseconds(20), 4]],
      // Nothing was recorded.
      [],
      [[nanoseconds(30), nanoseconds(40), 1]],
    ]);
    expect(all[0][0].sum).toMatchObject({ aggregationTemporality: 1, isMonotonic: true });
  });

  it('are the whole if a series has begun anew, which its time of creation tells, or that it fell', () => {
    const all = deltas(
      at(10, having(3)),
      at(20, having(7, { created: [12] })),
      at(30, having(2, { created: [12] })),
      // Another thread may say that it has counted for longer.
      at(40, having(4, { created: [11] })),
      at(50, having(1, { created: undefined })),
    );
    expect(all.map((one) => times(pointsIn(one)))).toEqual([
      [[nanoseconds(5), nanoseconds(10), 3]],
      [[nanoseconds(12), nanoseconds(20), 7]],
      [[nanoseconds(20), nanoseconds(30), 2]],
      [[nanoseconds(30), nanoseconds(40), 2]],
      [[nanoseconds(40), nanoseconds(50), 1]],
    ]);
  });

  it('never begin after they end, even if the clock was set back', () => {
    const [, points] = deltas(at(20, having(3)), at(10, having(7))).map(pointsIn);
    expect(times(points)).toEqual([[nanoseconds(10), nanoseconds(10), 4]]);
  });

  it('are not of gauges, info, state sets and summaries', () => {
    const families = [
      rich({ name: 'g', numbers: [[3]] }),
      rich({ name: 'i', type: 'info' }),
      rich({ name: 's', type: 'stateset', data: 'states', states: ['x'], numbers: [[1]] }),
      rich({ name: 'q', type: 'summary', data: 'quantiles', quantiles: [], numbers: [[7, 2]] }),
    ];
    const [first, second] = deltas(at(10, ...families), at(20, ...families));
    const plain = (metrics: Message[]) =>
      JSON.parse(JSON.stringify(metrics).replaceAll(/"timeUnixNano":"\d+"/g, '"t":0'));
    expect(second).toHaveLength(4);
    expect(plain(second)).toEqual(plain(first));
    expect(second.map(({ sum }) => (sum as Message)?.aggregationTemporality)).toEqual([
      undefined,
      2,
      2,
      undefined,
    ]);
  });

  it('show an exemplar once', () => {
    const exemplar = { labels: { id: 'x' }, value: 1, timestamp: 2 };
    const other = { ...exemplar, value: 2 };
    const exemplars = (one: typeof exemplar) => ({
      exemplars: new Map([[counter.series[0], [one]]]),
    });
    const all = deltas(
      at(10, having(1, exemplars(exemplar))),
      at(20, having(2, exemplars(exemplar))),
      at(30, having(3, exemplars(other))),
    );
    expect(all.flatMap(pointsIn).map(({ exemplars = [] }) => (exemplars as []).length)).toEqual([
      1, 0, 1,
    ]);
  });

  it('include what a request that was given up would have said', () => {
    const writer = otlp.open();
    requestBytes(at(10, having(3)), DELTA, writer);
    const given = writer.write(at(20, having(5)), DELTA);
    given.next();
    given.return?.(undefined as never);
    const points = pointsIn(metricsIn(readRequest(requestBytes(at(30, having(9)), DELTA, writer))));
    expect(times(points)).toEqual([[nanoseconds(10), nanoseconds(30), 6]]);
  });

  it('are the whole if a family of the same name means something else', () => {
    const histogram = (buckets: number[]) =>
      rich({
        type: 'histogram',
        data: 'buckets',
        buckets,
        numbers: [[9, 1, 2, 3].slice(0, buckets.length + 2)],
      });
    const [, , second] = deltas(
      at(10, having(3)),
      at(20, histogram([1, 2])),
      at(30, { ...histogram([1, 3]) }),
    ).map(pointsIn);
    expect(second).toMatchObject([{ count: '6', bucketCounts: ['1', '2', '3'] }]);
  });
});

/** What was recorded of a series. */
interface Recorded {
  readonly labels: SeriesLabels;
  created: number;
  /** How many observations were in each of some buckets. */
  counts: number[];
  /** The buckets of schema 3 for the same. */
  schema: number;
}

const BUCKETS = [-70, -9, -1, 0, 1, 2, 3, 8, 9, 64, 200];
const BOUNDS = BUCKETS.slice(0, -1);

type Step =
  | {
      readonly does: 'observe';
      readonly series: number;
      readonly bucket: number;
      readonly count: number;
    }
  | { readonly does: 'reset' | 'remove' | 'coarsen'; readonly series: number }
  | { readonly does: 'write' };

const series = fc.nat({ max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('observe' as const),
      series,
      bucket: fc.nat({ max: BUCKETS.length - 1 }),
      count: fc.integer({ min: 1, max: 2 ** 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('reset', 'remove', 'coarsen'),
      series,
    }) as fc.Arbitrary<Step>,
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('write' as const) }) },
);

function sides(counts: readonly number[], schema: number) {
  const side = (sign: number) => {
    const all = new Map<number, number>();
    BUCKETS.forEach((bucket, i) => {
      // The observation is as far from 1 as the bucket says; every other one is negative.
      if ((i % 2 === 0 ? 1 : -1) !== sign) return;
      const number = Math.ceil(bucket / 2 ** (3 - schema));
      all.set(number, (all.get(number) ?? 0) + counts[i]);
    });
    const offset = Math.min(...all.keys());
    const length = Math.max(...all.keys()) - offset + 1;
    return { offset, counts: Array.from({ length }, (_, i) => all.get(offset + i) ?? 0) };
  };
  return { positive: side(1), negative: side(-1) };
}

function families(all: readonly Recorded[], knowsTimes: boolean): MetricFamily[] {
  const head = {
    labelNames: ['l'],
    created: knowsTimes ? all.map(({ created }) => created) : undefined,
  };
  const total = ({ counts }: Recorded) => counts.reduce((sum, one) => sum + one, 0);
  const buckets = { ...head, type: 'histogram', data: 'buckets' } as const;
  return [
    rich({ ...head, name: 'c', type: 'counter', numbers: all.map((one) => [total(one)]) }),
    rich({
      ...buckets,
      name: 'h',
      buckets: BOUNDS.map((bound) => bound + 100),
      numbers: all.map((one) => [total(one), ...one.counts]),
    }),
    rich({
      ...buckets,
      name: 'n',
      buckets: [],
      numbers: all.map((one) => [total(one), total(one)]),
      natives: all.map(({ counts, schema }) => ({
        schema,
        zeroThreshold: 0,
        zeroCount: counts[0],
        ...sides(counts, schema),
      })),
    }),
  ].map((family) => ({ ...family, series: all.map(({ labels }) => labels) }));
}

/** Adds up what a receiver has got, by series. */
class Receiver {
  readonly #sums = new Map<string, Map<string, bigint>>();
  readonly #times = new Map<string, bigint>();

  add(metrics: readonly Message[]): void {
    for (const metric of metrics) {
      for (const point of pointsIn([metric])) {
        const key = keyOf(metric, point);
        const sums = this.#sums.get(key) ?? new Map<string, bigint>();
        for (const [part, count] of partsOf(point)) {
          expect(count).toBeGreaterThanOrEqual(0n);
          sums.set(part, (sums.get(part) ?? 0n) + count);
        }
        this.#sums.set(key, sums);
        const [start, time] = [point.startTimeUnixNano ?? '0', point.timeUnixNano as string].map(
          (one) => BigInt(one as string),
        );
        expect(start).toBeLessThanOrEqual(time);
        expect(start).toBeGreaterThanOrEqual(this.#times.get(key) ?? 0n);
        this.#times.set(key, time);
      }
    }
  }

  /** Forgets a series that has begun anew. */
  forget(labelValue: string): void {
    for (const key of this.#sums.keys()) if (key.endsWith(labelValue)) this.#sums.delete(key);
  }

  /** Makes what it has of native buckets as coarse as they are now. */
  coarsen(labelValue: string, schema: number): void {
    const sums = this.#sums.get(`n ${labelValue}`);
    if (!sums) return;
    const coarse = new Map<string, bigint>();
    for (const [part, count] of sums) {
      const [side, before, bucket] = part.split(' ');
      // Buckets are numbered by their lower bounds.
      const name =
        bucket === undefined
          ? part
          : `${side} ${schema} ${Math.floor(Number(bucket) / 2 ** (Number(before) - schema))}`;
      coarse.set(name, (coarse.get(name) ?? 0n) + count);
    }
    this.#sums.set(`n ${labelValue}`, coarse);
  }

  has(key: string): ReadonlyMap<string, bigint> {
    return withoutZeros(this.#sums.get(key) ?? new Map());
  }
}

const withoutZeros = (parts: Iterable<[string, bigint]>) =>
  new Map([...parts].filter(([, count]) => count > 0n));

function keyOf({ name }: Message, { attributes }: Message): string {
  const [{ value }] = attributes as [{ value: { stringValue: string } }];
  return `${name} ${value.stringValue}`;
}

/** Returns everything that a point counts. */
function partsOf(point: Message): [string, bigint][] {
  const { asDouble, count, sum, bucketCounts = [], zeroCount, scale } = point;
  const side = (name: string): [string, bigint][] => {
    const { offset, bucketCounts: all } = (point[name] ?? { bucketCounts: [] }) as {
      offset: number;
      bucketCounts: string[];
    };
    return all.map((one, i) => [`${name} ${scale} ${offset + i}`, BigInt(one)]);
  };
  return [
    ...[asDouble, count, sum, zeroCount].flatMap((one, i): [string, bigint][] =>
      one === undefined ? [] : [[`${i}`, BigInt(one as string)]],
    ),
    ...(bucketCounts as string[]).map((one, i): [string, bigint] => [`bucket-${i}`, BigInt(one)]),
    ...side('positive'),
    ...side('negative'),
  ];
}

describe('the sums of deltas', () => {
  it.each([true, false])(
    'are what there is in all, whatever was recorded (times of creation known: %s)',
    (knowsTimes) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const writer = otlp.open();
          const receiver = new Receiver();
          const known: (Recorded | undefined)[] = [];
          // What fell and was recorded again looks as if it had not, if no times tell.
          const quiet = new Set<Recorded>();
          let made = 0;
          let now = 100;
          for (const one of [...steps, { does: 'write' } as const]) {
            now++;
            if (one.does === 'write') {
              const all = known.filter((recorded) => recorded !== undefined);
              const snapshot = at(now, ...families(all, knowsTimes));
              const bytes = requestBytes(snapshot, DELTA, writer);
              receiver.add(bytes.length > 0 ? metricsIn(readRequest(bytes)) : []);
              const whole = requestBytes(snapshot);
              for (const metric of whole.length > 0 ? metricsIn(readRequest(whole)) : []) {
                for (const point of pointsIn([metric])) {
                  const key = keyOf(metric, point);
                  expect(receiver.has(key), key).toEqual(withoutZeros(partsOf(point)));
                }
              }
              quiet.clear();
              continue;
            }
            const recorded = known[one.series];
            if (one.does === 'observe') {
              const labels = { labelNames: ['l'], labelValues: [`s${made}`] };
              const fresh = { labels, created: now, counts: BUCKETS.map(() => 0), schema: 3 };
              if (!recorded) made++;
              const target = recorded ?? fresh;
              known[one.series] = target;
              if (!quiet.has(target)) target.counts[one.bucket] += one.count;
            } else if (recorded && one.does === 'remove') {
              known[one.series] = undefined;
            } else if (recorded && one.does === 'coarsen') {
              recorded.schema = Math.max(-4, recorded.schema - 1);
              receiver.coarsen(recorded.labels.labelValues[0], recorded.schema);
            } else if (recorded) {
              Object.assign(recorded, { created: now, counts: BUCKETS.map(() => 0), schema: 3 });
              receiver.forget(recorded.labels.labelValues[0]);
              if (!knowsTimes) quiet.add(recorded);
            }
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  it('are right in slices, too, if most series have moved', () => {
    const labelNames = ['l'];
    const all = Array.from({ length: 40_000 }, (_, i) => ({ labelNames, labelValues: [`${i}`] }));
    const family = (list: readonly SeriesLabels[], more: number) => ({
      ...rich({ type: 'counter', labelNames }),
      series: list,
      values: Float64Array.from(list, ({ labelValues: [i] }) => Number(i) + more),
    });
    const writer = otlp.open();
    requestBytes(at(10, family(all, 0)), DELTA, writer);
    const { pieces } = runToEnd(writer.write(at(20, family([...all].reverse(), 2)), DELTA));
    const points = pointsIn(metricsIn(readRequest(Buffer.concat(pieces))));
    expect(points).toHaveLength(40_000);
    expect(points.every(({ asDouble }) => asDouble === 2)).toBe(true);
  });
});
