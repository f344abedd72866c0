/**
 * Copies of the series of the Numenta Anomaly Benchmark, changed in ways after which a detector should still find what it
 * has found before. A window of a copy has what is left of that of the original.
 */

/** Returns a series with some of its rows, and perhaps other values for them. */
function withRows(series, rows, read = (row) => series.values[row]) {
  const at = (row) => {
    const found = rows.findIndex((one) => one >= row);
    return found < 0 ? rows.length : found;
  };
  const windows = series.windows
    .map(([from, to]) => [at(from), at(to + 1) - 1])
    .filter(([from, to]) => from <= to);
  return {
    ...series,
    times: rows.map((row) => series.times[row]),
    values: Float64Array.from(rows, read),
    windows,
    probation: Math.min(Math.floor(0.15 * rows.length), 750),
  };
}

const rowsOf = ({ values }) => Array.from(values.keys());
const everyOf = (series, step, first) => rowsOf(series).filter((row) => row % step === first);
const changed = (series, read) => withRows(series, rowsOf(series), read);

/** The mean of some values that follow a row. */
function meanFrom({ values }, row, count) {
  const some = values.subarray(row, row + count);
  return some.reduce((sum, value) => sum + value, 0) / some.length;
}

function withNoise(series) {
  const { values } = series;
  const mean = meanFrom(series, 0, values.length);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  let seed = 1;
  const uniform = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed + 1) / 2 ** 31;
  };
  const gaussian = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return changed(series, (row) => values[row] + 0.05 * Math.sqrt(variance) * gaussian());
}

/** A tenth of it is left out, or less if the first window begins soon. */
function begunLater(series) {
  const { values, windows, probation } = series;
  const latest = windows.length > 0 ? windows[0][0] - probation : values.length;
  const first = Math.max(0, Math.min(values.length / 10, latest));
  return withRows(
    series,
    rowsOf(series).filter((row) => row >= first),
  );
}

/** The copies: their names, and how a series is changed. */
export const COPIES = [
  ['every second value, from the first on', (series) => withRows(series, everyOf(series, 2, 0))],
  ['every second value, from the second on', (series) => withRows(series, everyOf(series, 2, 1))],
  ['every third value', (series) => withRows(series, everyOf(series, 3, 0))],
  [
    'means of two values',
    (series) => withRows(series, everyOf(series, 2, 0), (row) => meanFrom(series, row, 2)),
  ],
  ['begun later', begunLater],
  ['5 % of noise', withNoise],
  [
    'times 1000, plus 300,000',
    (series) => changed(series, (row) => 1000 * series.values[row] + 3e5),
  ],
  [
    'square roots',
    (series) => {
      const least = series.values.reduce((one, other) => Math.min(one, other));
      return changed(series, (row) => Math.sqrt(series.values[row] - least));
    },
  ],
  [
    'means of the last three values',
    (series) =>
      changed(series, (row) => meanFrom(series, Math.max(0, row - 2), Math.min(row + 1, 3))),
  ],
];
