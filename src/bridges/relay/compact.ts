import {
  type CompactBody,
  type CompactFamily,
  type CompactPoint,
  isOtherVersion,
  readBody,
} from '../../compact/body-reader.ts';
import { Refused } from './answer.ts';
import {
  LONGEST_LABEL,
  type Metric,
  type MetricData,
  MOST_LABELS,
  NO_BUCKETS,
  type ResourceBatch,
  readSafely,
  SENDER_ID,
  senderOf,
} from './batch.ts';
import { type Body, plainBytes } from './body.ts';
import { OVERFLOW } from './series-table.ts';

/** Reads a body of `RelayExporter`. @throws Refused */
export async function readCompact(body: Body, maxBytes: number): Promise<CompactBody> {
  if (body.encoding === 'snappy') {
    throw new Refused('bad_type', 415, 'this form may be compressed with gzip, not with Snappy');
  }
  const bytes = await plainBytes(body, maxBytes);
  if (isOtherVersion(bytes)) {
    const words =
      'the page sends in a version of this form that the relay does not know; use one version of both';
    throw new Refused('bad_type', 415, words);
  }
  return readSafely('request of RelayExporter', () => readBody(bytes, LONGEST_LABEL));
}

/** Returns who has sent a body. */
export function compactSender({ id, resource }: CompactBody): string | undefined {
  const attributes = new Map([[SENDER_ID, id]]);
  for (let i = 0; i < resource.length; i += 2) {
    attributes.set(resource[i] ?? '', resource[i + 1] ?? '');
  }
  return senderOf(attributes);
}

/** Returns what a body says, as far as it can be added up. */
export function compactBatch(body: CompactBody): ResourceBatch {
  const time = body.time * 1000;
  const metrics = body.families.map((family): Metric => {
    const { name, description } = family;
    return { name, description, ...dataOf(family, time) };
  });
  return { sender: compactSender(body), metrics };
}

function dataOf(family: CompactFamily, time: number): MetricData {
  const { kind, points, numbers: ofFamily } = family;
  const labelsOf = labelsIn(family);
  const isDelta = true;
  switch (kind) {
    case 'counter':
      return { kind, isDelta, points: points.map((one) => numberPoint(one, labelsOf(one), time)) };
    case 'histogram':
      return {
        ...{ kind, isDelta },
        points: points.map((one) => {
          const [sum, ...counts] = one.numbers;
          const count = counts.reduce((all, each) => all + each, 0);
          return { time, labels: labelsOf(one), count, sum, bounds: ofFamily, counts };
        }),
      };
    case 'native':
      return { kind, isDelta, points: points.map((one) => nativePoint(one, family, time)) };
    case 'summary':
      return { kind: 'other', isDelta, points };
    case 'states':
      return { kind: 'gauge', isDelta, points: points.flatMap((one) => states(one, family, time)) };
    default:
      return {
        ...{ kind: 'gauge', isDelta },
        points: points.map((one) => numberPoint(one, labelsOf(one), time)),
      };
  }
}

const numberPoint = (
  { numbers }: CompactPoint,
  labels: readonly string[] | undefined,
  time: number,
) => ({ time, labels, value: numbers[0]! });

function nativePoint(point: CompactPoint, family: CompactFamily, time: number) {
  const { native, numbers } = point;
  const { schema, zeroCount, positive, negative } = native ?? {
    ...{ schema: 0, zeroCount: 0, positive: NO_BUCKETS, negative: NO_BUCKETS },
  };
  const all = [zeroCount, ...positive.counts, ...negative.counts];
  return {
    ...{ time, labels: labelsIn(family)(point), schema, zeroCount, positive, negative },
    count: all.reduce((sum, one) => sum + one, 0),
    sum: numbers[0],
    zeroThreshold: family.numbers[0] ?? 0,
  };
}

/** The states of a state set are a gauge each, as in OpenTelemetry. */
function states(point: CompactPoint, family: CompactFamily, time: number) {
  const labels = labelsIn(family)(point);
  return family.states.map((state, i) => ({
    ...{ time, value: point.numbers[i]! },
    labels: labels && state !== undefined ? [...labels, family.name, state] : undefined,
  }));
}

/** Returns a function that returns the labels of a point, which are absent if one is too long, or there are too many. */
function labelsIn({ labelNames, labels: constants }: CompactFamily) {
  const names = labelNames.filter((name) => name !== undefined);
  const same = constants.filter((text) => text !== undefined);
  const areSound =
    names.length === labelNames.length &&
    same.length === constants.length &&
    names.length + same.length / 2 <= MOST_LABELS;
  return ({ labelValues }: CompactPoint): readonly string[] | undefined => {
    if (!areSound) return undefined;
    const labels = same.slice();
    if (!labelValues) return [...labels, OVERFLOW, 'true'];
    for (let i = 0; i < names.length; i++) {
      const value = labelValues[i];
      if (value === undefined) return undefined;
      labels.push(names[i]!, value);
    }
    return labels;
  };
}
