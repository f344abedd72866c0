import type { Pieces } from '../bytes/pieces.ts';
import { type Lines, RememberedLines } from '../bytes/remembered-lines.ts';
import { cellsPerSeries, type MetricFamily } from '../model.ts';
import type { SeriesTable } from './series-table.ts';
import { encodeTotals, isOverflowSeries } from './totals-record.ts';

/** What closes the list of totals of a series, and the series. */
const CLOSING = ']]';

/**
 * Writes the record of one owner again and again: all counters and histograms, over all threads, and
 * the events. Remembers the text, of which little but numbers changes: a fifth of the time.
 */
export class TotalsWriter {
  #families: ReadonlyMap<string, RememberedLines> = new Map();

  /** As `encodeTotals` has it, with `families` last. */
  write({ families, waiting }: SeriesTable, events: readonly string[]): Pieces {
    const encoder = new TextEncoder();
    const pieces = [withoutEnd(encodeTotals({ events, families: waiting }))];
    let separator = waiting.length > 0 ? ',' : '';
    const written = new Map<string, RememberedLines>();
    for (const merged of families.values()) {
      if (merged.definition.type === 'gauge' || merged.size === 0) continue;
      const family = merged.read({});
      const { name, type, labelNames, buckets } = family;
      const head = JSON.stringify({ name, type, labelNames, buckets });
      pieces.push(encoder.encode(`${separator}${head.slice(0, -1)},"series":[`));
      const lines = this.#families.get(name) ?? new RememberedLines();
      pieces.push(...lines.render(totalsLines(family)));
      pieces.push(encoder.encode(`${CLOSING}]}`));
      written.set(name, lines);
      separator = ',';
    }
    this.#families = written;
    return [...pieces, encoder.encode(']}')];
  }
}

/** Less what closes the families and the record. */
function withoutEnd(record: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return record.subarray(0, -2);
}

/** JSON may be broken into lines after its numbers; those that it lacks are written as strings. */
function totalsLines(family: MetricFamily): Lines {
  const { series, values } = family;
  const cells = cellsPerSeries(family);
  return {
    items: series,
    perItem: cells,
    prefix(line) {
      if (line % cells > 0) return ',';
      const labels = series[line / cells];
      const start = line === 0 ? '' : `${CLOSING},`;
      return `${start}[${JSON.stringify(labels.labelValues)},${isOverflowSeries(labels)},[`;
    },
    numbers: (from, to) => values.slice(from * cells, to * cells),
    number: (value) => (Number.isFinite(value) ? String(value) : `"${value}"`),
  };
}
