import { describe, expect, it } from 'vitest';
import { soundTotals } from '../../src/collector/sound-totals.ts';
import { decodeTotals, encodeTotals } from '../../src/collector/totals-record.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';

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

  it('has exemplars, and takes from storage only those that are sound', () => {
    const odd = { labels: { id: 'a"b\u{1f600}' }, value: Infinity, timestamp: 5 };
    const even = { labels: { id: 'b' }, value: 1, timestamp: 6.5 };
    const [family] = record(3, 1, 2).families;
    const series = [
      [['y'], false, [3, 1, 2]],
      [['x'], false, [3, 1, 2], undefined, 4, [[0, even] as const, [1, odd] as const]],
    ] as const;
    const given = { families: [{ ...family, series }], events: [] };
    const bytes = encodeTotals(given);
    expect(decodeTotals(bytes)).toMatchObject(given);
    const read = (change: (exemplars: unknown[]) => unknown) => {
      const parsed = JSON.parse(new TextDecoder().decode(bytes));
      parsed.families[0].exemplars = change(parsed.families[0].exemplars);
      const text = new TextEncoder().encode(JSON.stringify(parsed));
      const { families } = soundTotals(text, READING_KINDS, 'legacy').record;
      return families[0].series.flatMap(([labelValues, , , , , exemplars = []]) =>
        exemplars.map((one) => [...labelValues, ...one]),
      );
    };
    const whole = [
      ['x', 0, even],
      ['x', 1, odd],
    ];
    expect(read((all) => all)).toEqual(whole);
    for (const none of [undefined, null, 5, 'x', {}, [], [[]]])
      expect(read(() => none)).toEqual([]);
    const bad = [
      null,
      [1],
      [1, 0, { id: 'x' }, 5, 6],
      [1, 2, { id: 'x' }, 1, 6],
      [9, 0, { id: 'x' }, 1, 6],
      [1, 0, { 'i\n': 'x' }, 1, 6],
      [1, 0, { id: 'x'.repeat(128) }, 1, 6],
      [1, 0, { id: 'x' }, 'one', 6],
      [1, 0, { id: 'x' }, null, 6],
      [1, 0, { id: 'x' }, 1, '6'],
    ];
    expect(read((all) => [...bad, ...all])).toEqual(whole);
    expect(read((all) => [...Array(1000).fill(null), ...all])).toEqual([]);
    const [[, , { timestamp }]] = read(() => [[0, 0, { id: 'x' }, 1, 1e12]]) as [
      [0, 0, typeof odd],
    ];
    expect(timestamp).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('refuses what it does not know', () => {
    const later = new TextEncoder().encode('{"format":2,"families":[],"events":[]}');
    expect(() => decodeTotals(later)).toThrow('format 2');
  });
});
