import { add, asGauge, compact, subtract, toSchema } from './arithmetic.ts';
import { isReset } from './counter-reset.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';
import type { HistogramNote, Note } from './notes.ts';

/** Whether sample `i` of a window has counted anew since the one before, as start times tell. */
export type StartedAnew = (i: number) => boolean;

/**
 * Returns by how much histograms have grown from the first to the last of a window, without extrapolation.
 * @param histograms at least two, or one that has grown from nothing
 * @param isCounter whether resets are added up, as for `rate` and `increase`, but not for `delta`
 * @param fromZero whether the first has grown from nothing in the window
 * @returns `undefined` if they are incompatible
 */
export function growth(
  histograms: readonly FloatHistogram[],
  isCounter: boolean,
  note: Note,
  startedAnew: StartedAnew = () => false,
  fromZero = false,
): FloatHistogram | undefined {
  if (fromZero) {
    const all = [noneOf(histograms[0]!), ...histograms];
    return growth(all, isCounter, note, (i) => i > 1 && startedAnew(i - 1));
  }
  const quiet = withoutCollisions(note);
  const last = histograms.at(-1)!;
  const isAnew = (i: number, previous: FloatHistogram) =>
    isCounter && (startedAnew(i) || isReset(histograms[i]!, previous));
  // What came before a reset at the start does not matter, so its buckets need not fit.
  const first = isAnew(1, histograms[0]!) ? noneOf(histograms[1]!) : histograms[0]!;
  const used = isCounter ? [first, ...histograms.slice(1)] : [first, last];
  const schema = Math.min(...used.map((histogram) => histogram.schema));
  const isCustom = used.map((histogram) => histogram.schema === CUSTOM_BOUNDS);
  if (isCustom.includes(!isCustom[0])) {
    if (isCounter && isCustom[0] !== isCustom.at(-1)) tellKind([histograms[0]!, last], true, note);
    note('incompatible');
    return undefined;
  }
  tellKind(isCounter ? histograms : used, isCounter, note);
  let result = subtract(toSchema(last, schema), first, quiet);
  let previous = first;
  for (let i = 1; i < histograms.length && result; i++) {
    if (isAnew(i, previous)) result = add(result, previous, quiet);
    previous = histograms[i]!;
  }
  return result && compact(asGauge(result));
}

/** A histogram without observations, with the buckets of another one. */
function noneOf({ schema, customBounds }: FloatHistogram): FloatHistogram {
  const none = { indices: [], counts: [] };
  return {
    schema,
    customBounds,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positive: none,
    negative: none,
    counterReset: 'unknown',
  };
}

function tellKind(histograms: readonly FloatHistogram[], isCounter: boolean, note: Note): void {
  const isGauge = ({ counterReset }: FloatHistogram) => counterReset === 'gauge';
  if (isCounter && histograms.some(isGauge)) note('not-counter');
  if (!isCounter && !histograms.every(isGauge)) note('not-gauge');
}

/** Functions of ranges look for resets themselves, so hints may collide. */
function withoutCollisions(note: Note): Note {
  return (one: HistogramNote) => {
    if (!one.startsWith('collision')) note(one);
  };
}

/**
 * Returns by how much a histogram has grown since the one before, as `irate` and `idelta` need it.
 * @returns `undefined` if they are incompatible
 */
export function lastGrowth(
  previous: FloatHistogram,
  last: FloatHistogram,
  isCounter: boolean,
  note: Note,
  startedAnew = false,
): FloatHistogram | undefined {
  tellKind([previous, last], isCounter, note);
  const isAnew = isCounter && (startedAnew || isReset(last, previous));
  const result = isAnew ? last : subtract(last, previous, withoutCollisions(note));
  return result && compact(asGauge(result));
}
