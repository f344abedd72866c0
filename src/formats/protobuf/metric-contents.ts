import type { Messages } from '../../bytes/message-chunk.ts';
import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Escaping } from '../../kinds/escaping.ts';
import type { Exemplar, MetricFamily } from '../../model.ts';
import { hasTime } from '../exemplars.ts';
import { isGaugeHistogram } from '../gauge-histogram.ts';
import { writeExemplar, writeTime } from './metric-parts.ts';
import { observationsOf, writeNative } from './native-message.ts';

/** The enumeration `io.prometheus.client.MetricType`. */
export const MessageType = {
  Counter: 0,
  Gauge: 1,
  Summary: 2,
  Untyped: 3,
  Histogram: 4,
  GaugeHistogram: 5,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

type WriteContent = Messages['content'];

/** Returns the type of a family. Features may add families whose type says something else than their data. */
export function messageType(family: MetricFamily): MessageType {
  const { data, type } = family;
  if (data === 'buckets') {
    return isGaugeHistogram(family) ? MessageType.GaugeHistogram : MessageType.Histogram;
  }
  if (data === 'quantiles') return MessageType.Summary;
  if (data === 'states') return MessageType.Gauge;
  if (type === 'counter') return MessageType.Counter;
  return type === 'gauge' || type === 'info' ? MessageType.Gauge : MessageType.Untyped;
}

/**
 * Returns a function that writes the fields of a `Counter`, `Gauge` and so on.
 * @param created where the time of creation is among the numbers of a series; absent if it is not
 */
export function contentWriter(
  family: MetricFamily,
  type: MessageType,
  created: number | undefined,
  escaping: Escaping,
): WriteContent {
  const writeCreated = (field: number, numbers: Float64Array, at: number, to: MessageWriter) => {
    if (created !== undefined) writeTime(field, numbers[at + created]!, to);
  };
  if (type === MessageType.Counter) {
    return (message, numbers, at, to) => {
      writeExemplar(2, examplesOf(family, message)?.[0], escaping, to);
      writeCreated(3, numbers, at, to);
      // It comes last, since it changes most often: see `Messages.endsInFirst`.
      to.double(1, numbers[at]!);
    };
  }
  if (family.data === 'quantiles') {
    const writeSummary = summaryWriter(family.quantiles);
    return (message, numbers, at, to) => {
      writeSummary(message, numbers, at, to);
      writeCreated(4, numbers, at, to);
    };
  }
  if (family.data === 'buckets') {
    const writeHistogram = histogramWriter(family, family.buckets, escaping);
    return (message, numbers, at, to) => {
      writeHistogram(message, numbers, at, to);
      writeCreated(15, numbers, at, to);
    };
  }
  return (_, numbers, at, to) => to.double(1, numbers[at]!);
}

function examplesOf(
  { exemplars, series }: MetricFamily,
  item: number,
): readonly (Exemplar | undefined)[] | undefined {
  return exemplars?.get(series[item]!);
}

function summaryWriter(quantiles: readonly number[]): WriteContent {
  return (_, numbers, at, to) => {
    to.whole(1, numbers[at + 1]!);
    to.double(2, numbers[at]!);
    quantiles.forEach((quantile, i) => {
      const start = to.open(3);
      to.double(1, quantile);
      to.double(2, numbers[at + 2 + i]!);
      to.close(start);
    });
  };
}

function histogramWriter(
  family: MetricFamily,
  buckets: readonly number[],
  escaping: Escaping,
): WriteContent {
  const bounds = [...buckets, Infinity];
  return (message, numbers, at, to) => {
    const native = family.natives?.[message];
    const examples = examplesOf(family, message) ?? [];
    const sum = numbers[at]!;
    let count = 0;
    for (let i = 1; i <= bounds.length; i++) count += numbers[at + i]!;
    if (native) count = observationsOf(native, sum, count);
    if (native?.floats) to.double(4, count);
    else to.whole(1, count);
    to.double(2, sum);
    if (bounds.length > 1) writeBuckets(bounds, numbers, at, examples, escaping, to);
    else {
      const example = examples.find((one) => one !== undefined);
      // Older servers find the exemplars of native buckets only in others, so there is one for everything.
      if (!native || example) writeBuckets(bounds, numbers, at, [example], escaping, to);
    }
    if (!native) return;
    writeNative(native, to);
    // Newer servers find them here, if they have a time.
    for (const one of examples) if (one && hasTime(one)) writeExemplar(16, one, escaping, to);
  };
}

function writeBuckets(
  bounds: readonly number[],
  numbers: Float64Array,
  at: number,
  examples: readonly (Exemplar | undefined)[],
  escaping: Escaping,
  to: MessageWriter,
): void {
  let count = 0;
  for (let i = 0; i < bounds.length; i++) {
    count += numbers[at + 1 + i]!;
    const start = to.open(3);
    to.whole(1, count);
    to.double(2, bounds[i]!);
    writeExemplar(3, examples[i], escaping, to);
    to.close(start);
  }
}
