import type { Lines } from '../bytes/remembered-lines.ts';
import { type Labels, type MetricFamily, numbersPerSeries, type Snapshot } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';

/**
 * Returns the snapshot in the Prometheus text exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Every family has a `TYPE` line, even without series, and a `HELP` line only if it has a description.
 * Samples carry no timestamp, since the scraper's own clock counts.
 */
export function renderPrometheusText({ families }: Snapshot): string {
  return families.map(renderFamily).join('');
}

function renderFamily(family: MetricFamily): string {
  const { prefix, numbers } = familyLines(family);
  let text = familyHead(family);
  numbers(0, family.series.length).forEach((number, line) => {
    text += `${prefix(line)}${formatNumber(number)}\n`;
  });
  return text;
}

/** The types that the format knows. Parsers refuse a text that has any other type. */
const TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'summary'];

export function familyHead({ name, type, description }: MetricFamily): string {
  const help = escapeHelp(wellFormed(description));
  const known = TYPES.includes(type) ? type : 'untyped';
  return `${help === '' ? '' : `# HELP ${name} ${help}\n`}# TYPE ${name} ${known}\n`;
}

/** Returns the shortest decimal that Go's `ParseFloat` reads as the same number. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * Returns the lines of the series of a family. A series with buckets has a line for each bucket, cumulative,
 * and then lines for its sum and count.
 */
export function familyLines(family: MetricFamily): Lines {
  const { series, values } = family;
  const bounds = family.data === 'buckets' ? [...family.buckets.map(String), '+Inf'] : undefined;
  const perItem = bounds ? bounds.length + 2 : 1;
  return {
    items: series,
    perItem,
    prefix: linePrefixes(family, bounds),
    numbers: (from, to) =>
      bounds ? histogramNumbers(family, from, to) : values.subarray(from, to),
    number: formatNumber,
  };
}

function histogramNumbers(family: MetricFamily, from: number, to: number): Float64Array {
  const { values } = family;
  const cells = numbersPerSeries(family);
  const numbers = new Float64Array((to - from) * (cells + 1));
  let line = 0;
  for (let cell = from * cells; cell < to * cells; cell += cells) {
    let count = 0;
    for (let i = 1; i < cells; i++) {
      count += values[cell + i]!;
      numbers[line++] = count;
    }
    numbers[line++] = values[cell]!;
    numbers[line++] = count;
  }
  return numbers;
}

/** Returns a function that gives the text before the number of a line. */
function linePrefixes(
  { name, labels, series }: MetricFamily,
  bounds: readonly string[] | undefined,
): (line: number) => string {
  const pairsOf = labelPairs(labels);
  const pairsAt = (one: number) => pairsOf(series[one]!.labelNames, series[one]!.labelValues);
  if (!bounds) return (line) => `${name}${braced(pairsAt(line))} `;
  const lines = bounds.length + 2;
  return (line) => {
    const pairs = pairsAt(Math.floor(line / lines));
    const part = line % lines;
    if (part < bounds.length) {
      return `${name}_bucket{${pairs}${pairs === '' ? '' : ','}le="${bounds[part]}"} `;
    }
    return `${name}${part === bounds.length ? '_sum' : '_count'}${braced(pairs)} `;
  };
}

const braced = (pairs: string) => (pairs === '' ? '' : `{${pairs}}`);

/**
 * Returns a function that renders label sets as `a="1",b="2"`, the constant labels first. What comes before
 * each value is put together once per list of label names, not once per series.
 */
function labelPairs(constant: Labels) {
  const constantPairs = Object.entries(constant)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
  const start = constantPairs === '' ? '' : `${constantPairs},`;
  let known: readonly string[] | undefined;
  let openings: string[] = [];
  return (names: readonly string[], values: readonly string[]): string => {
    if (names.length === 0) return constantPairs;
    if (names !== known) {
      known = names;
      openings = names.map((name, i) => `${i === 0 ? start : '",'}${name}="`);
    }
    let pairs = '';
    for (let i = 0; i < openings.length; i++) pairs += openings[i] + escapeLabelValue(values[i]!);
    return `${pairs}"`;
  };
}

// The format escapes these three characters and nothing else. All others may stand as they are, even control
// characters such as NUL and carriage return, U+2028 and non-characters: Prometheus parses and stores each
// of them unchanged, which the scrape test checks.
const NEEDS_ESCAPE = /[\\"\n]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(/[\\"\n]/g, (character) => ESCAPES[character]!);
}

/** Unlike in label values, the double quote stays as it is. */
function escapeHelp(description: string): string {
  return description.replace(/[\\\n]/g, (character) => ESCAPES[character]!);
}
