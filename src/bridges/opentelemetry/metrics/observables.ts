import type { Observable, ObservableCallback } from '@opentelemetry/api';
import type { Observing } from './observing.ts';

/** The callbacks of a provider. Many applications have none, and so no need of the code that calls them. */
export class Callbacks {
  #observing: Promise<Observing> | undefined;

  /** Does something with them, in the order of the calls. Never rejects. */
  use<T>(what: (observing: Observing) => T | Promise<T>): Promise<T | undefined> {
    this.#observing ??= import('./observing.ts').then(({ Observing }) => new Observing());
    return this.#observing.then(what).catch(() => undefined);
  }

  /** Calls all of them, once for whoever reads next. */
  call(): void {
    if (this.#observing) void this.use((observing) => observing.call());
  }
}

/** An instrument whose callbacks are called before it is read. */
export class ObservableInstrument implements Observable {
  readonly name: string;
  readonly isInteger: boolean;
  readonly #callbacks: Callbacks;

  constructor(name: string, isInteger: boolean, callbacks: Callbacks) {
    this.name = name;
    this.isInteger = isInteger;
    this.#callbacks = callbacks;
  }

  addCallback(callback: ObservableCallback): void {
    void this.#callbacks.use((observing) => observing.add(callback, this));
  }

  removeCallback(callback: ObservableCallback): void {
    void this.#callbacks.use((observing) => observing.remove(callback, this));
  }
}
