/** Tests what must not grow without end. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { lineChunk } from '../../src/bytes/noted-line-chunk.ts';
import { type Lines, RememberedRows } from '../../src/bytes/remembered-lines.ts';
import { PageAllocator } from '../../src/pages/page-allocator.ts';
import { makeCollector } from '../collectors.ts';

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

describe.each(['shared', 'message'] as const)('with the link %s', (link) => {
  /** Resolves to how many bytes all buffers grow by while series of a histogram come and go one by one. */
  async function grownBy(collector: TelemetryCollector, turns: number): Promise<number> {
    const histogram = collector.registerHistogram('h_seconds', '', { labelNames: ['n'] });
    const before = process.memoryUsage().arrayBuffers;
    for (let turn = 0; turn < turns; turn++) {
      for (let i = 0; i < 250; i++) {
        histogram.observe(1, { n: 'x' });
        histogram.remove({ n: 'x' });
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
    return process.memoryUsage().arrayBuffers - before;
  }

  it('memory is used again although nobody asks for it', async () => {
    const collector = makeCollector({ link });
    await collector.flush();
    expect(await grownBy(collector, 1200)).toBeLessThan(30e6);
  });

  it('memory is used again after the end', async () => {
    const collector = makeCollector({ link });
    await collector.flush();
    await collector.shutdown();
    expect(await grownBy(collector, 200)).toBeLessThan(2e6);
  });
});

describe('remembered lines', () => {
  it('keep no snapshot: each chunk kept all numbers of the one that it was made for', async () => {
    setFlagsFromString('--expose-gc');
    const gc: () => void = runInNewContext('gc');
    let lines: RememberedRows<Lines> | undefined;
    const items = Array.from({ length: 3 }, () => ({}));
    const render = () => {
      const values = new Float64Array(items.length);
      const format = {
        items: [...items],
        perItem: 1,
        prefix: (line: number) => `${line} `,
        number: String,
        numbers: (from: number, to: number) => values.slice(from, to),
      };
      lines ??= new RememberedRows<Lines>(lineChunk, format);
      for (const _ of lines.render(format, () => true));
      return new WeakRef(values);
    };
    const values = render();
    render();
    await new Promise(setImmediate);
    gc();
    expect(values.deref()).toBeUndefined();
  });
});
