/**
 * Proves the point: the page stands still, and is measured all the same. A second client, in a worker of its own,
 * reads the collector and draws what it finds on a strip. A client in the page does the same, as far as it can.
 */
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { color } from '../theme.ts';
import { type Findings, told } from './findings.ts';
import type { StripStyle } from './strip.ts';

const SECONDS = 3;
/** How often the client in the page reads the metrics. Milliseconds. */
const INTERVAL = 100;
/** How long both clients read before the page stands still, and after it. Milliseconds. */
const BEFORE = 1000;
const AFTER = 4000;
const TURNS = 'foglets_blocking_turns_total';

export class Proof {
  readonly #collector: TelemetryCollector;
  readonly #canvas: HTMLCanvasElement;
  readonly #say: (text: string) => void;
  readonly #turns: { increment(): void };
  #worker: Worker | undefined;
  #isRunning = false;
  #reading: ReturnType<typeof setInterval> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** Clicks that were made before this are none, since nobody could see what they click on. */
  #freeSince = 0;

  constructor(
    collector: TelemetryCollector,
    canvas: HTMLCanvasElement,
    button: HTMLButtonElement,
    say: (text: string) => void,
  ) {
    this.#collector = collector;
    this.#canvas = canvas;
    this.#say = say;
    this.#turns = collector
      .registerCounter(TURNS, 'Turns of the loop that blocks the page.')
      .labels({});
    button.addEventListener('click', async ({ timeStamp }) => {
      if (this.#isRunning || timeStamp < this.#freeSince) return;
      this.#isRunning = true;
      button.ariaDisabled = 'true';
      await this.#run().catch((error) => say(`This browser cannot show it: ${error.message}`));
      // What was clicked meanwhile comes with the next frame.
      await nextFrame();
      button.ariaDisabled = null;
      this.#isRunning = false;
    });
  }

  /** To be called after a change of theme or size. */
  restyle(): void {
    this.#worker?.postMessage({ style: styleOf(this.#canvas) });
  }

  async #run(): Promise<void> {
    this.#say('In a second this page stands still. Watch the strip.');
    this.#worker ??= await this.#startWorker();
    this.#watch(this.#worker);
    await new Promise((resolve) => setTimeout(resolve, BEFORE));
    this.#worker.postMessage({ begins: true });
    const began = performance.now();
    this.#block(began + SECONDS * 1000);
    this.#freeSince = performance.now();
    const findings = this.#findings();
    this.#worker.postMessage({ ends: true });
    const seconds = (this.#freeSince - began) / 1000;
    this.#say(told(seconds, await findings, this.#collector.link));
    this.#rest = setTimeout(() => this.#stopWatching(), AFTER);
  }

  #watch(worker: Worker): void {
    this.#stopWatching();
    worker.postMessage({ watches: true });
    this.#reading = setInterval(async () => {
      await this.#collector.getSnapshot();
      worker.postMessage({ readInPage: true });
    }, INTERVAL);
  }

  /** Nobody needs so many readings for long. What the strip shows stays. */
  #stopWatching(): void {
    clearTimeout(this.#rest);
    clearInterval(this.#reading);
    this.#worker?.postMessage({ watches: false });
  }

  #block(end: number): void {
    while (performance.now() < end) this.#turns.increment();
  }

  #findings(): Promise<Findings> {
    return new Promise((resolve) => {
      const worker = this.#worker!;
      worker.addEventListener('message', ({ data }) => resolve(data.findings), { once: true });
    });
  }

  /** Resolves once the client in the worker has read the metrics for the first time. */
  async #startWorker(): Promise<Worker> {
    this.#canvas.hidden = false;
    const style = styleOf(this.#canvas);
    const worker = new Worker(new URL('proof-worker.js', document.baseURI), { type: 'module' });
    const port = this.#collector.createPort();
    const canvas = this.#canvas.transferControlToOffscreen();
    worker.postMessage({ port, canvas, style }, [port, canvas]);
    await new Promise((resolve, reject) => {
      worker.addEventListener('message', resolve, { once: true });
      worker.addEventListener('error', () => reject(new Error('its worker does not start')));
    });
    new ResizeObserver(() => this.restyle()).observe(this.#canvas);
    return worker;
  }
}

function styleOf({ clientWidth, clientHeight }: HTMLCanvasElement): StripStyle {
  return {
    width: clientWidth,
    height: clientHeight,
    ratio: devicePixelRatio,
    ink: color('--ink'),
    muted: color('--muted'),
    grid: color('--grid'),
    good: color('--good'),
    fault: color('--fault'),
  };
}

/** Resolves once the next frame has been drawn. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
