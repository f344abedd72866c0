import type { Lines } from '../bytes/remembered-lines.ts';
import { type MetricFamily, numbersPerSeries, type Snapshot } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';
import { namedFamilies } from './exposed-names.ts';
import type { FormatOptions } from './format.ts';
import { isGaugeHistogram } from './gauge-histogram.ts';
import type { NamedFamily } from './names.ts';
import { formatNumber, metricName, type Sample, sampleLines } from './sample-lines.ts';

/**
 * Returns the snapshot in the Prometheus text exposition format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). The versions 0.0.4 and 1.0.0 differ only in
 * that the later one has names in quotes.
 *
 * Every family has a `TYPE` line, even without series, and a `HELP` line only if it has a description.
 * Samples carry no timestamp, since the scraper's own clock counts.
 */
export function renderPrometheusText(
  { families }: Snapshot,
  { escaping = 'underscores' }: FormatOptions = {},
): string {
  return namedFamilies(families, escaping).map(renderFamily).join('');
}

function renderFamily(named: NamedFamily): string {
  const { prefix, numbers } = familyLines(named);
  let text = familyHead(named);
  numbers(0, named.family.series.length).forEach((number, line) => {
    text += `${prefix(line)}${formatNumber(number)}\n`;
  });
  return text;
}

/** The types that the format has of others. Parsers refuse a text that has any other type. */
const TYPES: Readonly<Record<string, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
};

export function familyHead({ family, name }: NamedFamily): string {
  const { type, description } = family;
  const help = escapeHelp(wellFormed(description));
  // The format has no word for histograms whose counts may fall.
  const isKnown = Object.hasOwn(TYPES, type) && !isGaugeHistogram(family);
  const known = isKnown ? TYPES[type] : 'untyped';
  const written = metricName(name);
  return `${help === '' ? '' : `# HELP ${written} ${help}\n`}# TYPE ${written} ${known}\n`;
}

/**
 * Returns the lines of the series of a family. A series with buckets has a line for each bucket, cumulative,
 * and then lines for its sum and count. One with quantiles has a line for each, and then the same.
 */
export function familyLines(named: NamedFamily): Lines {
  return sampleLines(named, samplesOf(named), numbersOf(named.family));
}

/**
 * Returns the samples that each series of a family has.
 * @param number writes the numbers that are label values
 */
export function samplesOf(
  { family, name, label }: NamedFamily,
  number: (value: number) => string = formatNumber,
): readonly Sample[] {
  switch (family.data) {
    case 'buckets': {
      const bounds = [...family.buckets, Infinity];
      const bucket = `${name}_bucket`;
      const buckets = bounds.map(
        (bound): Sample => ({ name: bucket, label: ['le', number(bound)] }),
      );
      return [...buckets, { name: `${name}_sum` }, { name: `${name}_count` }];
    }
    case 'quantiles': {
      const quantiles = family.quantiles.map(
        (one): Sample => ({ name, label: ['quantile', number(one)] }),
      );
      return [...quantiles, { name: `${name}_sum` }, { name: `${name}_count` }];
    }
    case 'states':
      return family.states.map((state) => ({ name, label: [label(family.name), state] }));
    default:
      return [{ name }];
  }
}

/** Returns a function that gives the numbers of some series, as `samplesOf` lists them. */
export function numbersOf(family: MetricFamily): Lines['numbers'] {
  if (family.data === 'buckets' || family.data === 'quantiles') {
    return (from, to) => distributionNumbers(family, from, to);
  }
  const cells = numbersPerSeries(family);
  return (from, to) => family.values.subarray(from * cells, to * cells);
}

function distributionNumbers(family: MetricFamily, from: number, to: number): Float64Array {
  const { values } = family;
  const cells = numbersPerSeries(family);
  const isCumulative = family.data === 'buckets';
  const numbers = new Float64Array((to - from) * (cells + (isCumulative ? 1 : 0)));
  let line = 0;
  for (let cell = from * cells; cell < to * cells; cell += cells) {
    let count = 0;
    for (let i = isCumulative ? 1 : 2; i < cells; i++) {
      const number = values[cell + i]!;
      count += number;
      numbers[line++] = isCumulative ? count : number;
    }
    numbers[line++] = values[cell]!;
    numbers[line++] = isCumulative ? count : values[cell + 1]!;
  }
  return numbers;
}

/** Unlike in label values, the double quote stays as it is. */
function escapeHelp(description: string): string {
  return description.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
}
