/** Maps values to places on an axis, and chooses the values at which it is marked. */

/**
 * @typedef {object} Axis
 * @property {(value: number) => number} place
 * @property {number[]} ticks
 */

const STEPS = [1, 2, 5, 10];

/** Returns the nearest 1, 2 or 5 times a power of ten that is not above, or not below, `value`. */
function roundTo(value, upward) {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = STEPS.map((step) => step * power);
  // A power of ten may come out slightly wrong.
  const nearly = 1 + 1e-9;
  return upward
    ? steps.find((step) => step * nearly >= value)
    : steps.findLast((step) => step <= value * nearly);
}

/** @returns {Axis} */
function logarithmic(values, from, to) {
  const positive = values.filter((value) => value > 0);
  const low = roundTo(Math.min(...positive), false);
  const least = roundTo(Math.max(...positive), true);
  const high = least > low ? least : low * 10;
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(3)));
  }
  const nearly = 1 + 1e-9;
  return {
    place: (value) => from + ((to - from) * Math.log10(value / low)) / decades,
    ticks: ticks.filter((tick) => tick * nearly >= low && tick <= high * nearly),
  };
}

/** Makes an axis that begins at 0. @returns {Axis} */
function linear(values, from, to) {
  const most = Math.max(...values) || 1;
  const step = roundTo(most / 5, true);
  const count = Math.ceil(most / step - 1e-9);
  const high = count * step;
  return {
    place: (value) => from + ((to - from) * value) / high,
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}

/**
 * @param {{ log?: boolean }} kind
 * @param {number[]} values  that must have a place
 * @param {number} from  the place of the lowest
 * @param {number} to
 * @returns {Axis}
 */
export const axis = ({ log }, values, from, to) => (log ? logarithmic : linear)(values, from, to);

/** @param {number} tick */
export const tickText = (tick) => tick.toLocaleString('en', { maximumSignificantDigits: 3 });
