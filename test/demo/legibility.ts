/** Finds what is hard to read or to press in a page: by axe, and by rules of our own. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Resolves to what is wrong with what is shown now. Axe, which is slow, looks at one part of it, if at all. */
export async function problems(page: Page, part: string | undefined): Promise<string[]> {
  const found = [...(await page.evaluate(measured)), ...(await page.evaluate(cutOff))];
  if (part === undefined) return found;
  await page.evaluate(axe.source);
  return [...(await page.evaluate(axeFindings, part)), ...found];
}

async function axeFindings(part: string): Promise<string[]> {
  const { axe: inPage } = window as unknown as { axe: typeof axe };
  const { violations } = await inPage.run(part, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}

/** No text is smaller than 12 pixels, nothing is wider than the page, and a finger meets what it presses. */
function measured(): string[] {
  const found: string[] = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide`);
  for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
    if (!element.checkVisibility()) continue;
    const name = `${element.tagName}#${element.id}.${element.className}`;
    const hasText = [...element.childNodes].some(
      (node) => node instanceof Text && node.data.trim(),
    );
    const size = Number.parseFloat(getComputedStyle(element).fontSize);
    if (hasText && size < 12) found.push(`${name} has ${size} px`);
    const isPressed = element.matches('button, input, select, textarea, summary');
    const least = clientWidth < 700 ? 44 : 24;
    const { height } = element.getBoundingClientRect();
    if (isPressed && height < least) found.push(`${name} is ${height} high`);
  }
  return found;
}

/** Text ends inside of what holds it, and a short word stands in one row. */
function cutOff(): string[] {
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const text = node.data.trim();
    const element = node.parentElement!;
    if (!text || !element.checkVisibility() || element.closest('.unseen, textarea')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rows = [...range.getClientRects()];
    const isWord = /^\S{1,20}$/.test(text) && !element.closest('pre, code');
    if (isWord && rows.length > 1) found.push(`"${text}" is broken`);
    let holder: Element | null = element;
    while (holder && getComputedStyle(holder).overflowX === 'visible')
      holder = holder.parentElement;
    // What does not fit may be scrolled to, but only where a row is there to be scrolled.
    if (!holder || holder.matches('.tabs, #examples')) continue;
    if (getComputedStyle(holder).textOverflow === 'ellipsis') continue;
    const { left, right } = holder.getBoundingClientRect();
    const isInside = rows.every((row) => row.left >= left - 1 && row.right <= right + 1);
    if (!isInside) found.push(`"${text}" is cut off`);
  }
  return found;
}
