import { durationOf } from '../../promql/parse/durations.ts';
import { quoted } from '../../promql/quoted.ts';

const DURATION = /^(?:0|(?:\d+(?:ms|[ywdhms]))+)$/;

/**
 * Returns the milliseconds of a duration as Prometheus' files have it, such as `1h30m`.
 * @throws Error with Prometheus' words
 */
export function parseDuration(text: string): number {
  if (text === '') throw new Error('empty duration string');
  if (!DURATION.test(text)) throw new Error(`not a valid duration string: ${quoted(text)}`);
  return Math.round(durationOf(text) * 1000);
}
