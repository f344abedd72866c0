import { TelemetryError } from '../model.ts';

/** Runs the operations of a store one at a time, in the order of the calls, until it is closed. */
export class OperationQueue {
  readonly #givesUpAfter: number;
  #line = emptyLine();
  /** When an operation last began or ended. Milliseconds since 1970. */
  #progress = 0;
  #closing: Promise<void> | undefined;

  /**
   * @param givesUpAfter after so long without progress an operation is no longer waited for. Milliseconds
   */
  constructor(givesUpAfter = Infinity) {
    this.#givesUpAfter = givesUpAfter;
  }

  /** Runs an operation after those before it. Rejects once `close` was called. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(storeClosed());
    const now = Date.now();
    if (this.#line.waiting === 0) this.#progress = now;
    if (now - this.#progress > this.#givesUpAfter) this.#line = emptyLine();
    const line = this.#line;
    line.waiting++;
    const result = line.last.then(() => {
      this.#progress = Date.now();
      return operation();
    });
    const settled = () => {
      line.waiting--;
      this.#progress = Date.now();
    };
    line.last = result.then(settled, settled);
    return result;
  }

  /** Runs `operation` as the last one; a second call waits for the first. */
  close(operation: () => Promise<void>): Promise<void> {
    this.#closing ??= this.run(operation);
    return this.#closing;
  }
}

function emptyLine(): { waiting: number; last: Promise<unknown> } {
  return { waiting: 0, last: Promise.resolve() };
}

function storeClosed(): TelemetryError {
  return new TelemetryError('store_closed', 'The store is closed. Open the name again.');
}
