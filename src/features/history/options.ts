import type { Labels } from '../../model.ts';
import { TelemetryError } from '../../model.ts';
import { checked, isWhole, OBJECT, type Rules, SECONDS } from '../../options.ts';

/** The options of `history()`. */
export interface HistoryOptions {
  /**
   * For how many seconds samples are kept.
   * @defaultValue 3600
   */
  readonly retention?: number | undefined;
  /**
   * How many bytes of memory the samples may take. The oldest go first.
   * @defaultValue 60,000,000
   */
  readonly maxBytes?: number | undefined;
  /** Labels that every series gets unless it has them, as `job` and `instance` of a scrape. */
  readonly labels?: Labels | undefined;
}

/** The options, complete, as the part gets them. */
export interface HistoryConfig {
  readonly retention: number;
  readonly maxBytes: number;
  readonly labels: Labels;
}

/** Less than that holds no history. */
const LEAST_BYTES = 1_000_000;

const RULES: Rules<HistoryOptions> = {
  retention: SECONDS,
  maxBytes: [
    (value) => isWhole(value) && value >= LEAST_BYTES,
    `a whole number of bytes, ${LEAST_BYTES} at least`,
  ],
  labels: OBJECT,
};

/** @throws TelemetryError `invalid_option` */
export function checkedHistoryOptions(options: HistoryOptions | undefined): HistoryConfig {
  const { retention = 3600, maxBytes = 60e6, labels = {} } = checked('history()', options, RULES);
  const taken: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value !== 'string' || name === '' || name === '__name__') {
      throw new TelemetryError(
        'invalid_option',
        `history() labels must be texts under names other than __name__; got ${typeof value} under "${name.slice(0, 40)}"`,
      );
    }
    taken[name] = value;
  }
  return { retention, maxBytes, labels: taken };
}
