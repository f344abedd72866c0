/**
 * Three canvases on top of each other, so that each frame draws only what moves: the tree itself, what is
 * selected, and the life in it. All of them use device pixels.
 */

/** With more device pixels than this a screen looks no sharper, and only gets slower. */
const MAX_RATIO = 2;

export interface Layer {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
}

export class CanvasLayers {
  readonly tree: Layer;
  readonly focus: Layer;
  readonly life: Layer;
  /** The size in device pixels. */
  width = 0;
  height = 0;
  ratio = 1;
  readonly #frame: HTMLElement;

  constructor(frame: HTMLElement, resized: () => void) {
    this.#frame = frame;
    [this.tree, this.focus, this.life] = [...frame.querySelectorAll('canvas')].map((canvas) => ({
      canvas,
      context: canvas.getContext('2d')!,
    }));
    new ResizeObserver(() => {
      if (this.#fit()) resized();
    }).observe(frame);
    this.#fit();
  }

  clear({ context }: Layer): void {
    context.clearRect(0, 0, this.width, this.height);
  }

  #fit(): boolean {
    const ratio = Math.min(devicePixelRatio, MAX_RATIO);
    const width = Math.round(this.#frame.clientWidth * ratio);
    const height = Math.round(this.#frame.clientHeight * ratio);
    if (width === this.width && height === this.height) return false;
    Object.assign(this, { width, height, ratio });
    for (const { canvas } of [this.tree, this.focus, this.life]) {
      Object.assign(canvas, { width, height });
    }
    return true;
  }
}
