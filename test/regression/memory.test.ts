/** What must not grow without end. */
import { describe, expect, it } from 'vitest';
import { PageAllocator } from '../../src/pages/page-allocator.ts';

describe('cells', () => {
  it('are used again where series come and go one by one: the last removal, not seen yet, kept all before', () => {
    const cells = new PageAllocator(false);
    let consumed = 0;
    cells.consumed = () => consumed;
    let place = cells.take(10);
    for (let scrape = 0; scrape < 1000; scrape++) {
      for (let i = 0; i < 10; i++) {
        cells.release(place, 10);
        place = cells.take(10);
      }
      consumed = cells.removals;
    }
    expect(cells.filled.reduce((sum, count) => sum + count, 0)).toBeLessThan(500);
  });

  it('are not used again before the reader has seen the removal', () => {
    const cells = new PageAllocator(false);
    let consumed = 0;
    cells.consumed = () => consumed;
    const places = [1, 2, 3].map(() => cells.take(1));
    for (const place of places) cells.release(place, 1);
    expect(places).not.toContain(cells.take(1));
    consumed = 1;
    expect(cells.take(1)).toBe(places[0]);
    expect(places).not.toContain(cells.take(1));
    consumed = 3;
    expect([cells.take(1), cells.take(1)].sort()).toEqual(places.slice(1));
  });
});
