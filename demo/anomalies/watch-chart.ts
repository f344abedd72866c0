/** A small chart of a watch: the value, the band of what is usual, and below them how unusual the value is. */
import uPlot from 'uplot';
import { brief } from '../numbers.ts';
import { axisStyle, heights, sizeOf } from '../plot-style.ts';
import { color } from '../theme.ts';
import { SPAN, type WatchHistory } from './watch-history.ts';

/** The height of the strip below the plot that shows the scores. CSS pixels. */
const STRIP = 16;
const TIMES = Array.from({ length: SPAN + 1 }, (_, i) => i - SPAN);
const NO_LINE = TIMES.map(() => null);
const NOTHING: WatchHistory = {
  value: NO_LINE,
  expected: NO_LINE,
  low: NO_LINE,
  high: NO_LINE,
  score: NO_LINE,
};

export class WatchChart {
  readonly element = document.createElement('figure');
  readonly #figures: Record<'now' | 'usual' | 'score', HTMLOutputElement>;
  readonly #box = document.createElement('div');
  readonly #plot: uPlot;
  #history = NOTHING;
  /** Where anomalies began: seconds before now. */
  #began: readonly number[] = [];

  constructor(name: string) {
    this.element.className = 'watch';
    this.element.dataset.watch = name;
    const heading = document.createElement('h3');
    heading.textContent = name;
    const legend = document.createElement('ul');
    const item = (label: string) => {
      const output = document.createElement('output');
      output.ariaLive = 'off';
      const line = document.createElement('li');
      line.className = label;
      line.append(`${label} `, output);
      legend.append(line);
      return output;
    };
    this.#figures = { now: item('now'), usual: item('usual'), score: item('score') };
    const caption = document.createElement('figcaption');
    caption.append(heading, legend);
    this.#box.className = 'watch-plot';
    this.#box.role = 'img';
    this.#box.ariaLabel = `${name}, and what is usual, in the last two minutes`;
    this.element.append(caption, this.#box);
    this.#plot = new uPlot(this.#options(), this.#data(), this.#box);
    new ResizeObserver(() => this.#plot.setSize(sizeOf(this.#box))).observe(this.#box);
    this.#showFigures();
  }

  /** @param began when anomalies began, in seconds before the end of the history */
  show(history: WatchHistory, began: readonly number[]): void {
    this.#history = history;
    this.#began = began;
    this.#plot.setData(this.#data());
    this.#box.dataset.points = String(history.value.filter((one) => one !== null).length);
    this.#box.dataset.marks = String(began.length);
    this.#showFigures();
  }

  /** To be called after a change of theme. */
  redraw(): void {
    this.#plot.redraw(false, true);
  }

  #data(): uPlot.AlignedData {
    const { low, high, expected, value } = this.#history;
    return [TIMES, low, high, expected, value] as unknown as uPlot.AlignedData;
  }

  #showFigures(): void {
    const { value, low, high, score } = this.#history;
    const at = this.#plot.cursor.idx ?? SPAN;
    const { now, usual, score: unusual } = this.#figures;
    // What was watched last may not have come yet.
    const of = (line: WatchHistory['value']) => line[at] ?? (at === SPAN ? line[at - 1] : null);
    const text = (one: number | null) => (one === null ? '–' : brief(one));
    const [from, to] = [of(low), of(high)];
    const isOne = from !== null && to !== null && text(from) === text(to);
    now.textContent = text(of(value));
    usual.textContent = isOne ? text(from) : `${text(from)} to ${text(to)}`;
    unusual.textContent = of(score)?.toFixed(2) ?? '–';
  }

  /** What was usual before is clipped if it reached further: at first little is known, and the band is wide. */
  #heights(): [number, number] {
    const { value, low, high } = this.#history;
    const shown = [...value, low.at(-1), high.at(-1)].filter((one) => typeof one === 'number');
    return shown.length > 0 ? heights(Math.min(...shown), Math.max(...shown)) : heights(null, null);
  }

  /** Draws the scores as bars below the plot, and a line where each anomaly began. */
  #drawScores({ ctx: context, bbox, valToPos }: uPlot): void {
    const strip = STRIP * devicePixelRatio;
    const bottom = bbox.top + bbox.height + strip;
    const second = bbox.width / SPAN;
    context.save();
    context.fillStyle = color('--grid');
    context.fillRect(bbox.left, bottom, bbox.width, devicePixelRatio);
    context.fillStyle = color('--unusual');
    this.#history.score.forEach((score, i) => {
      const height = (score ?? 0) * (strip - 2);
      const x = valToPos(TIMES[i], 'x', true);
      context.fillRect(x - second, bottom - height, second, height);
    });
    for (const ago of this.#began) {
      const x = valToPos(-ago, 'x', true);
      context.fillRect(x, bbox.top, 1.5 * devicePixelRatio, bottom - bbox.top);
    }
    context.restore();
  }

  #options(): uPlot.Options {
    const edge = {
      stroke: () => color('--band-edge'),
      width: 1,
      points: { show: false },
    };
    return {
      ...sizeOf(this.#box),
      padding: [6, 12, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'watches' },
        drag: { x: false, y: false },
        y: false,
        points: { size: 5 },
      },
      scales: {
        x: { time: false, range: [-SPAN, 0] },
        y: { range: () => this.#heights() },
      },
      axes: [
        {
          ...axisStyle,
          size: 20 + STRIP,
          gap: 4 + STRIP,
          splits: () => [-SPAN, -SPAN / 2, 0],
          values: () => ['-2 min', '-1 min', 'now'],
        },
        { ...axisStyle, size: 50, gap: 6, space: 24, values: (_, splits) => splits.map(brief) },
      ],
      bands: [{ series: [2, 1], fill: () => color('--band') as unknown as CanvasGradient }],
      series: [
        {},
        edge,
        edge,
        { stroke: () => color('--muted'), width: 1, dash: [4, 3], points: { show: false } },
        { stroke: () => color('--ink'), width: 1.5, points: { show: false } },
      ],
      hooks: {
        draw: [(plot) => this.#drawScores(plot)],
        setCursor: [() => this.#showFigures()],
      },
    };
  }
}
