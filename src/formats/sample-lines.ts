import type { Lines } from '../bytes/remembered-lines.ts';
import { isLegacyLabelName, isLegacyMetricName } from '../kinds/names.ts';
import type { Labels } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';
import type { NamedFamily } from './names.ts';

/** A sample that every series of a family has. In the text formats that is a line. */
export interface Sample {
  readonly name: string;
  /** The label that tells it from the other samples of the series, such as `le`. */
  readonly label?: readonly [name: string, value: string] | undefined;
  /** Whether there is no such line, because of its number. Absent if there always is. */
  readonly isLeftOut?: ((value: number) => boolean) | undefined;
}

/** Returns the shortest decimal that Go's `ParseFloat` reads as the same number. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * Returns the lines of the series of a family.
 * @param notes what may follow the numbers
 */
export function sampleLines(
  { family: { labels, series }, label }: NamedFamily,
  samples: readonly Sample[],
  numbers: Lines['numbers'],
  { note, noteText }: Pick<Lines, 'note' | 'noteText'> = {},
): Lines {
  const perItem = samples.length;
  const written = (name: string) => quotedUnless(isLegacyLabelName, label(name));
  // Most texts are remembered, so these are made when the first one is not.
  let pairsOf: ReturnType<typeof labelPairs> | undefined;
  let parts: readonly SampleText[] = [];
  // The lines of a series are asked for one after the other.
  let known = -1;
  let pairs = '';
  return {
    items: series,
    perItem,
    prefix(line) {
      const item = Math.floor(line / perItem);
      if (!pairsOf) {
        pairsOf = labelPairs(labels, written);
        parts = samples.map(sampleText);
      }
      if (item !== known) pairs = pairsOf(series[item]!.labelNames, series[item]!.labelValues);
      known = item;
      const { bare, open, close } = parts[line % perItem]!;
      return pairs === '' ? bare : open + pairs + close;
    },
    numbers,
    number: formatNumber,
    isLeftOut: samples.some((sample) => sample.isLeftOut)
      ? (line, value) => samples[line % perItem]!.isLeftOut?.(value) ?? false
      : undefined,
    note,
    noteText,
  };
}

/** The text around the labels of a series. */
interface SampleText {
  /** The whole text if the series has no labels. */
  readonly bare: string;
  readonly open: string;
  readonly close: string;
}

function sampleText({ name, label }: Sample): SampleText {
  const isLegacy = isLegacyMetricName(name);
  const open = isLegacy ? `${name}{` : `{${quoted(name)},`;
  if (!label) return { bare: isLegacy ? `${name} ` : `{${quoted(name)}} `, open, close: '} ' };
  const pair = labelPair(...label);
  return { bare: `${open}${pair}} `, open, close: `,${pair}} ` };
}

/** Returns the name of a metric as the lines that describe it have it. */
export const metricName = (name: string): string => quotedUnless(isLegacyMetricName, name);

/** Returns a label as text, such as `le="1"`. */
export function labelPair(name: string, value: string): string {
  return `${quotedUnless(isLegacyLabelName, name)}="${escapeLabelValue(value)}"`;
}

// Names are quoted as label values are:
// https://github.com/prometheus/proposals/blob/main/proposals/0028-utf8.md
const quoted = (name: string) => `"${escapeLabelValue(wellFormed(name))}"`;
const quotedUnless = (isLegacy: (name: string) => boolean, name: string) =>
  isLegacy(name) ? name : quoted(name);

/**
 * Returns a function that renders label sets as `a="1",b="2"`, the constant labels first. What comes before
 * each value is put together once per list of label names, not once per series.
 */
function labelPairs(constant: Labels, written: (name: string) => string) {
  const constantPairs = Object.entries(constant)
    .map(([name, value]) => `${written(name)}="${escapeLabelValue(value)}"`)
    .join(',');
  const start = constantPairs === '' ? '' : `${constantPairs},`;
  let known: readonly string[] | undefined;
  let openings: string[] = [];
  return (names: readonly string[], values: readonly string[]): string => {
    if (names.length === 0) return constantPairs;
    if (names !== known) {
      known = names;
      openings = names.map((name, i) => `${i === 0 ? start : '",'}${written(name)}="`);
    }
    let pairs = '';
    for (let i = 0; i < openings.length; i++) pairs += openings[i] + escapeLabelValue(values[i]!);
    return `${pairs}"`;
  };
}

// The formats escape these three characters and nothing else. All others may stand as they are, even control
// characters such as NUL and carriage return, U+2028 and non-characters: Prometheus parses and stores each
// of them unchanged, which the scrape test checks.
const NEEDS_ESCAPE = /[\\"\n]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

export function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replace(/[\\"\n]/g, (character) => ESCAPES[character]!);
}
