import type { CollectedKind } from '../collected-kind.ts';
import { BoundGauge } from './recording.ts';

export const collectedGauge: CollectedKind<number> = {
  series: BoundGauge,
  demand: 'a number, or { value, labels } for each series',
  read: (_, { value }) => (typeof value === 'number' ? value : undefined),
  together: (_, last) => last,
  write: (series: BoundGauge, value) => series.set(value),
};
