import type { Lines } from '../bytes/remembered-lines.ts';
import { type RenderedPieces, Renderings } from '../bytes/renderings.ts';
import { type MetricFamily, numbersPerSeries, type SeriesLabels } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import type { PartStates } from '../protocol/handover.ts';
import { MAX_KEPT_EXEMPLARS, type WrittenExemplar, writtenExemplars } from './kept-exemplars.ts';
import { isOverflowSeries, leftAmong } from './left-series.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';
import { encodeTotals, retainedTotals, type WrittenFamily, writtenHead } from './totals-record.ts';

/**
 * Writes the record of one owner again and again: all counters and histograms without `collect`, over all
 * threads, and the events. Remembers the text, since little in it but numbers changes: this takes a fifth of the time.
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
      const all = [...table.families.values()];
      const have = all.filter(({ exemplars }) => exemplars.present).length;
      const share = Math.ceil(MAX_KEPT_EXEMPLARS / Math.max(have, 1));
      let separator = waiting.length > 0 ? ',' : '';
      for (const name of [...table.families.keys()]) {
        const merged = table.families.get(name);
        // The source of what a callback gives may outlive us, and then has what we would add to it.
        if (!merged?.kind.retain || merged.size === 0 || merged.isCollected) continue;
        const family = merged.merges ? undefined : yield* merged.read({}, at);
        const series = family?.series ?? merged.labelSets;
        const blocks: string[] = [];
        if (!family) {
          yield* merged.merge((one, block) => void blocks.push(blockText(merged, one, block)));
        }
        const left = leftAmong(merged, series);
        const exemplars = keptAmong(merged, series, share);
        const written: Pick<WrittenFamily, 'left' | 'exemplars'> = {
          ...(left.length > 0 && { left }),
          ...(exemplars.length > 0 && { exemplars }),
        };
        const head = jsonText({ ...writtenHead(merged.definition), ...written });
        to.text(`${separator}${head.slice(0, -1)},"series":[`);
        if (family) {
          yield* to.lines(name, totalsLines(family));
          to.text(']]}');
        } else {
          to.text(`${blocks.join(',')}]}`);
        }
        separator = ',';
      }
      to.text(']}');
    });
  }
}

/** Returns the latest exemplars of a family. @param series all that the record has, in the order of the record */
function keptAmong(
  { exemplars }: MergedFamily,
  series: readonly SeriesLabels[],
  share: number,
): WrittenExemplar[] {
  if (!exemplars.present) return [];
  const latest = exemplars.latest(share);
  return series.flatMap((one, i) =>
    latest.has(one) ? writtenExemplars(i, exemplars.of(one)) : [],
  );
}

/** Returns a record without the two brackets that close its families and the record. */
function withoutEnd(record: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return record.subarray(0, -2);
}

function blockText(family: MergedFamily, series: number, block: readonly number[]): string {
  const labels = family.labelSets[series]!;
  const start = `[${jsonText(labels.labelValues)},${isOverflowSeries(labels)},[`;
  return `${start}${block.map(numberText).join(',')}],${family.createdAt(series)}]`;
}

const numberText = (value: number) => (Number.isFinite(value) ? String(value) : `"${value}"`);

/** JSON may have line breaks after its numbers. Numbers that it lacks are written as strings. */
function totalsLines(family: MetricFamily): Lines {
  const { series, values, created } = family;
  const cells = numbersPerSeries(family);
  // The last number of a series says since when it counts.
  const perItem = cells + 1;
  return {
    items: series,
    perItem,
    prefix(line) {
      const part = line % perItem;
      if (part > 0) return part < cells ? ',' : '],';
      const labels = series[line / perItem]!;
      const start = line === 0 ? '' : '],';
      return `${start}[${jsonText(labels.labelValues)},${isOverflowSeries(labels)},[`;
    },
    numbers(from, to) {
      const numbers = new Float64Array((to - from) * perItem);
      for (let one = from; one < to; one++) {
        const at = (one - from) * perItem;
        for (let i = 0; i < cells; i++) numbers[at + i] = values[one * cells + i]!;
        numbers[at + cells] = created?.[one] ?? 0;
      }
      return numbers;
    },
    number: numberText,
  };
}
