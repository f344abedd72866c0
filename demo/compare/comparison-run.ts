/** One library at work in the page, from its start to what it has delivered. */
import { FrameMeter } from './frame-meter.ts';
import type { Library } from './libraries.ts';
import { UPDATES_PER_FOGLET, Workload } from './workload.ts';

export interface Load {
  readonly updatesPerFrame: number;
  readonly series: number;
  /** How long frames are remembered. Milliseconds. */
  readonly window: number;
}

export interface Delivery {
  readonly recorded: number;
  /** Whether every total that was delivered equals what the page has counted; undefined if nothing was delivered. */
  readonly isExact: boolean | undefined;
}

/** The first frames are those of a library that has just been started: this share of a window. */
const SETTLING = 0.2;

export class ComparisonRun {
  readonly link: string | undefined;
  readonly meter: FrameMeter;
  readonly #end: () => Promise<Delivery>;
  readonly #settling: ReturnType<typeof setTimeout>;
  #isSettled = false;

  /** @param changed called after each frame */
  static async start(library: Library, load: Load, changed: () => void): Promise<ComparisonRun> {
    const open = await library.load();
    const telemetry = await open(load.series);
    await telemetry.start();
    const workload = new Workload(telemetry, load.series);
    const foglets = load.updatesPerFrame / UPDATES_PER_FOGLET;
    const meter = new FrameMeter(
      load.window,
      () => workload.record(foglets),
      telemetry.spent,
      changed,
    );
    const end = async () => {
      const delivered = await telemetry.stop();
      const { expected } = workload;
      const isExact = delivered && JSON.stringify(delivered) === JSON.stringify(expected);
      return { recorded: UPDATES_PER_FOGLET * expected.steps, isExact };
    };
    return new ComparisonRun(telemetry.link, meter, end);
  }

  private constructor(link: string | undefined, meter: FrameMeter, end: () => Promise<Delivery>) {
    this.link = link;
    this.meter = meter;
    this.#end = end;
    document.addEventListener('visibilitychange', this.#forget);
    this.#settling = setTimeout(() => {
      this.#isSettled = true;
      this.#forget();
    }, SETTLING * meter.window);
  }

  /** Whether all of its last frames are those of a library that has been at work for a while. */
  get isMeasured(): boolean {
    return this.#isSettled && this.meter.isFull;
  }

  async stop(): Promise<Delivery> {
    this.meter.stop();
    clearTimeout(this.#settling);
    document.removeEventListener('visibilitychange', this.#forget);
    return this.#end();
  }

  /** A hidden page has no frames, and the first one after that is long by no fault of its own. */
  readonly #forget = () => this.meter.restart();
}
