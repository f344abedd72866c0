import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Escaping } from '../../kinds/escaping.ts';
import type { Exemplar } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import { exemplarLabels } from '../exemplars.ts';
import { type NativeFields, writeNativeBuckets } from '../protobuf/native-message.ts';
import type { FamilyContent } from './family-content.ts';
import { compareNames } from './label-order.ts';
import type { Symbols } from './symbols.ts';
import type { Wire } from './wire.ts';

/**
 * NaN as Prometheus stores it when it is the value of a sample, and NaN as it says that a series has ended:
 * https://github.com/prometheus/prometheus/blob/main/model/value/value.go
 */
export const NORMAL_NAN = 0x7ff8_0000_0000_0001n;
export const STALE_NAN = 0x7ff0_0000_0000_0002n;

/** The fields of `Sample`, in both versions. */
const VALUE = 1;
const SAMPLE_TIME = 2;
const SAMPLE_START = 3;
/** The fields of `Exemplar`, in both versions. */
const EXEMPLAR_VALUE = 2;
const EXEMPLAR_TIME = 3;
/** The fields of `Histogram`, in both versions. */
const COUNT = 1;
const COUNT_FLOAT = 2;
const SUM = 3;
const NATIVE: NativeFields = {
  schema: 4,
  zeroThreshold: 5,
  zeroCount: 6,
  zeroFloat: 7,
  negativeSpan: 8,
  negativeDelta: 9,
  negativeFloat: 10,
  positiveSpan: 11,
  positiveDelta: 12,
  positiveFloat: 13,
};
const RESET_HINT = 14;
/** Says that the counts may fall. */
const GAUGE = 3;
const NATIVE_TIME = 15;
const NATIVE_START = 17;

/** What the rows of a body have in common. */
export interface RowContext {
  readonly wire: Wire;
  readonly symbols: Symbols;
  readonly escaping: Escaping;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Writes the sample of a row that is a number. A value and a time end the message, and always take as many bytes,
 * so that others can be written over them.
 */
export function writeSample(
  value: number,
  start: number,
  { wire, time }: RowContext,
  to: MessageWriter,
): void {
  const opened = to.open(wire.samples);
  if (start > 0) to.whole(SAMPLE_START, start);
  writeDouble(VALUE, value, to);
  to.whole(SAMPLE_TIME, time);
  to.close(opened);
}

/** Writes the sample of a row that is a native histogram. Whether it was reset is for the server to find out. */
export function writeHistogram(
  content: FamilyContent,
  item: number,
  { wire, time }: RowContext,
  to: MessageWriter,
): void {
  const { sum, count } = content.totals(item);
  const opened = to.open(wire.histograms);
  const native = content.native(item);
  if (native.floats) to.double(COUNT_FLOAT, count);
  else to.whole(COUNT, count);
  writeDouble(SUM, sum, to);
  writeNativeBuckets(native, NATIVE, to);
  if (native.floats?.mayFall) to.whole(RESET_HINT, GAUGE);
  to.whole(NATIVE_TIME, time);
  const start = wire.hasStart ? content.start(item) : 0;
  if (start > 0) to.whole(NATIVE_START, start);
  to.close(opened);
}

/** Writes that a series has ended. */
export function writeStale(isNative: boolean, { wire, time }: RowContext, to: MessageWriter): void {
  const opened = to.open(isNative ? wire.histograms : wire.samples);
  if (isNative) {
    // Even without observations it must be seen that this is no histogram of fractions.
    to.whole(COUNT, 0);
    to.bits(SUM, STALE_NAN);
    to.whole(NATIVE.zeroCount, 0);
    to.whole(NATIVE_TIME, time);
  } else {
    to.bits(VALUE, STALE_NAN);
    to.whole(SAMPLE_TIME, time);
  }
  to.close(opened);
}

/** Writes the exemplars of a row that have not been sent. Those that servers would refuse are left out. */
export function writeNews(
  content: FamilyContent,
  item: number,
  row: number,
  { wire, symbols, escaping }: RowContext,
  to: MessageWriter,
): void {
  for (const exemplar of content.news(item, row)) {
    const pairs = sortedPairs(exemplar, escaping);
    if (!pairs) continue;
    const opened = to.open(wire.exemplars);
    if (pairs.length > 0) wire.labels(pairs, symbols, to);
    writeDouble(EXEMPLAR_VALUE, exemplar.value, to);
    to.whole(EXEMPLAR_TIME, content.time(exemplar));
    to.close(opened);
  }
}

function sortedPairs(exemplar: Exemplar, escaping: Escaping): readonly string[] | undefined {
  return exemplarLabels(exemplar, escaping)
    ?.filter(([, value]) => value !== '')
    .map(([name, value]) => [wellFormed(name), wellFormed(value)] as const)
    .sort(([some], [other]) => compareNames(some, other))
    .flat();
}

function writeDouble(field: number, value: number, to: MessageWriter): void {
  if (Number.isNaN(value)) to.bits(field, NORMAL_NAN);
  else to.double(field, value);
}
