/**
 * Detectors of anomalies in a stream of values: `utilityfog-telemetry/analytics/detectors`.
 */
import { checked } from '../options.ts';
import { type Detector, detectorOf } from './detector.ts';
import { DETECTOR, type DetectorOptions, type PartName } from './detector-options.ts';
import { MOST_WARM_UP } from './warm-up.ts';

export type { Assessment, Detector } from './detector.ts';
export type { DetectorOptions, PartName } from './detector-options.ts';

const DAY = 86_400;
const SEASONS = { day: DAY, week: 7 * DAY, found: 0 };
const DEFAULT: readonly PartName[] = ['level', 'season', 'silence'];

/**
 * Makes a detector for one series. It sees each value once, keeps what it knows in less than 2 kB (4 kB with
 * `season: 'found'`), and needs no tuning.
 * @throws TelemetryError `invalid_option` if an option is not sound
 * @example
 * ```ts
 * import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
 *
 * const detector = createDetector();
 * for (let second = 0; second < 600; second++) detector.next(second, 20 + (second % 5));
 * console.log(detector.next(600, 500).score > 0.9);
 * // -> true
 * ```
 */
export function createDetector(options?: DetectorOptions): Detector {
  const taken = checked('createDetector', options, DETECTOR);
  const { parts = DEFAULT, season = 'day', warmUp = MOST_WARM_UP } = taken;
  return detectorOf(parts, typeof season === 'number' ? season : SEASONS[season], warmUp);
}
