/**
 * Detectors of anomalies in a stream of values: `utilityfog-telemetry/analytics/detectors`.
 */
import { checked, type Rules } from '../options.ts';
import { type Detector, detectorOf, type PartName } from './detector.ts';
import { JUDGES } from './parts.ts';

export type { Assessment, Detector, PartName } from './detector.ts';

export interface DetectorOptions {
  /** The parts that count. Default: `level`, `season` and `silence`, which has proven best. */
  parts?: readonly PartName[] | undefined;
  /** After which time the series does about the same again. Default: `day`. A number is in seconds. */
  season?: 'day' | 'week' | number | undefined;
}

const DAY = 86_400;
const SEASONS = { day: DAY, week: 7 * DAY };
const DEFAULT: readonly PartName[] = ['level', 'season', 'silence'];
const PARTS: readonly unknown[] = [...JUDGES, 'silence'];
const RULES: Rules<DetectorOptions> = {
  parts: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => PARTS.includes(one)),
    `a list of ${PARTS.join(', ')}`,
  ],
  season: [
    (value) =>
      value === 'day' ||
      value === 'week' ||
      (typeof value === 'number' && value > 0 && Number.isFinite(value)),
    'day, week or a positive number of seconds',
  ],
};

/**
 * Makes a detector for one series. It sees each value once, keeps what it knows in less than 2 kB, and needs
 * no tuning.
 * @throws TelemetryError `invalid_option` if an option is not sound
 */
export function createDetector(options?: DetectorOptions): Detector {
  const { parts = DEFAULT, season = 'day' } = checked('createDetector', options, RULES);
  return detectorOf(parts, typeof season === 'number' ? season : SEASONS[season]);
}
