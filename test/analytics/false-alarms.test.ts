/** A server on which nothing happens: on a day, at most one series in a hundred gives an alarm. */
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { expect, it } from 'vitest';
import { KINDS, STEP, seriesOf } from './synthetic-server.ts';

const DAYS = 4;
const SERIES_OF_EACH = 10;
const MIDNIGHT = 20_000 * 86_400;

it('gives at most one alarm a day in 100 series', () => {
  const alarms = new Array<number>(DAYS).fill(0);
  for (const kind of Object.keys(KINDS)) {
    for (let seed = 1; seed <= SERIES_OF_EACH; seed++) {
      const detector = createDetector();
      seriesOf(kind, seed, DAYS).forEach((value, i) => {
        const seconds = i * STEP;
        if (detector.next(MIDNIGHT + seconds, value).score < 0.9) return;
        alarms[Math.floor(seconds / 86_400)]! += 1;
      });
    }
  }
  const series = SERIES_OF_EACH * Object.keys(KINDS).length;
  const most = Math.max(...alarms);
  expect(most / series, `alarms on each day: ${alarms}`).toBeLessThanOrEqual(0.01);
});
