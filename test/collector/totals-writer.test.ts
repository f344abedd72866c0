import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { restore } from '../../src/collector/restore.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import { decodeTotals } from '../../src/collector/totals-record.ts';
import { TotalsWriter } from '../../src/collector/totals-writer.ts';
import { EventLog } from '../../src/events/event-log.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { FamilyDefinition, MetricType } from '../../src/model.ts';

const definition = (name: string, type: MetricType, shape: object): FamilyDefinition => ({
  name,
  type,
  shape,
  labelNames: ['who'],
  description: '',
  unit: '',
  labels: {},
});

const FAMILIES = [
  definition('counted_total', 'counter', {}),
  definition('taken_seconds', 'histogram', { buckets: [1, 2] }),
];
const CELLS = [1, 4];

const number = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity));
const step = fc.record({
  family: fc.nat(1),
  who: fc.oneof(fc.constantFrom('a', 'b', '"\n\\', 'ü€😀', '__proto__'), fc.string()),
  overflow: fc.boolean(),
  values: fc.array(number, { minLength: 4, maxLength: 4 }),
  gone: fc.boolean(),
});

const written = (writer: TotalsWriter, table: SeriesTable, events: string[]) => {
  const { pieces, done } = runToEnd(writer.write(table, events));
  const bytes = joinPieces(pieces);
  done();
  return bytes;
};

describe('the record of totals, written again and again', () => {
  it('says each time what there is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const table = new SeriesTable(READING_KINDS, 100);
        const writer = new TotalsWriter();
        const events = ['["e",1,null,{},{}]'];
        for (const { family, who, overflow, values, gone } of steps) {
          const merged = table.define(FAMILIES[family])!;
          if (gone) {
            merged.delete([who]);
          } else {
            const series = table.series(merged, [who], overflow);
            merged.retain(series, values.slice(0, CELLS[family]));
          }
          const { families } = decodeTotals(written(writer, table, events));
          const expected = [...table.families.values()]
            .filter(({ size }) => size > 0)
            .map((known) => ({
              name: known.definition.name,
              series: known
                .retained()
                .map(([{ labelNames, labelValues }, totals]) => [
                  labelValues,
                  labelNames[0] !== 'who',
                  totals.map((total) => total + 0),
                ]),
            }));
          expect(families).toMatchObject(expected);
          expect(families).toHaveLength(expected.length);
        }
        expect(decodeTotals(written(writer, table, events)).events).toEqual(events);
      }),
    );
  });

  it('passes on what nobody has registered yet', () => {
    const table = new SeriesTable(READING_KINDS, 100);
    const totals = (name: string) => ({
      name,
      type: 'counter' as const,
      labelNames: ['who'],
      shape: {},
      series: [[['x'], false, [Infinity], 1.6e9] as const],
    });
    const families = [totals('counted_total'), totals('unknown_total')];
    restore({ families, events: [] }, table, new EventLog(10));
    table.define(FAMILIES[0]);
    const record = decodeTotals(written(new TotalsWriter(), table, []));
    expect(record.families).toEqual([totals('unknown_total'), totals('counted_total')]);
  });
});
