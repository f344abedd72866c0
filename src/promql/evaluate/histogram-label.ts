import { histogramJson } from '../histogram/buckets-json.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { shortNumberText } from '../number-text.ts';

/** Returns a histogram as the value of a label, as `count_values` makes it: `{count:3, sum:4, (1,2]:3}`. */
export function histogramLabel(histogram: FloatHistogram): string {
  const { count, sum } = histogram;
  const { buckets = [] } = histogramJson(histogram);
  const number = (text: string) => shortNumberText(Number(text.replace('Inf', 'Infinity')));
  const texts = buckets.map(([rule, lower, upper, inside]) => {
    const [opening, closing] = [rule === 1 || rule === 3 ? '[' : '(', rule % 3 === 0 ? ']' : ')'];
    return `, ${opening}${number(lower)},${number(upper)}${closing}:${number(inside)}`;
  });
  return `{count:${shortNumberText(count)}, sum:${shortNumberText(sum)}${texts.join('')}}`;
}
