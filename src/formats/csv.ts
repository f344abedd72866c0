import type { Snapshot } from '../model.ts';
import { jsonText, wellFormed } from '../platform/realm.ts';
import { namedFamilies } from './exposed-names.ts';
import type { Format, FormatOptions } from './format.ts';
import { allLabels } from './json.ts';
import { linePieces } from './line-pieces.ts';
import { numbersOf, samplesOf } from './prometheus-text.ts';
import { formatNumber } from './sample-lines.ts';

/**
 * Comma-separated values (https://www.rfc-editor.org/rfc/rfc4180), without a heading and with a line feed as
 * line break, to be appended to what was before. A row is a sample of the text format: its time, name, labels
 * as a JSON object, and value.
 */
export const csv: Format = {
  name: 'csv',
  isPushed: true,
  mediaTypes: [{ type: 'text/csv', contentType: 'text/csv; charset=utf-8; header=absent' }],
  open: () => ({ write: (snapshot, options) => linePieces(rows(snapshot, options)) }),
};

function* rows(
  { families, timestamp }: Snapshot,
  { escaping = 'underscores' }: FormatOptions,
): Generator<string, void> {
  for (const named of namedFamilies(families, escaping)) {
    const { family, label } = named;
    const samples = samplesOf(named);
    const numbers = numbersOf(family);
    for (const [i, one] of family.series.entries()) {
      const labels = Object.entries(allLabels(family.labels, one)).map(
        ([name, value]) => [label(name), value] as const,
      );
      const values = numbers(i, i + 1);
      for (const [at, sample] of samples.entries()) {
        const all = Object.fromEntries(sample.label ? [...labels, sample.label] : labels);
        const number = formatNumber(values[at]!);
        yield [timestamp, cell(sample.name), cell(wellFormed(jsonText(all))), number].join(',');
      }
    }
  }
}

/** Quotes a text if it has characters that end a cell. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
