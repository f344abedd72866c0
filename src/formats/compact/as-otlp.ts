import { joinPieces } from '../../bytes/pieces.ts';
import type { CompactBody, CompactFamily, CompactPoint } from '../../compact/body-reader.ts';
import {
  type Exemplar,
  type Labels,
  type MetricFamily,
  type NativeHistogram,
  OVERFLOW_LABEL,
  type SeriesLabels,
  type Snapshot,
} from '../../model.ts';
import { otlp } from '../otlp/otlp.ts';

type Texts = readonly (string | undefined)[];

/**
 * Writes what a page has sent in the compact form as a request of OTLP, in protobuf. It has the same deltas.
 * @returns no bytes if the body has no points
 */
export function otlpOfCompact(body: CompactBody): Uint8Array<ArrayBuffer> {
  const { id, resource, time, families } = body;
  const snapshot: Snapshot = {
    ...{ timestamp: time / 1e6, eventsCount: 0, running: true },
    families: families.map(familyOf),
  };
  const attributes = { ...pairsOf(resource), ...(id !== '' && { 'service.instance.id': id }) };
  // A writer that has written nothing before says what there is as the first deltas.
  const work = otlp.open().write(snapshot, { temporality: 'delta', resource: attributes });
  let step = work.next();
  while (!step.done) step = work.next();
  return joinPieces(step.value.pieces);
}

/** Returns the points of a family as a family of a snapshot. Texts that are too long are left out. */
function familyOf(family: CompactFamily): MetricFamily {
  const { kind, name, description, unit, numbers, points } = family;
  const labelNames = family.labelNames.map(textOf);
  const series = points.map((point) => seriesOf(point, labelNames));
  const head = {
    ...{ name, description, unit, labelNames, series },
    labels: pairsOf(family.labels),
    values: valuesOf(family),
    created: points.map(({ start }) => start / 1e6),
    exemplars: new Map(points.map(({ exemplars }, i) => [series[i]!, exemplars.map(exemplarOf)])),
  };
  switch (kind) {
    case 'histogram':
      return { ...head, type: 'histogram', data: 'buckets', buckets: numbers };
    case 'native': {
      const natives = points.map((point) => nativeOf(point, numbers[0] ?? 0));
      return { ...head, type: 'histogram', data: 'buckets', buckets: [], natives };
    }
    case 'summary':
      return { ...head, type: 'summary', data: 'quantiles', quantiles: numbers };
    case 'states':
      return { ...head, type: 'stateset', data: 'states', states: family.states.map(textOf) };
    default:
      return { ...head, type: kind, data: 'number' };
  }
}

/** Returns the numbers of all points. Of native buckets they are the sum and the count. */
function valuesOf({ kind, points }: CompactFamily): Float64Array {
  if (kind !== 'native') return Float64Array.from(points.flatMap(({ numbers }) => numbers));
  return Float64Array.from(points.flatMap(({ numbers }) => [numbers[0]!, 0]));
}

function nativeOf({ native }: CompactPoint, zeroThreshold: number): NativeHistogram {
  const { schema, zeroCount, positive, negative } = native!;
  return { schema, zeroThreshold, zeroCount, positive, negative };
}

function seriesOf({ labelValues }: CompactPoint, labelNames: readonly string[]): SeriesLabels {
  return labelValues
    ? { labelNames, labelValues: labelValues.map(textOf) }
    : { labelNames: [OVERFLOW_LABEL], labelValues: ['true'] };
}

function exemplarOf(one: CompactPoint['exemplars'][number]): Exemplar {
  return { value: one.value, timestamp: one.time / 1e6, labels: pairsOf(one.labels) };
}

const textOf = (text: string | undefined): string => text ?? '';

/** A name may be `__proto__`, and is one like others. */
function pairsOf(texts: Texts): Labels {
  const pairs: [string, string][] = [];
  for (let i = 0; i < texts.length; i += 2) pairs.push([textOf(texts[i]), textOf(texts[i + 1])]);
  return Object.fromEntries(pairs);
}
