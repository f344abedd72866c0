/** Tests that the colours of the demo stand out from what they lie on, in both themes, as WCAG 2 asks. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const STYLE = new URL('../../demo/style.css', import.meta.url);
const TEXTS = ['ink', 'muted', 'accent', 'good', 'warn', 'fault', 'report', 'order', 'peer'];
const GRAPHICS = [
  ...['pulse', 'wait', 'cut-off', 'node', 'edge', 'control', 'unusual', 'band-edge'],
  ...['line-1', 'line-2', 'line-3', 'extra-1', 'extra-2'],
];
const GROUNDS = ['surface', 'sunken'];

test.each(['light', 'dark'])('colours stand out, %s', async (theme) => {
  const css = await readFile(STYLE, 'utf8');
  const colors = new Map<string, string>();
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((\S+), (\S+)\);/g)) {
    colors.set(name!, theme === 'light' ? light! : dark!);
  }
  const weak = (names: readonly string[], least: number) =>
    names.flatMap((name) =>
      GROUNDS.map((ground) => ({
        pair: `${name} on ${ground}`,
        ratio: contrast(colors.get(name)!, colors.get(ground)!),
      })).filter(({ ratio }) => !(ratio >= least)),
    );
  expect(weak(TEXTS, 4.5)).toEqual([]);
  expect(weak(GRAPHICS, 3)).toEqual([]);
});

/** Returns the contrast ratio of WCAG 2 of two colours such as `#0b6e78`. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
