/** Makes families of every form that a snapshot can hold, which no kind of metric need have written. */
import fc from 'fast-check';
import type {
  Exemplar,
  FamilyHead,
  MetricFamily,
  NativeBuckets,
  NativeHistogram,
  SeriesData,
  SeriesLabels,
  Snapshot,
} from '../../src/model.ts';
import { description, labelValue, sampleValue } from './arbitrary-snapshot.ts';

type Form = SeriesData & { readonly type: string; readonly isNative?: boolean };

const bounds = fc
  .uniqueArray(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
    {
      minLength: 1,
      maxLength: 4,
      comparator: 'IsStrictlyEqual',
    },
  )
  .map((all) => all.sort((a, b) => a - b));

const form: fc.Arbitrary<Form> = fc.oneof(
  fc.constantFrom<Form>(
    ...['counter', 'gauge', 'info', 'other'].map((type) => ({ type, data: 'number' as const })),
  ),
  bounds.map((buckets) => ({ type: 'histogram', data: 'buckets', buckets }) as const),
  fc.tuple(bounds, fc.boolean()).map(([some, isBoth]) => {
    const buckets = isBoth ? some : [];
    return { type: 'histogram', data: 'buckets', buckets, isNative: true } as const;
  }),
  fc.constantFrom(
    { type: 'summary', data: 'quantiles', quantiles: [] } as const,
    { type: 'summary', data: 'quantiles', quantiles: [0, 0.5, 0.99, 1] } as const,
  ),
  fc
    .uniqueArray(fc.oneof(fc.constantFrom('idle', 'busy'), labelValue), { maxLength: 3 })
    .map((states) => ({ type: 'stateset', data: 'states', states }) as const),
);

const nativeBuckets: fc.Arbitrary<NativeBuckets> = fc.record({
  offset: fc.integer({ min: -3000, max: 3000 }),
  counts: fc.array(fc.oneof(fc.constant(0), fc.nat(), fc.constant(2 ** 40)), { maxLength: 12 }),
});

const native: fc.Arbitrary<NativeHistogram> = fc.record({
  schema: fc.integer({ min: -4, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 1e-128, 2.938735877055719e-39),
  zeroCount: fc.oneof(fc.constant(0), fc.nat()),
  positive: nativeBuckets,
  negative: nativeBuckets,
});

const timestamp = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 4e12 }).map((milliseconds) => milliseconds / 1000),
);

/** Some are longer than a reader would take. */
const exemplar: fc.Arbitrary<Exemplar | undefined> = fc.option(
  fc.record({
    labels: fc.oneof(
      fc.constantFrom({}, { trace_id: 'abc', span_id: '1' }, { trace_id: 'x'.repeat(121) }),
      labelValue.map((value) => ({ l: value, m: '🚀' })),
    ),
    value: sampleValue,
    timestamp,
  }),
  { nil: undefined },
);

/** Returns how many numbers a series takes, straight from the definition of the model. */
function widthOf(data: SeriesData): number {
  switch (data.data) {
    case 'number':
      return 1;
    case 'states':
      return data.states.length;
    case 'buckets':
      return 1 + data.buckets.length + 1;
    case 'quantiles':
      return 2 + data.quantiles.length;
  }
}

function numbers(data: Form): fc.Arbitrary<number[]> {
  switch (data.data) {
    case 'number':
      if (data.type === 'info') return fc.constant([1]);
      return data.type === 'counter'
        ? fc.double({ min: 0, noNaN: true }).map((value) => [value + 0])
        : sampleValue.map((value) => [value]);
    case 'states':
      return fc.tuple(...data.states.map(() => fc.constantFrom(0, 1)));
    case 'buckets': {
      const counts = fc.tuple(...[...data.buckets, 0].map(() => fc.nat()));
      return fc.tuple(sampleValue, counts).map(([sum, all]) => [sum, ...all]);
    }
    case 'quantiles': {
      const values = fc.tuple(...data.quantiles.map(() => sampleValue));
      return fc.tuple(sampleValue, fc.nat(), values).map(([sum, n, all]) => [sum, n, ...all]);
    }
  }
}

interface Naming {
  readonly names: fc.Arbitrary<string>;
  readonly labels: fc.Arbitrary<string>;
}

/** Names that every reader takes. */
export const LEGACY: Naming = {
  names: fc
    .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}(_total|_info|_seconds|_seconds_total)?$/)
    // The label of a state set must not have such a name.
    .filter((name) => !name.startsWith('__')),
  labels: fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,4}$/),
};

