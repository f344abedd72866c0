/** Draws a plot of a part: a line for each series. */
import { axis, tickText } from './axis.mjs';
import { element, label, legend, line, mark, svgDocument } from './svg.mjs';

/**
 * @typedef {object} Plot
 * @property {string} name  Of the file.
 * @property {string} title
 * @property {{ label: string, log?: boolean }} x
 * @property {{ label: string, log?: boolean }} y
 * @property {{ title: string, points: [number, number][] }[]} series
 */

const WIDTH = 760;
const LEFT = 76;
const RIGHT = WIDTH - 34;
const PLOT_HEIGHT = 260;

/** A value without a logarithm has no place. */
const drawable = ({ x, y }, points) =>
  points.filter(
    ([a, b]) => Number.isFinite(a) && Number.isFinite(b) && (!x.log || a > 0) && (!y.log || b > 0),
  );

/** @param {Plot} plot */
export function lineChart(plot) {
  const series = plot.series.map(({ points }) => drawable(plot, points));
  const all = series.flat();
  const titles = plot.series.map(({ title }) => title);
  const names = legend(titles, { left: 16, top: 48, width: WIDTH - 32 });
  const top = names.bottom + 30;
  const bottom = top + PLOT_HEIGHT;
  if (all.length === 0) throw new Error(`the plot ${plot.name} has no points`);
  const x = axis(
    plot.x,
    all.map(([a]) => a),
    LEFT,
    RIGHT,
  );
  const y = axis(
    plot.y,
    all.map(([, b]) => b),
    bottom,
    top,
  );
  const content = [
    names.content,
    grid(x, y, top, bottom),
    label(16, top - 14, plot.y.label, { kind: 'small' }),
    label(RIGHT, bottom + 36, plot.x.label, { kind: 'small', anchor: 'end' }),
    ...series.map((points, i) => drawSeries(points, i, x, y)),
  ];
  return svgDocument({ title: plot.title, width: WIDTH, height: bottom + 48 }, content.join('\n'));
}

function grid(x, y, top, bottom) {
  const rows = y.ticks.map(
    (tick) =>
      element('path', { class: 'grid', d: `M${LEFT} ${y.place(tick).toFixed(1)}H${RIGHT}` }) +
      label(LEFT - 8, y.place(tick) + 4, tickText(tick), { kind: 'small', anchor: 'end' }),
  );
  const columns = x.ticks.map(
    (tick) =>
      element('path', { class: 'grid', d: `M${x.place(tick).toFixed(1)} ${top}V${bottom}` }) +
      label(x.place(tick), bottom + 18, tickText(tick), { kind: 'small', anchor: 'middle' }),
  );
  return [...rows, ...columns].join('\n');
}

/** Marks are drawn only if they can be told apart. */
function drawSeries(points, series, x, y) {
  const places = points.map(([a, b]) => [x.place(a), y.place(b)]);
  const marks = places.length <= 24 ? places.map(([a, b]) => mark(series, a, b)) : [];
  return [line(series, places), ...marks].join('');
}
