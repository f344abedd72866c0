/** Reads from the history what was watched in the last two minutes, and what the detectors made of it. */
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { type Series, seriesOf } from '../query/answer.ts';
import { WATCHED } from './watched.ts';

/** Seconds. */
export const SPAN = 120;
/** Scores are in the collection run after that of their value. */
const SCORES = '{__name__=~"telemetry_anomaly_(score|expected|low|high)"} offset -1s';

type Line = readonly (number | null)[];

/** A value for each second, the oldest first; null where there is none. */
export interface WatchHistory {
  readonly value: Line;
  readonly expected: Line;
  readonly low: Line;
  readonly high: Line;
  readonly score: Line;
}

/**
 * Resolves to the history of each watch, by its name.
 * @param end seconds since 1970, a whole number
 */
export async function watchHistories(
  collector: TelemetryCollector,
  end: number,
): Promise<ReadonlyMap<string, WatchHistory>> {
  const range = { start: end - SPAN, end, step: 1 };
  const [scores, ...values] = await Promise.all(
    [SCORES, ...WATCHED.map(({ expr }) => expr)].map(async (expr) =>
      seriesOf(await collector.queryRange(expr, range)),
    ),
  );
  return new Map(
    WATCHED.map(({ name }, i) => {
      const of = (what: string) =>
        lineOf(
          scores.find(
            ({ metric }) =>
              metric.watch === name && metric.__name__ === `telemetry_anomaly_${what}`,
          ),
          range.start,
        );
      const [expected, low, high, score] = ['expected', 'low', 'high', 'score'].map(of);
      return [name, { value: lineOf(values[i][0], range.start), expected, low, high, score }];
    }),
  );
}

function lineOf(series: Series | undefined, start: number): Line {
  const line = new Array<number | null>(SPAN + 1).fill(null);
  for (const [time, text] of series?.values ?? []) {
    const value = Number(text);
    if (Number.isFinite(value)) line[Math.round(time - start)] = value;
  }
  return line;
}
