/** A chart of the last minute, with a legend that shows the values under the cursor. */
import uPlot from 'uplot';
import type { ChartDots, Dot } from './chart-dots.ts';
import { axisStyle, sizeOf } from './plot-style.ts';
import { color } from './theme.ts';

const WINDOW_SECONDS = 60;
const NEVER = Number.NEGATIVE_INFINITY;
/** The axis shrinks again only when the highest value fills less of it than this share. */
const SHRINK_BELOW = 0.35;

export interface Line {
  readonly label: string;
  /** A custom property of the stylesheet. */
  readonly color: string;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The axis never ends below this. */
  readonly least: number;
}

export class Chart {
  readonly #options: ChartOptions;
  readonly #plot: uPlot;
  readonly #dots: ChartDots | undefined;
  readonly #outputs: HTMLOutputElement[] = [];
  /** The seconds, and for each of them the value of each line. */
  #times: number[] = [];
  #values: (number | null)[][];
  #ceiling: number;

  constructor(parent: HTMLElement, options: ChartOptions, dots?: ChartDots) {
    this.#options = options;
    this.#dots = dots;
    this.#ceiling = options.least;
    this.#values = options.lines.map(() => []);
    const figure = document.createElement('figure');
    figure.className = 'card chart';
    figure.id = options.id;
    const plot = document.createElement('div');
    plot.className = 'plot';
    plot.role = 'img';
    plot.ariaLabel = `${options.title}, the last minute`;
    figure.append(this.#caption(), plot);
    parent.append(figure);
    this.#plot = new uPlot(this.#plotOptions(plot), [[], ...this.#values] as never, plot);
    new ResizeObserver(() => this.#plot.setSize(sizeOf(plot))).observe(plot);
  }

  get points(): number {
    return this.#times.length;
  }

  /** Adds a point, and perhaps a dot. A value is null if there is nothing to show. */
  push(seconds: number, values: readonly (number | null)[], dot?: Dot): void {
    this.#times.push(seconds);
    values.forEach((value, i) => {
      this.#values[i].push(value);
    });
    while (this.#times[0] < seconds - WINDOW_SECONDS - 2) {
      this.#times.shift();
      for (const line of this.#values) line.shift();
    }
    this.#dots?.push(dot, seconds, seconds - WINDOW_SECONDS);
    this.#fitCeiling();
    const ago = this.#times.map((time) => time - seconds);
    this.#plot.setData([ago, ...this.#values]);
    const { dataset } = this.#plot.root.parentElement!;
    dataset.points = String(this.points);
    if (this.#dots) dataset.dots = String(this.#dots.count);
    this.#showValues();
  }

  /** To be called after a change of theme. */
  redraw(): void {
    this.#plot.redraw(false, true);
  }

  #caption(): HTMLElement {
    const caption = document.createElement('figcaption');
    const title = document.createElement('h3');
    title.textContent = this.#options.title;
    const list = document.createElement('ul');
    for (const line of this.#options.lines) {
      const item = document.createElement('li');
      item.style.setProperty('--line-color', `var(${line.color})`);
      const output = document.createElement('output');
      output.textContent = '–';
      // A value that changes every second should not be read out every second.
      output.ariaLive = 'off';
      this.#outputs.push(output);
      item.append(`${line.label} `, output);
      list.append(item);
    }
    caption.append(title, list);
    return caption;
  }

  #showValues(): void {
    const at = this.#plot.cursor.idx ?? this.#times.length - 1;
    this.#outputs.forEach((output, i) => {
      const value = this.#values[i][at];
      output.textContent = value == null ? '–' : this.#options.format(value);
    });
  }

  #fitCeiling(): void {
    let highest = this.#dots?.highest ?? NEVER;
    for (const line of this.#values) {
      for (const value of line) highest = Math.max(highest, value ?? NEVER);
    }
    if (highest > this.#ceiling || highest < this.#ceiling * SHRINK_BELOW) {
      this.#ceiling = Math.max(this.#options.least, roundUp(highest));
    }
  }

  #plotOptions(plot: HTMLElement): uPlot.Options {
    return {
      ...sizeOf(plot),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'swarm' },
        drag: { x: false, y: false },
        y: false,
        points: { size: 5 },
      },
      scales: {
        x: { time: false, range: [-WINDOW_SECONDS, 0] },
        y: { range: () => [0, this.#ceiling] },
      },
      axes: [
        { ...axisStyle, size: 24, gap: 7, splits: () => [-60, -45, -30, -15, 0], values: ago },
        {
          ...axisStyle,
          size: 58,
          gap: 6,
          splits: () => [0, this.#ceiling / 2, this.#ceiling],
          values: (_, splits) => splits.map(this.#options.format),
        },
      ],
      series: [
        {},
        ...this.#options.lines.map((line) => ({
          stroke: () => color(line.color),
          width: 1.5,
          points: { show: false },
        })),
      ],
      plugins: this.#dots ? [this.#dots.plugin()] : [],
      hooks: { setCursor: [() => this.#showValues()] },
    };
  }
}

function ago(_: uPlot, splits: number[]): string[] {
  return splits.map((seconds) => (seconds === 0 ? 'now' : `${seconds} s`));
}

/** Rounds up to 1, 2, 4, 6 or 8 times a power of ten, so that half of it is round, too. */
function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 4, 6, 8, 10].find((step) => step * power >= value)!;
}
