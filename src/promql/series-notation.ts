import { add, subtract } from './histogram/arithmetic.ts';
import type { FloatHistogram } from './histogram/float-histogram.ts';
import { parseHistogram, type WrittenHistogram } from './histogram/histogram-text.ts';
import { LabelSet } from './label-set.ts';
import { signedNumber } from './parse/numbers.ts';
import { unquoted } from './parse/strings.ts';
import { TokenReader } from './parse/token-reader.ts';
import { isMetric, TokenType } from './parse/tokens.ts';
import { quoted } from './quoted.ts';

/** A sample as it was written. `undefined` where there is none. */
export type WrittenSample = number | 'stale' | WrittenHistogram | undefined;

/** A series as unit tests of rules have it. */
export interface WrittenSeries {
  readonly labels: LabelSet;
  /** One after the other, each a step later. */
  readonly samples: readonly WrittenSample[];
}

/** The most samples that a series may be written with. */
const MOST_SAMPLES = 10_000_000;
const ITEM = /(?:\{\{[^{}]*\}\}|[^\s{]|\{(?!\{))+|\S+/g;
const DIGITS = '(?:inf|nan|(?:\\d[\\d_]*(?:\\.[\\d_]*)?|\\.\\d[\\d_]*)(?:e[+-]?\\d+)?)';
const NUMBERS = new RegExp(`^([+-]?${DIGITS})(?:([+-]${DIGITS})(?=x))?(?:x(\\d+))?$`, 'i');
const HISTOGRAM = '(\\{\\{[^{}]*\\}\\})';
const HISTOGRAMS = new RegExp(`^${HISTOGRAM}(?:([+-])${HISTOGRAM}(?=x))?(?:x(\\d+))?$`);

/**
 * Reads a series in the notation of unit tests: `http_requests_total{code="200"} 1+2x3 _ stale`.
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
 * @throws QueryError which says what is wrong and where
 */
export function parseSeries(text: string): WrittenSeries {
  const reader = new TokenReader(text.trimEnd());
  const labels = parseMetric(reader);
  const samples: WrittenSample[] = [];
  const rest = reader.query.slice(reader.end);
  for (const { 0: item, index } of rest.matchAll(ITEM)) {
    const start = reader.end + index;
    const isApart = index > 0 && /\s/.test(rest[index - 1]!);
    reader.at({ start, end: start + item.length }, () => {
      if (!isApart) throw new Error(`a space must stand before ${quoted(item)}`);
      appendItem(item, samples);
    });
  }
  return { labels, samples };
}

function parseMetric(reader: TokenReader): LabelSet {
  const labels: Record<string, string> = Object.create(null);
  reader.context = ['series', 'name of a metric or "{"'];
  if (reader.next.type !== '{') {
    if (!isMetric(reader.next)) reader.refuse();
    labels.__name__ = reader.take().text;
    // Braces behind a space belong to a histogram.
    if (reader.query[reader.end] !== '{') return LabelSet.of(labels);
  }
  reader.expect('{');
  while (!reader.takeIf('}')) {
    reader.context = ['label set', 'identifier or "}"'];
    const isString = reader.next.type === TokenType.String;
    const token = isString ? reader.take() : reader.expect(TokenType.Identifier);
    const name = isString ? unquoted(token.text) : token.text;
    reader.context = ['label set', '"="'];
    if (reader.takeIf('=')) {
      reader.context = ['label set', 'string'];
      labels[name] = unquoted(reader.expect(TokenType.String).text);
    } else if (isString) labels.__name__ = name;
    else reader.refuse();
    reader.context = ['label set', '"," or "}"'];
    if (reader.next.type !== '}') reader.expect(',');
  }
  return LabelSet.of(labels);
}

function appendItem(item: string, samples: WrittenSample[]): void {
  const plain = /^(_|stale)(?:x(\d+))?$/.exec(item);
  if (plain) {
    const [, word, times] = plain;
    // `_x3` is three times nothing, while `1x3` is four ones.
    const count = word === '_' ? Number(times ?? 1) : Number(times ?? 0) + 1;
    repeat(samples, count, () => (word === '_' ? undefined : 'stale'));
    return;
  }
  const isHistogram = item.startsWith('{{');
  const parts = (isHistogram ? HISTOGRAMS : NUMBERS).exec(item);
  if (!parts) {
    const forms = 'a number, "stale", "_" or a histogram in {{…}}';
    const repeated = 'with "x" and a number of times if it is repeated';
    throw new Error(`a value must be ${forms}, ${repeated}; got ${quoted(item.slice(0, 200))}`);
  }
  if (isHistogram) appendHistograms(parts, samples);
  else appendNumbers(parts, samples);
}

function appendNumbers([, first, step, times = '0']: readonly string[], samples: WrittenSample[]) {
  let value = signedNumber(first!);
  const increment = step === undefined ? undefined : signedNumber(step);
  // The numbers are added up one by one, as Prometheus does: that rounds otherwise than a product.
  repeat(samples, Number(times) + 1, () => {
    const current = value;
    if (increment !== undefined) value += increment;
    return current;
  });
}

function appendHistograms(parts: readonly (string | undefined)[], samples: WrittenSample[]): void {
  const [, first, sign, step, times = '0'] = parts;
  const base = parseHistogram(first!);
  const { histogram: increment, hasHint } = step === undefined ? base : parseHistogram(step);
  const combine = sign === '+' ? add : subtract;
  let current: FloatHistogram = base.histogram;
  repeat(samples, Number(times) + 1, (i) => {
    if (i > 0 && step !== undefined) {
      const next = current.schema <= increment.schema && combine(current, increment, () => {});
      if (!next) {
        throw new Error(
          `a histogram of schema ${increment.schema} cannot be added to one of schema ${current.schema}`,
        );
      }
      current = next;
    }
    return { histogram: current, hasHint };
  });
}

function repeat(samples: WrittenSample[], times: number, sample: (i: number) => WrittenSample) {
  if (samples.length + times > MOST_SAMPLES) {
    throw new Error(`a series must have at most ${MOST_SAMPLES} samples`);
  }
  for (let i = 0; i < times; i++) samples.push(sample(i));
}
