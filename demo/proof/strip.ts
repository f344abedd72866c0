/** Draws the last seconds as two rows of ticks, one for each reading of the metrics: in a worker, and in the page. */
import { integer } from '../numbers.ts';

export interface StripStyle {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly good: string;
  readonly fault: string;
}

export interface StripContent {
  /** When the metrics were read, by `performance.now()` of the worker. */
  readonly inWorker: readonly number[];
  readonly inPage: readonly number[];
  /** The counter of the loop, as it was read last. */
  readonly turns: number;
  readonly isFiring: boolean;
}

/** Milliseconds. */
export const SHOWN = 10_000;
const FONT = '12px system-ui, sans-serif';
const LABELS = 62;
const HEAD = 22;
const TICK = 2;

export class Strip {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  #style: StripStyle;

  constructor(canvas: OffscreenCanvas, style: StripStyle) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
    this.#style = style;
    this.restyle(style);
  }

  restyle(style: StripStyle): void {
    this.#style = style;
    this.#canvas.width = Math.round(style.width * style.ratio);
    this.#canvas.height = Math.round(style.height * style.ratio);
  }

  draw({ inWorker, inPage, turns, isFiring }: StripContent, now: number): void {
    const { width, height, ratio, ink, muted, good, fault } = this.#style;
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    context.textBaseline = 'middle';
    context.fillStyle = ink;
    context.fillText(`Turns of the loop: ${integer(turns)}`, 0, HEAD / 2);
    const alert = isFiring ? 'Alert: blocked' : 'No alert';
    context.fillStyle = isFiring ? fault : muted;
    context.fillText(alert, width - context.measureText(alert).width, HEAD / 2);
    const row = (height - HEAD) / 2;
    this.#row('worker', inWorker, now, HEAD, row, good);
    this.#row('page', inPage, now, HEAD + row, row, ink);
  }

  #row(
    label: string,
    times: readonly number[],
    now: number,
    top: number,
    height: number,
    color: string,
  ): void {
    const { width, grid, muted } = this.#style;
    const context = this.#context;
    context.fillStyle = muted;
    context.fillText(label, 0, top + height / 2);
    context.fillStyle = grid;
    context.fillRect(LABELS, top + height / 2, width - LABELS, 1);
    context.fillStyle = color;
    for (const time of times) {
      const x = width - ((now - time) / SHOWN) * (width - LABELS);
      if (x >= LABELS) context.fillRect(x - TICK, top + 3, TICK, height - 6);
    }
  }
}
