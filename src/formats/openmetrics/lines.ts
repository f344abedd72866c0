import type { Lines } from '../../bytes/remembered-lines.ts';
import type { Escaping } from '../../kinds/escaping.ts';
import { type Exemplar, type MetricFamily, numbersPerSeries } from '../../model.ts';
import { canonicalNumber } from '../canonical-number.ts';
import { exemplarLabels, hasTime } from '../exemplars.ts';
import { numbersOf, samplesOf } from '../prometheus-text.ts';
import { formatNumber, labelPair, type Sample, sampleLines } from '../sample-lines.ts';
import type { OpenMetricsFamily } from './families.ts';

const isNoCount = (value: number) => !(value >= 0);
const isNegative = (value: number) => value < 0;
const isNotPositive = (value: number) => !(value > 0);
const isNotOne = (value: number) => value !== 1;

/**
 * Returns the lines of the series of a family. What the format forbids is left out.
 * @param createdSamples see `FormatOptions`
 */
export function openMetricsLines(
  one: OpenMetricsFamily,
  escaping: Escaping,
  createdSamples = true,
): Lines {
  const { family, type, mayHaveCreated } = one;
  const hasCreated =
    createdSamples &&
    mayHaveCreated &&
    family.created !== undefined &&
    (type === 'counter' || type === 'histogram' || type === 'summary');
  const samples: Sample[] = openMetricsSamples(one);
  if (hasCreated) samples.push({ name: `${one.name}_created`, isLeftOut: isNotPositive });
  const numbers = openMetricsNumbers(family, samples.length, hasCreated);
  return sampleLines(one, samples, numbers, exemplarNotes(one, samples.length, escaping));
}

function openMetricsSamples(one: OpenMetricsFamily): Sample[] {
  const samples = samplesOf(one, canonicalNumber);
  const { family, name, type } = one;
  switch (type) {
    case 'counter':
      return [{ name: `${name}_total`, isLeftOut: isNoCount }];
    case 'info':
      return [{ name: `${name}_info`, isLeftOut: isNotOne }];
    case 'histogram': {
      const buckets = samples.slice(0, -2);
      // With negative observations the sum is no counter, and without a sum there must be no count.
      if (family.data !== 'buckets' || family.buckets[0]! < 0) return buckets;
      return [...buckets, ...samples.slice(-2).map((end) => ({ ...end, isLeftOut: isNoCount }))];
    }
    case 'gaugehistogram': {
      const [sum, count] = samples.slice(-2).map(({ isLeftOut }) => ({ isLeftOut }));
      return [
        ...samples.slice(0, -2),
        { ...sum, name: `${name}_gsum` },
        { ...count, name: `${name}_gcount` },
      ];
    }
    case 'summary':
      return samples.map((sample) => ({
        ...sample,
        isLeftOut: sample.name === name ? isNegative : isNoCount,
      }));
    default:
      return [...samples];
  }
}

/** Returns a function that gives the numbers of the lines. Those of one series follow one another. */
function openMetricsNumbers(
  family: MetricFamily,
  width: number,
  hasCreated: boolean,
): Lines['numbers'] {
  const numbersIn = family.data === 'buckets' ? bucketNumbers(family) : numbersOf(family);
  const given = numbersPerSeries(family) + (family.data === 'buckets' ? 1 : 0);
  if (width === given) return numbersIn;
  // There may be fewer of them, without the sum and the count, and then the time of creation.
  const taken = hasCreated ? width - 1 : width;
  const { created = [] } = family;
  return (from, to) => {
    const source = numbersIn(from, to);
    const numbers = new Float64Array((to - from) * width);
    let at = 0;
    for (let i = from; i < to; i++) {
      const first = (i - from) * given;
      for (let j = 0; j < taken; j++) numbers[at++] = source[first + j]!;
      if (hasCreated) numbers[at++] = created[i] ?? 0;
    }
    return numbers;
  };
}

/** Where the sum is left out, the count of a histogram is left out, too: its number is NaN. */
function bucketNumbers(family: MetricFamily): Lines['numbers'] {
  const numbersIn = numbersOf(family);
  const width = numbersPerSeries(family) + 1;
  return (from, to) => {
    const numbers = numbersIn(from, to);
    for (let end = width; end <= numbers.length; end += width) {
      if (isNoCount(numbers[end - 2]!)) numbers[end - 1] = NaN;
    }
    return numbers;
  };
}

/** Returns what a counter's total and the buckets of a histogram show as examples. */
function exemplarNotes(
  { family, type }: OpenMetricsFamily,
  width: number,
  escaping: Escaping,
): Pick<Lines, 'note' | 'noteText'> {
  const { exemplars, series } = family;
  if (!exemplars || (type !== 'counter' && type !== 'histogram')) return {};
  const slots = family.data === 'buckets' ? family.buckets.length + 1 : 1;
  const note = (line: number): Exemplar | undefined => {
    const slot = line % width;
    if (slot >= slots) return undefined;
    const list = exemplars.get(series[Math.floor(line / width)]!);
    // The examples of a histogram without such buckets are all in the one for everything.
    return slots === 1 ? list?.find((one) => one !== undefined) : list?.[slot];
  };
  const noteText = (line: number): string => {
    const exemplar = note(line);
    return exemplar ? exemplarText(exemplar, escaping) : '';
  };
  return { note, noteText };
}

/** Returns the text of an exemplar; none if readers would refuse it. */
function exemplarText(exemplar: Exemplar, escaping: Escaping): string {
  const labels = exemplarLabels(exemplar, escaping);
  if (!labels) return '';
  const pairs = labels.map(([name, value]) => labelPair(name, value)).join(',');
  const time = hasTime(exemplar) ? ` ${formatNumber(exemplar.timestamp)}` : '';
  return ` # {${pairs}} ${formatNumber(exemplar.value)}${time}`;
}
