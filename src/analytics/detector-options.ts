import { isWhole, type Rules } from '../options.ts';
import { LEAST_WARM_UP, MOST_WARM_UP } from './warm-up.ts';

/** The parts that judge values. `silence` judges times, and is apart. */
export const JUDGES = ['level', 'season', 'change', 'rate', 'distribution'] as const;
export type Judge = (typeof JUDGES)[number];
/** A part of a detector. Each looks for another kind of anomaly. */
export type PartName = Judge | 'silence';

/** The options of a detector. */
export interface DetectorOptions {
  /**
   * The parts that count.
   * @defaultValue `level`, `season` and `silence`, which has proven best
   */
  readonly parts?: readonly PartName[] | undefined;
  /**
   * After which time the series does about the same again. A number is in seconds. With `found`, the detector looks for
   * it in the values, and the level alone decides until one is found.
   * @defaultValue `day`
   */
  readonly season?: 'day' | 'week' | 'found' | number | undefined;
  /**
   * How many values it sees before it scores, from 20 to 100; 100 unless given. With fewer it knows less of what is
   * usual, and gives more false alarms.
   */
  readonly warmUp?: number | undefined;
}

const PARTS: readonly unknown[] = [...JUDGES, 'silence'];

export const DETECTOR: Rules<DetectorOptions> = {
  parts: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((one) => PARTS.includes(one)),
    `a list of ${PARTS.join(', ')}`,
  ],
  season: [
    (value) =>
      value === 'day' ||
      value === 'week' ||
      value === 'found' ||
      (typeof value === 'number' && value > 0 && Number.isFinite(value)),
    'day, week, found or a positive number of seconds',
  ],
  warmUp: [
    (value) => isWhole(value) && value >= LEAST_WARM_UP && value <= MOST_WARM_UP,
    `a whole number from ${LEAST_WARM_UP} to ${MOST_WARM_UP}`,
  ],
};
