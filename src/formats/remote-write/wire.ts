import type { MessageWriter } from '../../bytes/message-writer.ts';
import { MetricType } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { FamilyRows } from './family-rows.ts';
import type { Symbols } from './symbols.ts';

export type RemoteWriteVersion = '1.0' | '2.0';

/** What the messages of the two versions differ in. */
export interface Wire {
  readonly version: RemoteWriteVersion;
  /** The field of a request for its series. */
  readonly series: number;
  /** The fields of a `TimeSeries`. */
  readonly samples: number;
  readonly exemplars: number;
  readonly histograms: number;
  /** Whether samples tell since when their series counts. */
  readonly hasStart: boolean;
  /** Whether labels are numbers of texts, which the body begins with. */
  readonly hasSymbols: boolean;
  /** Writes labels, which are names and values in turn, into a `TimeSeries` or an `Exemplar`. */
  labels(pairs: readonly string[], symbols: Symbols, to: MessageWriter): void;
  /** Writes what describes the family of a row, if that goes with each row. */
  metadata(rows: FamilyRows, symbols: Symbols, to: MessageWriter): void;
}

/** The field of `TimeSeries` and `Exemplar` for their labels, in both versions. */
const LABELS = 1;

/** https://github.com/prometheus/prometheus/blob/main/prompb/types.proto */
const FIRST: Wire = {
  version: '1.0',
  series: 1,
  samples: 2,
  exemplars: 3,
  histograms: 4,
  hasStart: false,
  hasSymbols: false,
  labels(pairs, _, to) {
    for (let i = 0; i < pairs.length; i += 2) {
      const start = to.open(LABELS);
      to.string(1, pairs[i]!);
      to.string(2, pairs[i + 1]!);
      to.close(start);
    }
  },
  metadata() {},
};

const METADATA = 5;
/** The fields of `Metadata`. */
const TYPE = 1;
const HELP = 3;
const UNIT = 4;

/** https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto */
const SECOND: Wire = {
  version: '2.0',
  series: 5,
  samples: 2,
  exemplars: 4,
  histograms: 3,
  hasStart: true,
  hasSymbols: true,
  labels(pairs, symbols, to) {
    const start = to.open(LABELS);
    for (const text of pairs) to.varint(symbols.ref(text));
    to.close(start);
  },
  metadata(rows, symbols, to) {
    const { description, unit } = rows.head;
    const start = to.open(METADATA);
    to.whole(TYPE, metadataType(rows));
    to.whole(HELP, symbols.ref(wellFormed(description)));
    to.whole(UNIT, symbols.ref(wellFormed(unit)));
    to.close(start);
  },
};

/** The enumeration `Metadata.MetricType`. */
const TYPES: Readonly<Record<string, number>> = {
  [MetricType.Counter]: 1,
  [MetricType.Gauge]: 2,
  [MetricType.Info]: 6,
};
const HISTOGRAM = 3;
const FALLING_HISTOGRAM = 4;
const SUMMARY = 5;
const STATE_SET = 7;
const UNSPECIFIED = 0;

/** Features may add families whose type says something else than their data. */
function metadataType({ head: { data, type, isGauge } }: FamilyRows): number {
  if (data === 'buckets') return isGauge ? FALLING_HISTOGRAM : HISTOGRAM;
  if (data === 'quantiles') return SUMMARY;
  if (data === 'states') return STATE_SET;
  return Object.hasOwn(TYPES, type) ? TYPES[type]! : UNSPECIFIED;
}

export const wireOf = (version: RemoteWriteVersion): Wire => (version === '2.0' ? SECOND : FIRST);
