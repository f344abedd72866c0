import type { Kind } from '../kind.ts';

/**
 * Facts, which stand in labels, with the value 1. What the cell of a series holds does not count: a series
 * that a thread has is 1.
 *
 * OpenMetrics names the family without `_info` and the sample with it:
 * https://prometheus.io/docs/specs/om/open_metrics_spec/#info
 */
export const infoKind: Kind = {
  type: 'info',
  cells: () => 1,
};

/** What the names of these families match. */
export const INFO_NAME = /._info$/;
