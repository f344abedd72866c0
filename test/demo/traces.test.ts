/** Tests the traces of the demo as a visitor sees them, over each link. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, requirePart } from '../parts.ts';
import { OpenDemos, setSlider, WAYS } from './ways.ts';

const DEPTH = 5;

describe.skipIf(!requirePart('chromium', chromiumPath()))('traces in the demo', () => {
  const demos = new OpenDemos();
  beforeAll(() => demos.open(WAYS, (page) => setSlider(page, 'faults', 0)));
  afterAll(() => demos.close());

  describe.each(WAYS)('$link link', ({ link }) => {
    let page: Page;
    beforeAll(() => {
      page = demos.of(link).page;
    });

    test('a pulse is followed to a leaf and back', async () => {
      await page.click('#tab-traces');
      await page.waitForSelector('.trace-list .pulse');
      // Those at the top were sent after there were no faults any more.
      await page.click('.trace-list .pulse:not(.lost)');
      await page.waitForSelector('.trace-list .pulse:not(.lost)[aria-pressed="true"]');
      const spans = await page.$$eval('.waterfall li', (rows) =>
        rows.map((row) => ({
          name: (row as HTMLElement).dataset.span,
          label: row.querySelector('.label')!.textContent!,
          left: row.querySelector('i')!.getBoundingClientRect().left,
        })),
      );
      const hops = new Array(DEPTH).fill('hop');
      expect(spans.map(({ name }) => name)).toEqual([
        ...['pulse', 'request', ...hops],
        ...['answer', ...hops],
      ]);
      const labels = spans.filter(({ name }) => name === 'hop').map(({ label }) => label);
      // Each edge begins where the one before has ended, from the root to the leaf and back.
      const ends = labels.map((label) => label.split(' → '));
      expect(ends[0]![0]).toBe('0.1');
      expect(ends.slice(1).map(([from]) => from)).toEqual(ends.slice(0, -1).map(([, to]) => to));
      expect(ends.at(-1)![1]).toBe('0.1');
      expect(spans[0]!.label).toBe(`pulse 0.1 → ${ends[DEPTH - 1]![1]}`);
      const lefts = spans.filter(({ name }) => name === 'hop').map(({ left }) => left);
      expect(lefts).toEqual([...lefts].sort((a, b) => a - b));
    });

    test('a dot on the chart of latencies leads to its trace', async () => {
      await page.click('#tab-events');
      await expect
        .poll(() => page.getAttribute('#chart-latency .plot', 'data-dots').then(Number))
        .toBeGreaterThan(0);
      // The dots move on each second, and may have done so before the click.
      await expect
        .poll(async () => {
          const place = await page.evaluate(placeOfDot);
          if (place) await page.mouse.click(...place);
          return page.getAttribute('#tab-traces', 'aria-selected');
        })
        .toBe('true');
      await expect.poll(() => page.textContent('#traces h3')).toMatch(/^\w+ at .*, \d+ spans$/);
    });

    test('the console stays clean', () => {
      expect(demos.of(link).errors).toEqual([]);
    });
  });
});

/** Returns where a dot of the chart can be clicked, if there is one. */
function placeOfDot(): [x: number, y: number] | undefined {
  const over = document.querySelector('#chart-latency .u-over')!;
  const { left, top, right, bottom } = over.getBoundingClientRect();
  // The newest ones stand at the right.
  for (let clientX = right - 2; clientX > left; clientX -= 4) {
    for (let clientY = top; clientY < bottom; clientY += 4) {
      over.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY }));
      if (over.classList.contains('on-dot')) return [clientX, clientY];
    }
  }
  return undefined;
}
