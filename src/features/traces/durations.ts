import type { SpanTime } from '../../formats/otlp/span.ts';

export const secondsBetween = (start: SpanTime, end: SpanTime): number =>
  Math.max(0, end[0] - start[0] + (end[1] - start[1]) / 1e9);
