import type { HistogramFamily, Labels, MetricFamily, ScalarFamily, Snapshot } from '../model.ts';

/** The media type under which servers and push gateways expect `renderPrometheusText`'s result. */
export const PROMETHEUS_TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The snapshot in the Prometheus text exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Every family has its `TYPE` line, also one without series; `HELP` only when it has a description.
 * Samples carry no timestamp: the scraper's own clock is the one that counts.
 */
export function renderPrometheusText(snapshot: Snapshot): string {
  const lines = new Lines();
  for (const family of snapshot.families) writeFamily(lines, family);
  return lines.join();
}

function writeFamily(lines: Lines, family: MetricFamily): void {
  const { name, type } = family;
  const description = family.description.toWellFormed();
  if (description !== '') lines.add(`# HELP ${name} ${escapeHelp(description)}\n`);
  lines.add(`# TYPE ${name} ${type}\n`);
  if (family.type === 'histogram') writeHistograms(lines, family);
  else writeScalars(lines, family);
}

function writeScalars(lines: Lines, { name, labels, series }: ScalarFamily): void {
  const pairsOf = labelPairs(labels);
  for (const { labelNames, labelValues, value } of series) {
    const pairs = pairsOf(labelNames, labelValues);
    lines.add(`${name}${pairs === '' ? '' : `{${pairs}}`} ${formatNumber(value)}\n`);
  }
}

function writeHistograms(lines: Lines, { name, labels, buckets, series }: HistogramFamily): void {
  const pairsOf = labelPairs(labels);
  const bounds = [...buckets.map(formatNumber), '+Inf'];
  for (const { labelNames, labelValues, counts, sum } of series) {
    const pairs = pairsOf(labelNames, labelValues);
    const beforeBound = `${name}_bucket{${pairs}${pairs === '' ? '' : ','}le="`;
    let count = 0;
    for (let i = 0; i < bounds.length; i++) {
      count += counts[i];
      lines.add(`${beforeBound}${bounds[i]}"} ${formatNumber(count)}\n`);
    }
    const labelSet = pairs === '' ? '' : `{${pairs}}`;
    lines.add(`${name}_sum${labelSet} ${formatNumber(sum)}\n`);
    lines.add(`${name}_count${labelSet} ${formatNumber(count)}\n`);
  }
}

/**
 * Renders label sets as `a="1",b="2"`, the constant labels first. What comes before each value is
 * put together once per list of label names, not once per series.
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
    for (let i = 0; i < openings.length; i++) pairs += openings[i] + escapeLabelValue(values[i]);
    return `${pairs}"`;
  };
}

// The format escapes these three and nothing else. Control characters, NUL and carriage return
// included, U+2028 and non-characters may stand as they are: Prometheus parses and stores each of
// them unchanged (the scrape test keeps watch), so nothing needs a replacement.
const NEEDS_ESCAPE = /[\\"\n]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(/[\\"\n]/g, (character) => ESCAPES[character]);
}

/** Unlike in label values, the double quote stays as it is. */
function escapeHelp(description: string): string {
  return description.replace(/[\\\n]/g, (character) => ESCAPES[character]);
}

/** The shortest decimal that parses back to the same number, as Go's `ParseFloat` reads it. */
function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * Collects lines and joins them a few hundred at a time. The many small strings of one big join
 * outlive V8's young generation, which doubles the time that 100,000 series take.
 */
class Lines {
  #lines: string[] = [];
  readonly #chunks: string[] = [];

  add(line: string): void {
    if (this.#lines.push(line) === 512) {
      this.#chunks.push(this.#lines.join(''));
      this.#lines = [];
    }
  }

  join(): string {
    return this.#chunks.join('') + this.#lines.join('');
  }
}
