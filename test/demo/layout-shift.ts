/** Measures how much of a page has moved by itself. */
import type { Page } from 'playwright-core';

/** Resolves to the sum of all layout shifts since the page was opened, without those that follow an input. */
export async function layoutShift(page: Page): Promise<number> {
  const values = await page.evaluate(async () => {
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean };
    const shifts: Shift[] = [];
    const take = (entries: PerformanceEntryList) => shifts.push(...(entries as Shift[]));
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    // The entries of before come in a task of their own, before the next frames.
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    take(observer.takeRecords());
    return shifts.filter((shift) => !shift.hadRecentInput).map(({ value }) => value);
  });
  return values.reduce((sum, value) => sum + value, 0);
}
