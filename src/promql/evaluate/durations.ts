import type { Duration } from '../ast.ts';
import { resolvedDuration } from '../parse/durations.ts';
import type { Run } from './run.ts';

/**
 * Returns the milliseconds of a range or a step.
 * @throws QueryError if they are not positive
 */
export function milliseconds({ settings }: Run, duration: Duration): number {
  return resolvedDuration(duration, settings);
}

/**
 * Returns the milliseconds of an offset.
 * @throws QueryError
 */
export function offsetOf({ settings }: Run, duration: Duration): number {
  return resolvedDuration(duration, settings, true);
}
