import type { Observable, ObservableCallback } from '@opentelemetry/api';

/** Adds a callback to an instrument, or to a list of them, or removes it. */
export type Change = (what: 'add' | 'remove', callback: unknown, of: unknown) => void;

/** An instrument whose callbacks are called before it is read. */
export class ObservableInstrument implements Observable {
  readonly name: string;
  readonly isInteger: boolean;
  readonly #change: Change;

  constructor(name: string, isInteger: boolean, change: Change) {
    this.name = name;
    this.isInteger = isInteger;
    this.#change = change;
  }

  addCallback(callback: ObservableCallback): void {
    this.#change('add', callback, this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.#change('remove', callback, this);
  }
}
