/** The times at which an expression is evaluated. All are milliseconds since 1970. */
export interface Frame {
  readonly start: number;
  readonly step: number;
  /** How many times there are. Zero if nothing is evaluated. */
  readonly count: number;
}

/** Returns the frame from `start` up to `end`. */
export function frameOf(start: number, end: number, step: number): Frame {
  return { start, step, count: end < start ? 0 : Math.floor((end - start) / step) + 1 };
}

/** Returns the last time. */
export function lastOf({ start, step, count }: Frame): number {
  return start + (count - 1) * step;
}

const known = new WeakMap<Frame, Float64Array>();

/** Returns all times of a frame. */
export function timesOf(frame: Frame): Float64Array {
  let times = known.get(frame);
  if (!times) {
    times = new Float64Array(frame.count);
    for (let k = 0; k < frame.count; k++) times[k] = frame.start + k * frame.step;
    known.set(frame, times);
  }
  return times;
}
