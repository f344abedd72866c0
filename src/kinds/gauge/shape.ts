import type { Combine } from '../../model.ts';
import type { Kind } from '../kind.ts';

export type GaugeShape = {
  readonly combine: Combine;
  /** Whether it may expire: then it counts how often it is set, as it may be set to the value that it has. */
  readonly expires?: true | undefined;
};

export const COMBINES: readonly Combine[] = ['sum', 'last', 'min', 'max', 'mean'];

/** Which cell of a block holds the time. The first holds the value. */
export const GAUGE_TIME = 1;
/** The same cell of a gauge that sums holds how often it was set, if it may expire. */
export const GAUGE_WRITES = 1;

/**
 * A value that goes up and down. A gauge that sums over threads takes one cell. Any other has a second cell
 * for the time at which it was set, or 0 if it never was: a thread that has not set it does not count.
 */
export const gaugeKind: Kind<GaugeShape> = {
  type: 'gauge',
  cells: ({ combine, expires }) => (combine === 'sum' && !expires ? 1 : 2),
  // Either of the two in the second cell tells. Without it, only other values do.
  activity: (cells, index, { combine, expires }) =>
    cells[combine === 'sum' && !expires ? index : index + GAUGE_WRITES]!,
};
