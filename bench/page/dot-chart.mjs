/**
 * Figures side by side on one logarithmic axis, a row for each work: a mark for the median, a line
 * from quartile to quartile. Not bars: on such an axis their length would mean nothing.
 */
import { axis, tickText } from './axis.mjs';
import { element, label, legend, line, mark, svgDocument } from './svg.mjs';

/**
 * @typedef {object} DotChart
 * @property {string} name  Of the file.
 * @property {string} title
 * @property {string} unit
 * @property {string[]} series
 * @property {{ title: string, values: (import('../harness/statistics.mjs').Summary | undefined)[] }[]} rows
 *   with a value for each series that has one
 */

const WIDTH = 760;
const LEFT = 400;
const RIGHT = WIDTH - 28;
const ROW_HEIGHT = 26;

const isDrawable = (value) => value?.median > 0;

/** @param {DotChart} chart */
export function dotChart({ title, unit, series, rows }) {
  const drawn = rows.filter(({ values }) => values.some(isDrawable));
  const all = drawn.flatMap(({ values }) => values.filter(isDrawable));
  const names = legend(series, { left: 16, top: 48, width: WIDTH - 32 });
  const top = names.bottom + 16;
  const bottom = top + drawn.length * ROW_HEIGHT;
  const x = axis(
    { log: true },
    all.flatMap(({ low, median, high }) => [low, median, high]),
    LEFT,
    RIGHT,
  );
  const columns = x.ticks.map(
    (tick) =>
      element('path', { class: 'grid', d: `M${x.place(tick).toFixed(1)} ${top}V${bottom}` }) +
      label(x.place(tick), bottom + 16, tickText(tick), { kind: 'small', anchor: 'middle' }),
  );
  const content = [
    names.content,
    ...columns,
    ...drawn.map((row, i) => drawRow(row, top + (i + 0.5) * ROW_HEIGHT, x)),
    label(RIGHT, bottom + 34, unit, { kind: 'small', anchor: 'end' }),
  ];
  return svgDocument({ title, width: WIDTH, height: bottom + 46 }, content.join('\n'));
}

function drawRow({ title, values }, y, x) {
  const dots = values.map((value, series) => {
    if (!isDrawable(value)) return '';
    const whisker = [value.low, value.high].map((at) => [at > 0 ? x.place(at) : LEFT, y]);
    return line(series, whisker) + mark(series, x.place(value.median), y);
  });
  // The first is ours, and comes last so that nothing covers it.
  return label(LEFT - 14, y + 4, title, { anchor: 'end' }) + dots.reverse().join('');
}
