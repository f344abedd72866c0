import { describe, expect, it } from 'vitest';
import { decodeTotals, encodeTotals } from '../../src/collector/totals-record.ts';

const record = (...totals: number[]) => ({
  families: [
    {
      name: 'h',
      type: 'histogram' as const,
      labelNames: ['n'],
      shape: { buckets: [1] },
      series: [[['x'], false, totals] as const],
    },
  ],
  events: ['["e",1,null,{},{}]'],
});

describe('the record of totals', () => {
  it.each([
    [[0.1, 2, 3]],
    [[Number.POSITIVE_INFINITY, 1, 0]],
    [[Number.NEGATIVE_INFINITY, 1, 0]],
    [[Number.NaN, 1, 2]],
  ])('comes back as it was: %j', (totals) => {
    expect(decodeTotals(encodeTotals(record(...totals)))).toMatchObject(record(...totals));
  });

  it('refuses what it does not know', () => {
    const later = new TextEncoder().encode('{"format":2,"families":[],"events":[]}');
    expect(() => decodeTotals(later)).toThrow('format 2');
  });
});
