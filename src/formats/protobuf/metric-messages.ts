import type { Messages } from '../../bytes/message-chunk.ts';
import type { Escaping } from '../../kinds/escaping.ts';
import { type MetricFamily, numbersPerSeries } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { NamedFamily } from '../names.ts';
import { contentWriter, MessageType } from './metric-contents.ts';
import { LABEL, writePair } from './metric-parts.ts';

/** The field of `MetricFamily` for its metrics. */
const METRIC = 4;
/** The field of `Metric` for each type. */
const CONTENT: Readonly<Record<MessageType, number>> = {
  [MessageType.Counter]: 3,
  [MessageType.Gauge]: 2,
  [MessageType.Summary]: 4,
  [MessageType.Untyped]: 5,
  [MessageType.Histogram]: 7,
  [MessageType.GaugeHistogram]: 7,
};

/** How many native histograms are in a chunk: each is as long as many other messages. */
const NATIVE_CHUNK = 32;

/** Returns the messages of the series of a family: one each, or one for each state. */
export function metricMessages(
  named: NamedFamily,
  type: MessageType,
  escaping: Escaping,
): Messages {
  const { family } = named;
  const { series, natives, exemplars, created, data } = family;
  const perItem = data === 'states' ? family.states.length : 1;
  const cells = data === 'states' ? 1 : numbersPerSeries(family);
  const isCounting = type !== MessageType.Gauge && type !== MessageType.Untyped;
  const since = isCounting ? created : undefined;
  const write = contentWriter(family, type, since && cells, escaping);
  const hasNotes = natives || (exemplars && isCounting);
  return {
    field: METRIC,
    items: series,
    perItem,
    width: cells + (since ? 1 : 0),
    perChunk: natives && NATIVE_CHUNK,
    endsInFirst: data !== 'buckets' && data !== 'quantiles' && !hasNotes,
    labels: labelWriter(named, perItem),
    numbers: since ? withCreated(family, cells, since) : numbersOf(family, cells * perItem),
    content(message, numbers, at, to) {
      const start = to.open(CONTENT[type]);
      write(message, numbers, at, to);
      to.close(start);
    },
    notes: hasNotes
      ? (message) => [natives?.[message], ...(exemplars?.get(series[message]!) ?? [])]
      : undefined,
  };
}

const numbersOf =
  ({ values }: MetricFamily, width: number): Messages['numbers'] =>
  (from, to) =>
    values.subarray(from * width, to * width);

/** The time of creation follows the numbers of each series. */
function withCreated(
  { values }: MetricFamily,
  cells: number,
  created: ArrayLike<number>,
): Messages['numbers'] {
  return (from, to) => {
    const numbers = new Float64Array((to - from) * (cells + 1));
    let at = 0;
    for (let i = from; i < to; i++) {
      for (let cell = i * cells; cell < (i + 1) * cells; cell++) numbers[at++] = values[cell]!;
      numbers[at++] = created[i] ?? 0;
    }
    return numbers;
  };
}

function labelWriter({ family, label }: NamedFamily, perItem: number): Messages['labels'] {
  const { labels, series } = family;
  const constant = Object.entries(labels).map(
    ([name, value]) => [wellFormed(label(name)), value] as const,
  );
  let known: readonly string[] | undefined;
  let names: readonly string[] = [];
  return (message, to) => {
    const { labelNames, labelValues } = series[Math.floor(message / perItem)]!;
    for (const [name, value] of constant) writePair(LABEL, name, value, to);
    if (labelNames !== known) names = labelNames.map((name) => wellFormed(label(name)));
    known = labelNames;
    for (let i = 0; i < names.length; i++) writePair(LABEL, names[i]!, labelValues[i]!, to);
    if (family.data === 'states') {
      writePair(LABEL, wellFormed(label(family.name)), family.states[message % perItem]!, to);
    }
  };
}
