import type { Expr, VectorSelector } from '../ast.ts';
import { isReset } from '../histogram/counter-reset.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { SampleKind, type Series } from '../source.ts';

/** Functions that ask a histogram for its count and its sum only, and those that need its buckets. */
const COUNTING = ['histogram_count', 'histogram_sum', 'histogram_avg'];
const LOOKING = ['histogram_quantile', 'histogram_quantiles', 'histogram_fraction'];

/**
 * Returns the selectors of whose histograms only the counts are needed. Prometheus reads those without their
 * buckets, and looks for resets while it reads, so that what it says of resets that collide differs.
 */
export function countedSelectors(expr: Expr, isCounted = false): VectorSelector[] {
  switch (expr.kind) {
    case 'vector-selector':
      return isCounted ? [expr] : [];
    case 'matrix-selector':
      return isCounted ? [expr.selector] : [];
    case 'paren':
    case 'unary':
    case 'aggregate':
      return countedSelectors(expr.expr, isCounted);
    case 'binary':
      if (expr.op === '</' || expr.op === '>/') return [];
      return [expr.left, expr.right].flatMap((side) => countedSelectors(side, isCounted));
    case 'call':
      if (LOOKING.includes(expr.name)) return [];
      return expr.args.flatMap((arg) =>
        countedSelectors(arg, isCounted || COUNTING.includes(expr.name)),
      );
    default:
      return [];
  }
}

/** Returns a series whose histograms say whether the counter was reset before them. */
export function withFoundResets(series: Series): Series {
  const { kinds, begin, end } = series;
  if (!kinds?.subarray(begin, end).includes(SampleKind.Histogram)) return series;
  const histograms: FloatHistogram[] = [];
  let before: FloatHistogram | undefined;
  for (let i = begin; i < end; i++) {
    if (kinds[i] !== SampleKind.Histogram) continue;
    let histogram = series.histograms![i]!;
    if (before && histogram.counterReset === 'unknown') {
      histogram = {
        ...histogram,
        counterReset: isReset(histogram, before) ? 'reset' : 'not_reset',
      };
    }
    histograms[i] = histogram;
    before = histogram;
  }
  return { ...series, histograms };
}