/** Names of which some are legal only as UTF-8. There are few of them, so that some have the same escape. */
export const ODD: Naming = {
  names: fc.stringMatching(/^[a-b.:_é0🚀 ]{1,3}(_total|\.total|_sum)?$/u),
  labels: fc.stringMatching(/^[ab._: é]{1,3}$/u).filter((name) => !name.startsWith('__')),
};

function family({ names, labels }: Naming): fc.Arbitrary<MetricFamily> {
  const taken = ['le', 'quantile'];
  const head = fc.record({
    name: names.filter((name) => name !== ''),
    description,
    unit: fc.constantFrom('', 'seconds', 'bytes'),
    labelNames: fc.uniqueArray(
      labels.filter((name) => !taken.includes(name)),
      { maxLength: 3 },
    ),
    isConstant: fc.boolean(),
    constant: labelValue,
    data: form,
    hasCreated: fc.boolean(),
    hasExemplars: fc.boolean(),
  });
  return head.chain(({ isConstant, constant, data: { isNative, ...data }, ...rest }) => {
    const { hasCreated, hasExemplars, labelNames: all, ...described } = rest;
    // A state set has a label of its own name.
    const free = all.filter((name) => name !== rest.name);
    const labelNames = isConstant ? free.slice(1) : free;
    const own = isConstant && free[0] ? { [free[0]]: constant } : {};
    const count = labelNames.length === 0 ? { minLength: 1, maxLength: 1 } : { maxLength: 4 };
    const one = fc.record({
      labelValues: fc.tuple(...labelNames.map(() => labelValue)),
      numbers: numbers(data),
      created: timestamp,
      native,
      exemplars: fc.tuple(
        ...Array.from({ length: data.data === 'buckets' ? widthOf(data) - 1 : 1 }, () => exemplar),
      ),
    });
    const selector = ({ labelValues }: { labelValues: string[] }) => JSON.stringify(labelValues);
    return fc.uniqueArray(one, { ...count, selector }).map((items): MetricFamily => {
      const series: SeriesLabels[] = items.map(({ labelValues }) => ({ labelNames, labelValues }));
      return {
        ...described,
        ...data,
        labels: own,
        labelNames,
        series,
        values: Float64Array.from(items.flatMap((item) => item.numbers)),
        natives: isNative ? items.map((item) => item.native) : undefined,
        created: hasCreated ? items.map((item) => item.created) : undefined,
        exemplars: hasExemplars
          ? new Map(items.map((item, i) => [series[i], item.exemplars]))
          : undefined,
      };
    });
  });
}

/** Two families must not write the same samples in the text format: registration sees to that. */
const WRITTEN: Readonly<Record<SeriesData['data'], readonly string[]>> = {
  number: [''],
  states: [''],
  quantiles: ['', '_sum', '_count', '_created'],
  buckets: ['', '_bucket', '_sum', '_count', '_created'],
};

function withoutClashes(families: readonly MetricFamily[]): MetricFamily[] {
  const taken = new Set<string>();
  return families.filter(({ name, data }) => {
    const all = WRITTEN[data].map((suffix) => name + suffix);
    if (all.some((one) => taken.has(one))) return false;
    for (const one of all) taken.add(one);
    return true;
  });
}

export const anySnapshot = (naming: Naming): fc.Arbitrary<Snapshot> =>
  fc.array(family(naming), { maxLength: 5 }).map((families) => ({
    timestamp: 1632150000.5,
    families: withoutClashes(families),
    eventsCount: 0,
    running: true,
  }));

type Parts = Partial<FamilyHead> &
  Partial<Pick<MetricFamily, 'natives' | 'created' | 'exemplars'>> &
  (SeriesData | { readonly data?: undefined }) & {
    /** The numbers of each series. */
    readonly numbers?: readonly (readonly number[])[];
    readonly labelValues?: readonly (readonly string[])[];
  };

/** Makes a family with the parts that a test cares about, and plain values for the rest. */
export function rich({ numbers = [[1]], labelValues = [[]], ...parts }: Parts): MetricFamily {
  const { labelNames = [] } = parts;
  const head = { name: 'a', description: '', type: 'gauge', unit: '', labels: {} };
  const content = {
    labelNames,
    series: labelValues.map((values) => ({ labelNames, labelValues: values })),
    values: Float64Array.from(numbers.flat()),
  };
  return parts.data === undefined
    ? { ...head, ...parts, ...content, data: 'number' }
    : { ...head, ...parts, ...content };
}

export const richSnapshot = (...families: MetricFamily[]): Snapshot => ({
  timestamp: 1632150000.5,
  families,
  eventsCount: 0,
  running: true,
});
