/** Dots on a chart, each of which leads to an example of what the chart counts. */
import type uPlot from 'uplot';
import { color } from './theme.ts';

const RADIUS = 4;
/** A dot can be clicked within this distance, so that a finger meets it, too. CSS pixels. */
const REACH = 22;
const FULL_CIRCLE = 2 * Math.PI;

export interface Dot {
  /** Seconds since 1970. */
  readonly at: number;
  readonly value: number;
  /** A custom property of the stylesheet. */
  readonly color: string;
  readonly id: string;
}

export class ChartDots {
  readonly #chosen: (id: string) => void;
  #dots: readonly Dot[] = [];
  /** The time at the right end of the chart. */
  #now = 0;

  /** @param chosen called with the ID of a dot that is clicked */
  constructor(chosen: (id: string) => void) {
    this.#chosen = chosen;
  }

  /** Shows one more dot, and none of those from before `oldest`. */
  push(dot: Dot | undefined, now: number, oldest: number): void {
    this.#now = now;
    const all = dot ? [...this.#dots, dot] : this.#dots;
    this.#dots = all.filter(({ at }) => at >= oldest);
  }

  get count(): number {
    return this.#dots.length;
  }

  get highest(): number {
    return Math.max(0, ...this.#dots.map(({ value }) => value));
  }

  /** Draws them into the plot, and makes them lead to their examples. */
  plugin(): uPlot.Plugin {
    return { hooks: { ready: [(plot) => this.#listen(plot)], draw: [(plot) => this.#draw(plot)] } };
  }

  #draw(plot: uPlot): void {
    const { ctx: context } = plot;
    const radius = RADIUS * devicePixelRatio;
    context.save();
    context.lineWidth = 1.5 * devicePixelRatio;
    context.strokeStyle = color('--surface');
    for (const dot of this.#dots) {
      const x = plot.valToPos(dot.at - this.#now, 'x', true);
      const y = plot.valToPos(dot.value, 'y', true);
      context.fillStyle = color(dot.color);
      context.beginPath();
      context.arc(x, y, radius, 0, FULL_CIRCLE);
      context.fill();
      context.stroke();
    }
    context.restore();
  }

  #listen(plot: uPlot): void {
    plot.over.addEventListener('pointermove', (event) => {
      plot.over.classList.toggle('on-dot', this.#nearest(plot, event) !== undefined);
    });
    plot.over.addEventListener('click', (event) => {
      const dot = this.#nearest(plot, event);
      if (dot) this.#chosen(dot.id);
    });
  }

  #nearest(plot: uPlot, { clientX, clientY }: MouseEvent): Dot | undefined {
    const { left, top } = plot.over.getBoundingClientRect();
    let nearest: Dot | undefined;
    let distance = REACH;
    for (const dot of this.#dots) {
      const x = left + plot.valToPos(dot.at - this.#now, 'x');
      const y = top + plot.valToPos(dot.value, 'y');
      const away = Math.hypot(clientX - x, clientY - y);
      if (away < distance) [nearest, distance] = [dot, away];
    }
    return nearest;
  }
}
