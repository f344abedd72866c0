import type { Combine } from '../../model.ts';
import type { Kind } from '../kind.ts';

export type GaugeShape = {
  readonly combine: Combine;
};

export const COMBINES: readonly Combine[] = ['sum', 'last', 'min', 'max', 'mean'];

/**
 * A value that goes up and down. A gauge that sums over threads takes one cell. Any other has a second cell
 * for the time at which it was set, or 0 if it never was: a thread that has not set it does not count.
 */
export const gaugeKind: Kind<GaugeShape> = {
  type: 'gauge',
  cells: ({ combine }) => (combine === 'sum' ? 1 : 2),
};

/** Which cell of a block holds the time. The first holds the value. */
export const GAUGE_TIME = 1;
