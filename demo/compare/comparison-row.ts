/** What is shown of one library: its figures, and a bar for each of its last frames. */
import { compact, preciseMilliseconds, share } from '../numbers.ts';
import type { Delivery } from './comparison-run.ts';
import { drawBars } from './frame-bars.ts';
import { type Figures, type Frame, figuresOf } from './frame-meter.ts';
import type { Library } from './libraries.ts';

const COLUMNS = 5;
const NOTHING = '–';
const LOADING = 'loading';
const FAILED = 'failed';

export class ComparisonRow {
  readonly library: Library;
  readonly element = document.createElement('tbody');
  figures: Figures | undefined;
  /** Why the library does not run here; empty if it does. */
  problem = '';
  #frames: readonly Frame[] = [];
  readonly #cells: readonly HTMLElement[];
  readonly #canvas = document.createElement('canvas');

  constructor(library: Library) {
    this.library = library;
    this.element.dataset.library = library.id;
    const title = document.createElement('th');
    title.scope = 'row';
    title.textContent = library.title;
    this.#cells = Array.from({ length: COLUMNS - 1 }, () => document.createElement('td'));
    for (const at of [0, -1]) this.#cells.at(at)!.className = 'wide';
    const bars = document.createElement('td');
    bars.colSpan = COLUMNS;
    bars.append(this.#canvas);
    this.#canvas.role = 'img';
    const [figures, below] = [document.createElement('tr'), document.createElement('tr')];
    figures.append(title, ...this.#cells);
    below.append(bars);
    this.element.append(figures, below);
    this.clear();
  }

  get longest(): number {
    return Math.max(0, ...this.#frames.map(({ interval }) => interval));
  }

  clear(): void {
    this.figures = undefined;
    this.problem = '';
    this.#frames = [];
    for (const cell of this.#cells) cell.textContent = NOTHING;
    delete this.element.dataset.recorded;
    delete this.element.dataset.exact;
  }

  starting(): void {
    this.clear();
    this.#cells[1].textContent = LOADING;
  }

  failed(reason: string): void {
    this.clear();
    this.problem = `${this.library.title} does not run here: ${reason}`;
    this.#cells[1].textContent = FAILED;
  }

  /** Shows the last frames, with so many updates in each. */
  update(frames: readonly Frame[], updates: number): void {
    const figures = figuresOf(frames, updates);
    if (!figures) return;
    this.figures = figures;
    this.#frames = frames.slice();
    const { median, p99, telemetry, ofTime } = figures;
    const [medianCell, p99Cell, telemetryCell] = this.#cells;
    medianCell.textContent = preciseMilliseconds(median);
    p99Cell.textContent = preciseMilliseconds(p99);
    const spent = `${preciseMilliseconds(telemetry)} (${share(ofTime)})`;
    telemetryCell.textContent = updates === 0 ? NOTHING : spent;
    this.element.dataset.figures = JSON.stringify(figures);
  }

  delivered({ recorded, isExact }: Delivery): void {
    if (!this.figures) this.clear();
    const { dataset } = this.element;
    dataset.recorded = String(recorded);
    dataset.exact = String(isExact);
    const all = isExact
      ? `all ${compact(recorded)}`
      : `not what was recorded: ${compact(recorded)}`;
    this.#cells.at(-1)!.textContent = isExact === undefined ? NOTHING : all;
  }

  /** Draws the bars of so many milliseconds; `top` is the time at their upper edge, in milliseconds, too. */
  draw(window: number, top: number): void {
    const { title, color } = this.library;
    this.#canvas.ariaLabel = `Frames of ${title}, the longest ${preciseMilliseconds(this.longest)}`;
    drawBars(this.#canvas, this.#frames, window, top, color);
  }
}
