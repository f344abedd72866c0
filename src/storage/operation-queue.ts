import { TelemetryError } from '../model.ts';

/** Runs the operations of a store one at a time, in the order of the calls, until it is closed. */
export class OperationQueue {
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Rejects once `close` was called. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(storeClosed());
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Runs `operation` as the last one; a second call waits for the first. */
  close(operation: () => Promise<void>): Promise<void> {
    this.#closing ??= this.run(operation);
    return this.#closing;
  }
}

function storeClosed(): TelemetryError {
  return new TelemetryError('store_closed', 'The store is closed. Open the name again.');
}
