import type { Span } from '../ast.ts';
import type { Note } from '../histogram/notes.ts';
import { quoted } from '../quoted.ts';
import { named } from './annotations.ts';
import type { Run } from './run.ts';

/**
 * Returns what tells the asker of a query what was found in histograms.
 * @param metric the name of the metric, or nothing if it is not known any more
 */
export function noteTo({ annotations }: Run, span: Span, metric: string): Note {
  return (note) => {
    const [what, operation] = note.split(':') as [string, string?];
    const [level, text] = TEXTS[what]!;
    annotations[level](text(metric, operation ?? ''), span);
  };
}

const NAN = 'has NaN observations';

const TEXTS: Readonly<
  Record<string, readonly ['warn' | 'info', (metric: string, operation: string) => string]>
> = {
  incompatible: [
    'warn',
    (metric) =>
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quoted(metric)}`,
  ],
  'not-counter': [
    'warn',
    (metric) => `this native histogram metric is not a counter: ${quoted(metric)}`,
  ],
  'not-gauge': [
    'warn',
    (metric) => `this native histogram metric is not a gauge: ${quoted(metric)}`,
  ],
  collision: ['warn', (_, operation) => `conflicting counter resets during histogram ${operation}`],
  bounds: [
    'info',
    (_, operation) => `mismatched custom buckets were reconciled during ${operation}`,
  ],
  'quantile-nan': [
    'info',
    (metric) => `input to histogram_quantile ${NAN}, result is NaN${named(metric)}`,
  ],
  'quantile-skewed': [
    'info',
    (metric) => `input to histogram_quantile ${NAN}, result is skewed higher${named(metric)}`,
  ],
  'fraction-nan': [
    'info',
    (metric) =>
      `input to histogram_fraction ${NAN}, which are excluded from all fractions${named(metric)}`,
  ],
};
