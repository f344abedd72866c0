/** Measures how much of a page has moved by itself. */
import type { BrowserContext, Page } from 'playwright-core';

declare global {
  interface Window {
    /** Since when, and until when, what the page does may follow an input. Milliseconds of `performance.now()`. */
    inputs: [since: number, until: number][];
  }
}

/**
 * Lets the pages of a context note each input until its second frame. A browser takes a shift for one that follows an
 * input only within half a second, and a busy machine needs longer for a frame.
 */
export async function notingInputs(context: BrowserContext): Promise<BrowserContext> {
  await context.addInitScript(() => {
    window.inputs = [];
    const note = ({ timeStamp }: Event) => {
      const input: (typeof window.inputs)[number] = [timeStamp, Infinity];
      window.inputs.push(input);
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          input[1] = performance.now();
        }),
      );
    };
    for (const type of ['pointerdown', 'click', 'keydown', 'input', 'resize'])
      addEventListener(type, note, true);
  });
  return context;
}

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
    const isOfInput = ({ hadRecentInput, startTime }: Shift) =>
      hadRecentInput ||
      window.inputs.some(([since, until]) => since <= startTime && startTime <= until);
    return shifts.filter((shift) => !isOfInput(shift)).map(({ value }) => value);
  });
  return values.reduce((sum, value) => sum + value, 0);
}
