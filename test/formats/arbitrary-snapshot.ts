import fc from 'fast-check';
import {
  type FamilyHead,
  type MetricFamily,
  OVERFLOW_LABEL,
  type SeriesData,
  type SeriesLabels,
  type Snapshot,
} from '../../src/model.ts';

/** A series with its numbers, from which the values of its family are made. */
export interface SeriesFixture extends SeriesLabels {
  readonly value?: number;
  readonly sum?: number;
  readonly counts?: readonly number[];
}

export type FamilyFixture = FamilyHead &
  SeriesData &
  Pick<MetricFamily, 'values'> & { readonly series: readonly SeriesFixture[] };

/** What a fixture is made of. Its series have buckets if `buckets` is not empty. */
export type FamilyParts = FamilyHead & {
  readonly buckets: readonly number[];
  readonly series: readonly SeriesFixture[];
};

export type SnapshotFixture = Omit<Snapshot, 'families'> & {
  readonly families: readonly FamilyFixture[];
};

export function withValues({ buckets, ...family }: FamilyParts): FamilyFixture {
  const data: SeriesData = buckets.length > 0 ? { data: 'buckets', buckets } : { data: 'number' };
  const numbers = ({ value, sum, counts }: SeriesFixture) =>
    data.data === 'buckets' ? [sum!, ...counts!] : [value!];
  return { ...family, ...data, values: Float64Array.from(family.series.flatMap(numbers)) };
}

/** Well-formed texts, as the collector makes them. Characters that the formats escape are frequent. */
export const labelValue = fc
  .array(
    fc.oneof(
      fc.constantFrom('\\', '"', '\n', '\r', '\0', '\\n', '\u2028', '\ufeff', ',', '=', '{', '}'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('').toWellFormed());

/** Descriptions may hold anything, even lone surrogates. */
export const description = fc.oneof(
  labelValue,
  fc.constantFrom('', ' ', '\ud800', 'a\udc00b', 'ends with \\', '  leads with spaces'),
);

export const sampleValue = fc.oneof(
  fc.double(),
  fc.constantFrom(0, 1, 0.1, 1e21, 5e-324, 2 ** 53, Infinity, -Infinity, NaN),
);

const metricName = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
const labelName = fc
  .oneof(
    fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,5}$/),
    fc.constantFrom('constructor', 'toString', '_a'),
  )
  .filter((name) => name !== 'le');

const bounds = fc
  .uniqueArray(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((bound) => bound + 0),
    {
      minLength: 1,
      maxLength: 5,
      comparator: 'IsStrictlyEqual',
    },
  )
  .map((values) => values.sort((a, b) => a - b));

const family: fc.Arbitrary<FamilyFixture> = fc
  .record({
    name: metricName,
    description,
    type: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const),
    names: fc.uniqueArray(labelName, { maxLength: 4 }),
    constants: fc.nat({ max: 2 }),
    constantValues: fc.tuple(labelValue, labelValue),
    buckets: bounds,
    overflow: fc.boolean(),
  })
  .chain(({ names, constants, constantValues, overflow, buckets, ...rest }) => {
    const constantNames = names.slice(0, constants);
    const labelNames = names.slice(constants);
    const definition = {
      ...rest,
      labels: Object.fromEntries(constantNames.map((name, i) => [name, constantValues[i]])),
      labelNames,
      unit: '',
      buckets: rest.type === 'histogram' ? buckets : [],
    };
    const labelSet = fc
      .tuple(...labelNames.map(() => labelValue))
      .map((labelValues) => ({ labelNames, labelValues: labelValues as string[] }));
    const content = fc.record({
      value: sampleValue,
      sum: sampleValue,
      counts: fc.array(fc.nat(), {
        minLength: buckets.length + 1,
        maxLength: buckets.length + 1,
      }),
    });
    const labelSets = fc
      .uniqueArray(labelSet, {
        minLength: labelNames.length === 0 ? 1 : 0,
        maxLength: labelNames.length === 0 ? 1 : 5,
        selector: ({ labelValues }) => JSON.stringify(labelValues),
      })
      .map((sets) =>
        overflow && labelNames.length > 0
          ? [...sets, { labelNames: [OVERFLOW_LABEL], labelValues: ['true'] }]
          : sets,
      );
    return fc.tuple(labelSets, fc.infiniteStream(content)).map(([sets, contents]) => {
      const series = sets.map((set) => ({ ...set, ...contents.next().value }));
      return withValues({ ...definition, series });
    });
  });

export const snapshot: fc.Arbitrary<SnapshotFixture> = fc.record({
  timestamp: fc.double({ min: 0, max: 4e9, noNaN: true }),
  families: fc.uniqueArray(family, {
    maxLength: 5,
    // `a` and `a_count` may not be in one snapshot: they could write the same samples.
    selector: ({ name }) => name.replace(/_(bucket|sum|count)$/, ''),
  }),
  eventsCount: fc.nat(),
  running: fc.boolean(),
});

/** Makes a family with the parts that a test cares about, and plain values for the rest. */
export function familyOf(parts: Partial<FamilyParts>): FamilyFixture {
  return withValues({
    name: 'a',
    description: '',
    type: 'gauge',
    unit: '',
    labelNames: [],
    labels: {},
    buckets: [],
    series: [],
    ...parts,
  });
}

export function snapshotOf(...families: FamilyFixture[]): SnapshotFixture {
  return { timestamp: 1632150000.5, families, eventsCount: 150, running: true };
}
