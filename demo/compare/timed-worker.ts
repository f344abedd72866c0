/** A worker that knows for how long the page has worked on its messages. */
export class TimedWorker extends Worker {
  /** Milliseconds. */
  spent = 0;
  #began = 0;
  readonly #end = () => {
    this.spent += performance.now() - this.#began;
  };

  constructor(url: URL) {
    super(url, { type: 'module' });
    super.addEventListener('message', () => {
      this.#began = performance.now();
    });
  }

  /** Keeps one listener before all others and one behind them. What a listener's promises do runs before the next one. */
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject): void {
    super.addEventListener(type, listener);
    super.removeEventListener('message', this.#end);
    super.addEventListener('message', this.#end);
  }
}
