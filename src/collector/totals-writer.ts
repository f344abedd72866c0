import type { Lines } from '../bytes/remembered-lines.ts';
import { type RenderedPieces, Renderings } from '../bytes/renderings.ts';
import { type MetricFamily, numbersPerSeries } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import type { PartStates } from '../protocol/handover.ts';
import { isOverflowSeries, leftAmong } from './left-series.ts';
import type { SeriesTable } from './series-table.ts';
import { encodeTotals, retainedTotals, type WrittenFamily, writtenHead } from './totals-record.ts';

/** Closes the list of totals of a series, and the series. */
const CLOSING = ']]';

/**
 * Writes the record of one owner again and again: all counters and histograms, over all threads, and the
 * events. Remembers the text, since little in it but numbers changes: this takes a fifth of the time.
 */
export class TotalsWriter {
  readonly #renderings = new Renderings();

  /**
   * Writes in parts what `encodeTotals` would, with the families last.
   * @param at now: seconds since 1970
   * @param states what the parts of features keep
   */
  write(
    table: SeriesTable,
    events: readonly string[],
    at = currentTime() / 1000,
    states?: PartStates,
  ): Generator<void, RenderedPieces> {
    return this.#renderings.render(function* (to) {
      const waiting = retainedTotals(table.waiting);
      to.pieces.push(
        withoutEnd(encodeTotals({ at, events, ...(states && { states }), families: waiting })),
      );
      let separator = waiting.length > 0 ? ',' : '';
      for (const name of [...table.families.keys()]) {
        const merged = table.families.get(name);
        if (!merged?.kind.retain || merged.size === 0) continue;
        const family = yield* merged.read({});
        const left = leftAmong(merged, family.series);
        const written: Pick<WrittenFamily, 'left'> = left.length > 0 ? { left } : {};
        const head = jsonText({ ...writtenHead(merged.definition), ...written });
        to.text(`${separator}${head.slice(0, -1)},"series":[`);
        yield* to.lines(name, totalsLines(family));
        to.text(`${CLOSING}]}`);
        separator = ',';
      }
      to.text(']}');
    });
  }
}

/** Returns a record without the two brackets that close its families and the record. */
function withoutEnd(record: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return record.subarray(0, -2);
}

/** JSON may have line breaks after its numbers. Numbers that it lacks are written as strings. */
function totalsLines(family: MetricFamily): Lines {
  const { series, values } = family;
  const cells = numbersPerSeries(family);
  return {
    items: series,
    perItem: cells,
    prefix(line) {
      if (line % cells > 0) return ',';
      const labels = series[line / cells]!;
      const start = line === 0 ? '' : `${CLOSING},`;
      return `${start}[${jsonText(labels.labelValues)},${isOverflowSeries(labels)},[`;
    },
    numbers: (from, to) => values.subarray(from * cells, to * cells),
    number: (value) => (Number.isFinite(value) ? String(value) : `"${value}"`),
  };
}
