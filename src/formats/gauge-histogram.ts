import type { MetricFamily, NativeHistogram } from '../model.ts';

/** Whether the counts of a family of histograms may fall: only what was worked out from others is such a family. */
export function isGaugeHistogram({ natives }: MetricFamily): boolean {
  if (!natives?.[0]?.floats) return false;
  return natives.some(({ floats }) => floats?.mayFall);
}

/** Whether a histogram only grows, by whole numbers. OpenTelemetry has no others. */
export function isWholeCounter({ floats, zeroCount, ...sides }: NativeHistogram): boolean {
  if (!floats) return true;
  const { positive, negative } = sides;
  const areWhole = ({ counts }: NativeHistogram['positive']) =>
    Array.prototype.every.call(counts, Number.isSafeInteger);
  const isWhole = Number.isSafeInteger(zeroCount) && areWhole(positive) && areWhole(negative);
  return !floats.mayFall && isWhole;
}
