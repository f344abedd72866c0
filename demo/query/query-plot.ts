/** Plots the series of an answer, with a legend that shows the values under the cursor. */
import uPlot from 'uplot';
import { timeOfDay } from '../numbers.ts';
import { axisStyle, heights, sizeOf } from '../plot-style.ts';
import { color } from '../theme.ts';
import { figure, type Series } from './answer.ts';
import { shortNames } from './series-names.ts';

const COLORS = ['--report', '--order', '--peer', '--pulse', '--fault', '--extra-1', '--extra-2'];
/** The second half of them is dashed. */
export const MOST_LINES = 2 * COLORS.length;
const DASH = [5, 3];
/** What has a colour elsewhere on the page has it here, too. */
const KINDS = ['report', 'order', 'peer', 'pulse'];

export interface PlotRange {
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export class QueryPlot {
  readonly #plot = document.createElement('div');
  readonly #legend = document.createElement('ul');
  readonly #time = document.createElement('p');
  readonly #outputs: HTMLOutputElement[] = [];
  #chart: uPlot | undefined;
  #names: readonly string[] = [];
  #range: PlotRange = { start: 0, end: 1, step: 1 };

  constructor(parent: HTMLElement) {
    this.#plot.className = 'plot';
    this.#plot.role = 'img';
    this.#plot.ariaLabel = 'A plot without series';
    this.#time.className = 'plot-time';
    this.#legend.className = 'plot-legend';
    this.#legend.ariaLabel = 'Series';
    parent.append(this.#plot, this.#time, this.#legend);
    new ResizeObserver(() => this.#chart?.setSize(sizeOf(this.#plot))).observe(this.#plot);
  }

  /** Shows at most `MOST_LINES` of the series. */
  show(series: readonly Series[], range: PlotRange): void {
    const shown = series.filter(({ values }) => values).slice(0, MOST_LINES);
    const names = shortNames(shown.map(({ metric }) => metric));
    this.#range = range;
    const data = columns(shown, range);
    this.#plot.dataset.series = String(shown.length);
    this.#plot.dataset.points = String(shown.reduce((sum, one) => sum + one.values!.length, 0));
    this.#plot.ariaLabel = `A plot of ${shown.length} series`;
    if (!this.#chart || names.join('\n') !== this.#names.join('\n')) this.#replace(names, data);
    else this.#chart.setData(data);
    this.#showValues();
  }

  /** To be called after a change of theme. */
  redraw(): void {
    this.#chart?.redraw(false, true);
  }

  #replace(names: readonly string[], data: uPlot.AlignedData): void {
    this.#names = names;
    this.#chart?.destroy();
    this.#outputs.length = 0;
    this.#legend.replaceChildren(...names.map((name, i) => this.#legendItem(name, i)));
    this.#chart = new uPlot(this.#options(names), data, this.#plot);
  }

  #legendItem(name: string, i: number): HTMLLIElement {
    const item = document.createElement('li');
    item.style.setProperty('--line-color', `var(${colorOf(name, i)})`);
    item.classList.toggle('dashed', i >= COLORS.length);
    const text = document.createElement('span');
    text.textContent = name;
    text.title = name;
    const output = document.createElement('output');
    output.ariaLive = 'off';
    this.#outputs.push(output);
    item.append(text, output);
    // The line of the series under the pointer stands out.
    item.addEventListener('pointerenter', () => this.#chart?.setSeries(i + 1, { focus: true }));
    item.addEventListener('pointerleave', () => this.#chart?.setSeries(null, { focus: true }));
    return item;
  }

  #showValues(): void {
    const chart = this.#chart;
    if (!chart) return;
    const [times, ...lines] = chart.data;
    const at = chart.cursor.idx ?? times.length - 1;
    this.#outputs.forEach((output, i) => {
      const value = lines[i]?.[at];
      const text = value == null ? '–' : figure(value);
      if (output.textContent !== text) output.textContent = text;
    });
    const when = timeOfDay(this.#range.start + at * this.#range.step);
    const text = chart.cursor.idx == null ? '' : when;
    if (this.#time.textContent !== text) this.#time.textContent = text;
  }

  #options(names: readonly string[]): uPlot.Options {
    return {
      ...sizeOf(this.#plot),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      focus: { alpha: 0.25 },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 5 } },
      scales: {
        x: { time: false, range: () => [this.#range.start - this.#range.end, 0] },
        y: { range: (_, low, high) => heights(low, high) },
      },
      axes: [
        { ...axisStyle, size: 24, gap: 7, splits: () => quarters(this.#range), values: ago },
        {
          ...axisStyle,
          size: 56,
          gap: 6,
          space: 26,
          values: (_, splits) => splits.map(figure),
        },
      ],
      series: [
        {},
        ...names.map((label, i) => ({
          label,
          stroke: () => color(colorOf(label, i)),
          width: 1.5,
          points: { show: false },
          ...(i >= COLORS.length && { dash: DASH }),
        })),
      ],
      hooks: { setCursor: [() => this.#showValues()] },
    };
  }
}

function colorOf(name: string, i: number): string {
  return KINDS.includes(name) ? `--${name}` : COLORS[i % COLORS.length];
}

/** Returns seconds before the end, and the values of each series at these, null where it has none. */
function columns(series: readonly Series[], { start, end, step }: PlotRange): uPlot.AlignedData {
  const count = Math.floor((end - start) / step + 1e-9) + 1;
  const times = Array.from({ length: count }, (_, i) => start + i * step - end);
  const lines = series.map(({ values = [] }) => {
    const line = new Array<number | null>(count).fill(null);
    for (const [time, text] of values) {
      const value = Number(text.replace('Inf', 'Infinity'));
      if (Number.isFinite(value)) line[Math.round((time - start) / step)] = value;
    }
    return line;
  });
  return [times, ...lines];
}

function quarters({ start, end }: PlotRange): number[] {
  return [4, 3, 2, 1, 0].map((quarter) => (-(end - start) * quarter) / 4);
}

function ago(_: uPlot, splits: number[]): string[] {
  return splits.map((seconds) => {
    if (seconds === 0) return 'now';
    return seconds <= -120 ? `${figure(seconds / 60)} min` : `${figure(seconds)} s`;
  });
}
