/** Reads the bodies of remote write. The messages are copied by hand from their official schemas. */
import { type Message, Reader, readMessage, type Schema } from './protobuf-reader.ts';

const LABEL: Schema = { 1: ['name', 'string'], 2: ['value', 'string'] };
const SPAN: Schema = { 1: ['offset', 'sint32'], 2: ['length', 'uint32'] };
const HISTOGRAM: Schema = {
  1: ['count_int', 'uint64'],
  2: ['count_float', 'double'],
  3: ['sum', 'bits'],
  4: ['schema', 'sint32'],
  5: ['zero_threshold', 'double'],
  6: ['zero_count_int', 'uint64'],
  7: ['zero_count_float', 'double'],
  8: ['negative_spans', SPAN, 'repeated'],
  9: ['negative_deltas', 'sint64', 'repeated'],
  10: ['negative_counts', 'double', 'repeated'],
  11: ['positive_spans', SPAN, 'repeated'],
  12: ['positive_deltas', 'sint64', 'repeated'],
  13: ['positive_counts', 'double', 'repeated'],
  14: ['reset_hint', 'enum'],
  15: ['timestamp', 'int64'],
};

/** https://github.com/prometheus/prometheus/blob/main/prompb/types.proto */
const FIRST: Schema = {
  1: [
    'timeseries',
    {
      1: ['labels', LABEL, 'repeated'],
      2: ['samples', { 1: ['value', 'bits'], 2: ['timestamp', 'int64'] }, 'repeated'],
      3: [
        'exemplars',
        {
          1: ['labels', LABEL, 'repeated'],
          2: ['value', 'bits'],
          3: ['timestamp', 'int64'],
        },
        'repeated',
      ],
      4: ['histograms', HISTOGRAM, 'repeated'],
    },
    'repeated',
  ],
};

/** https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto */
const SECOND: Schema = {
  4: ['symbols', 'string', 'repeated'],
  5: [
    'timeseries',
    {
      1: ['labels_refs', 'uint32', 'repeated'],
      2: [
        'samples',
        { 1: ['value', 'bits'], 2: ['timestamp', 'int64'], 3: ['start_timestamp', 'int64'] },
        'repeated',
      ],
      3: ['histograms', { ...HISTOGRAM, 17: ['start_timestamp', 'int64'] }, 'repeated'],
      4: [
        'exemplars',
        {
          1: ['labels_refs', 'uint32', 'repeated'],
          2: ['value', 'bits'],
          3: ['timestamp', 'int64'],
        },
        'repeated',
      ],
      5: [
        'metadata',
        { 1: ['type', 'enum'], 3: ['help_ref', 'uint32'], 4: ['unit_ref', 'uint32'] },
      ],
    },
    'repeated',
  ],
};

export interface ReadExemplar {
  /** Names and values, in the order in which they were written. */
  readonly labels: readonly (readonly [string, string])[];
  readonly value: bigint;
  readonly timestamp: number;
}

export interface ReadSeries {
  /** Names and values, in the order in which they were written. */
  readonly labels: readonly (readonly [string, string])[];
  readonly samples: readonly Message[];
  readonly histograms: readonly Message[];
  readonly exemplars: readonly ReadExemplar[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

/** Returns the fields of a body as they are. */
export const messageOf = (version: '1.0' | '2.0', bytes: Uint8Array): Message =>
  readMessage(new Reader(bytes), version === '1.0' ? FIRST : SECOND);

type Pair = { readonly name: string; readonly value: string };

export function readFirst(bytes: Uint8Array): ReadSeries[] {
  const { timeseries } = readMessage(new Reader(bytes), FIRST);
  const pairs = (labels: Pair[]) => labels.map(({ name, value }) => [name, value] as const);
  return (timeseries as (ReadSeries & { labels: Pair[] })[]).map((series) => ({
    ...series,
    labels: pairs(series.labels),
    exemplars: (series.exemplars as unknown as { labels: Pair[] }[]).map((one) => ({
      ...(one as unknown as ReadExemplar),
      labels: pairs(one.labels),
    })),
  }));
}

/** Throws if the table of texts breaks the specification. */
export function readSecond(bytes: Uint8Array): ReadSeries[] {
  const request = readMessage(new Reader(bytes), SECOND);
  const symbols = request.symbols as string[];
  const used = new Set<number>([0]);
  const text = (ref: number): string => {
    used.add(ref);
    if (!(ref in symbols)) throw new Error(`there is no symbol ${ref}`);
    return symbols[ref];
  };
  const pairs = (refs: number[]) => {
    if (refs.length % 2 === 1) throw new Error('a name has no value');
    return refs.flatMap((ref, i) => (i % 2 ? [] : [[text(ref), text(refs[i + 1])] as const]));
  };
  const all = (request.timeseries as Record<string, never>[]).map((series): ReadSeries => {
    const { labels_refs, samples, histograms, exemplars, metadata } = series;
    const { type, help_ref, unit_ref } = metadata;
    return {
      labels: pairs(labels_refs),
      samples,
      histograms,
      exemplars: (exemplars as (ReadExemplar & { labels_refs: number[] })[]).map(
        ({ labels_refs: refs, ...one }) => ({ ...one, labels: pairs(refs) }),
      ),
      metadata: { type, help: text(help_ref), unit: text(unit_ref) },
    };
  });
  if (symbols[0] !== '') throw new Error('the first symbol is not empty');
  if (new Set(symbols).size < symbols.length) throw new Error('a symbol is there twice');
  if (used.size < symbols.length) throw new Error('a symbol is not used');
  return all;
}
