/** Records in each frame, and measures how long frames and telemetry took in the last seconds. */

export interface Frame {
  /** When it began, by `performance.now()`. */
  readonly start: number;
  /** The time since the frame before, as the display shows it. Milliseconds. */
  readonly interval: number;
  /** How long the main thread has worked on telemetry since the frame before. Milliseconds. */
  readonly telemetry: number;
}

export interface Figures {
  /** Of the intervals. Milliseconds. */
  readonly median: number;
  readonly p99: number;
  /** The mean of a frame. Milliseconds. */
  readonly telemetry: number;
  /** Its share of all the time. */
  readonly ofTime: number;
  readonly updatesPerSecond: number;
}

export class FrameMeter {
  frames: Frame[] = [];
  readonly window: number;
  readonly #record: () => void;
  readonly #spent: () => number;
  readonly #changed: () => void;
  #last: number | undefined;
  #spentBefore = 0;
  #running = true;

  /**
   * @param window how long it remembers a frame; milliseconds
   * @param record the work of a frame
   * @param spent for how long the main thread has worked on telemetry apart from that; milliseconds
   * @param changed called after each frame
   */
  constructor(window: number, record: () => void, spent: () => number, changed: () => void) {
    this.window = window;
    this.#record = record;
    this.#spent = spent;
    this.#changed = changed;
    requestAnimationFrame(this.#frame);
  }

  stop(): void {
    this.#running = false;
  }

  /** Forgets the frames so far, as when nobody could see them. */
  restart(): void {
    this.frames = [];
    this.#last = undefined;
  }

  /** Whether it has seen as many frames as it keeps. */
  get isFull(): boolean {
    const { frames } = this;
    return (
      frames.length > 1 &&
      frames.at(-1)!.start - frames[0].start >= this.window - frames[0].interval
    );
  }

  readonly #frame = () => {
    if (!this.#running) return;
    const start = performance.now();
    const spent = this.#spent();
    this.#record();
    const telemetry = performance.now() - start + spent - this.#spentBefore;
    this.#spentBefore = spent;
    if (this.#last !== undefined) {
      this.frames.push({ start, interval: start - this.#last, telemetry });
      while (this.frames[0].start < start - this.window) this.frames.shift();
    }
    this.#last = start;
    this.#changed();
    requestAnimationFrame(this.#frame);
  };
}

/** @param updates how many there are in a frame */
export function figuresOf(frames: readonly Frame[], updates: number): Figures | undefined {
  if (frames.length === 0) return undefined;
  const intervals = frames.map(({ interval }) => interval).sort((a, b) => a - b);
  const quantile = (q: number) => intervals[Math.ceil(q * intervals.length) - 1];
  const sum = (of: (frame: Frame) => number) => frames.reduce((total, one) => total + of(one), 0);
  const all = sum(({ interval }) => interval);
  const telemetry = sum((frame) => frame.telemetry);
  return {
    median: quantile(0.5),
    p99: quantile(0.99),
    telemetry: telemetry / frames.length,
    ofTime: telemetry / all,
    updatesPerSecond: (1000 * updates * frames.length) / all,
  };
}
