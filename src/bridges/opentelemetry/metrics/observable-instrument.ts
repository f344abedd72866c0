import type { Observable, ObservableCallback } from '@opentelemetry/api';
import { soundMeasurement } from './instruments.ts';

/** Adds a callback to an instrument, or to a list of them, or removes it. */
export type Change = (what: 'add' | 'remove', callback: unknown, of: unknown) => void;

/** What a callback is for: the instrument that it was given to, or a list of them. */
export interface Observed {
  readonly isBatch: boolean;
  readonly instruments: readonly ObservableInstrument[];
}

/** An instrument whose callbacks are called before it is read. */
export class ObservableInstrument implements Observable {
  readonly name: string;
  readonly #isInteger: boolean;
  readonly #change: Change;

  constructor(name: string, isInteger: boolean, change: Change) {
    this.name = name;
    this.#isInteger = isInteger;
    this.#change = change;
  }

  addCallback(callback: ObservableCallback): void {
    this.#change('add', callback, this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.#change('remove', callback, this);
  }

  /** Returns what was observed as the instrument takes it; `undefined` if it does not. */
  sound(value: unknown): number | undefined {
    return soundMeasurement(this.name, value, this.#isInteger);
  }
}

/** Returns what is meant by what a callback was given to. Others than instruments of this package are left out. */
export function observed(to: unknown): Observed {
  const isOwn = (one: unknown) => one instanceof ObservableInstrument;
  const instruments = [...new Set([to].flat())].filter(isOwn);
  return { isBatch: Array.isArray(to), instruments };
}
