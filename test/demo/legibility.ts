/** Finds what is hard to read or to press in a page: by axe, and by rules of our own. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Resolves to what is wrong with what is shown now. Axe, which is slow, looks at one part of it, if at all. */
export async function problems(page: Page, part: string | undefined): Promise<string[]> {
  const found = await page.evaluate(measured);
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
