import { type Attributes, type Context, diag } from '@opentelemetry/api';
import type { Counted } from './aggregation.ts';
import type { Stream } from './stream.ts';

/** A stream, and what it does with values. */
export interface Target extends Pick<Counted, 'action' | 'options'> {
  readonly stream: Stream;
}

/** What an instrument needs of the meter. */
export interface InstrumentHead {
  readonly name: string;
  /** Whether it takes whole numbers only. */
  readonly isInteger: boolean;
  /** Whether it refuses negative numbers. */
  readonly isPositive: boolean;
  readonly targets: readonly Target[];
  /** Counts and reports a recording that failed. Never throws. */
  readonly failed: (error: unknown) => void;
}

/** An instrument that the application calls. It never throws. */
class RecordingInstrument {
  readonly #head: InstrumentHead;
  /** Absent if an instrument has several streams, or none. */
  readonly #only: Target | undefined;

  constructor(head: InstrumentHead) {
    this.#head = head;
    if (head.targets.length === 1 && !head.isInteger) this.#only = head.targets[0];
  }

  protected take(value: number, attributes?: Attributes, context?: Context): void {
    const only = this.#only;
    try {
      if (only !== undefined && typeof value === 'number' && value >= 0) {
        only.stream.series(attributes, context)[only.action](value);
        return;
      }
      const { name, isInteger, isPositive, targets } = this.#head;
      const sound = soundMeasurement(name, value, isInteger);
      if (sound === undefined) return;
      if (isPositive && sound < 0) {
        diag.warn(`${name} takes no negative values: ${sound}`);
        return;
      }
      for (const { stream, action } of targets) stream.series(attributes, context)[action](sound);
    } catch (error) {
      this.#head.failed(error);
    }
  }
}

/** A counter, or an up-down counter. */
export class AddingInstrument extends RecordingInstrument {
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.take(value, attributes, context);
  }
}

/** A gauge, or a histogram. */
export class ValueInstrument extends RecordingInstrument {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.take(value, attributes, context);
  }
}

/** Returns a value as an instrument takes it; `undefined` if it is none. Warns if it is not what was given. */
export function soundMeasurement(
  name: string,
  value: unknown,
  isInteger: boolean,
): number | undefined {
  const isNumber = typeof value === 'number';
  if (isNumber && !isInteger) return value;
  const whole = isNumber ? Math.trunc(value) : Number.NaN;
  if (whole !== value) diag.warn(`${name} takes no such value: ${typeof value}`);
  return Number.isInteger(whole) ? whole : undefined;
}
