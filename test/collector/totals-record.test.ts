import { describe, expect, it } from 'vitest';
import {
  decodeTotals,
  encodeTotals,
  type TotalsRecord,
  withoutRepeats,
} from '../../src/collector/totals-record.ts';

const record = (session: string, generation: number, total: number): TotalsRecord => ({
  session,
  generation,
  families: [
    {
      name: 'a_total',
      type: 'counter',
      labelNames: [],
      buckets: [],
      series: [[[], false, [total], [1]]],
    },
  ],
  events: [],
});
const totalsOf = (records: readonly TotalsRecord[]) =>
  records.map(({ families }) => families[0].series[0][2][0]);

describe('the record of totals', () => {
  it('counts what the owner holds once, in its last record', () => {
    const records = [record('a', 0, 10), record('a', 1, 15), record('b', 0, 7)];
    expect(totalsOf(withoutRepeats(records))).toEqual([1, 15, 7]);
    expect(totalsOf(withoutRepeats(records.toReversed()))).toEqual([7, 15, 1]);
  });

  it('keeps numbers that JSON lacks', () => {
    const kept = decodeTotals(encodeTotals(record('a', 0, Number.POSITIVE_INFINITY)));
    expect(totalsOf([kept])).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('refuses what it does not know', () => {
    const later = new TextEncoder().encode('{"format":2,"families":[],"events":[]}');
    expect(() => decodeTotals(later)).toThrow('format 2');
  });
});
