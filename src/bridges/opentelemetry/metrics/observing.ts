import {
  type Attributes,
  type BatchObservableCallback,
  diag,
  type ObservableCallback,
} from '@opentelemetry/api';
import { messageOf } from '../../../model.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import type { CountedBuckets } from './aggregation.ts';
import type { Target } from './instruments.ts';
import type { ObservableInstrument, Observed } from './observable-instrument.ts';
import type { Found } from './series.ts';

interface Registered extends Observed {
  readonly callback: unknown;
}

/** Counts what has gone wrong for an instrument. */
type Failed = (name: string | undefined, what: string) => void;

/** What one call has found, and when it is over. */
interface Call {
  readonly instruments: readonly ObservableInstrument[];
  readonly found: ReadonlyMap<ObservableInstrument, readonly (readonly [number, Attributes])[]>;
  readonly done: Promise<void>;
}

/** Calls the callbacks of observable instruments, each once before its instruments are read. */
export class Observing {
  readonly #failed: Failed;
  #registered: readonly Registered[] = [];
  #calls: readonly Call[] = [];

  /** @param collector counts what goes wrong in callbacks */
  constructor(collector: TelemetryCollector) {
    this.#failed = (name, what) => collector.fail('collect', `opentelemetry: ${name}: ${what}`);
  }

  /** Adds a callback, unless it is there. */
  add(callback: unknown, to: Observed): void {
    const one = { callback, ...to };
    if (typeof callback !== 'function' || one.instruments.length === 0) {
      diag.error('a callback must be a function that is for observable instruments');
    } else if (!this.#registered.some(isLike(one))) this.#registered = [...this.#registered, one];
  }

  remove(callback: unknown, from: Observed): void {
    const isMeant = isLike({ callback, ...from });
    this.#registered = this.#registered.filter((one) => !isMeant(one));
  }

  call(): void {
    this.#calls = this.#registered.map((one) => called(one, this.#failed));
  }

  /** Resolves to what was found for an instrument, once the callbacks that it has are back. */
  async found(
    instrument: ObservableInstrument,
    { stream, action, options }: Target,
  ): Promise<readonly object[]> {
    const calls = this.#calls.filter(({ instruments }) => instruments.includes(instrument));
    await Promise.all(calls.map(({ done }) => done));
    const found: Found[] = [];
    for (const [value, attributes] of calls.flatMap((call) => call.found.get(instrument) ?? [])) {
      try {
        found.push({ value, labels: stream.key(stream.processed(attributes)) });
      } catch (error) {
        // Attributes that cannot be read have no series.
        this.#failed(instrument.name, `an observation failed: ${messageOf(error)}`);
      }
    }
    if (action === 'observe') {
      const { distributions } = await import('./distributions.ts');
      return distributions(found, options as CountedBuckets);
    }
    // What was observed last counts.
    return [...new Map(found.map((one) => [JSON.stringify(one.labels), one])).values()];
  }
}

const isLike = (one: Registered) => (other: Registered) =>
  one.callback === other.callback &&
  one.isBatch === other.isBatch &&
  one.instruments.length === other.instruments.length &&
  one.instruments.every((instrument) => other.instruments.includes(instrument));

/** Calls a callback of the application. */
function called({ callback, instruments, isBatch }: Registered, failed: Failed): Call {
  const found = new Map<ObservableInstrument, [number, Attributes][]>();
  const take = (given: unknown, value: unknown, attributes: Attributes = {}) => {
    // What is observed for others is no business of this callback.
    const instrument = instruments.find((one) => one === given);
    if (!instrument) return;
    const sound = instrument.sound(value);
    if (sound === undefined) return;
    const list = found.get(instrument) ?? [];
    found.set(instrument, list);
    list.push([sound, attributes]);
  };
  const [only] = instruments;
  const run = async () => {
    if (isBatch) await (callback as BatchObservableCallback)({ observe: take });
    else {
      const observe = (value: number, attributes?: Attributes) => take(only, value, attributes);
      await (callback as ObservableCallback)({ observe });
    }
  };
  const done = run().catch((error: unknown) => {
    // What a callback has found before it fails counts for nothing.
    found.clear();
    failed(only?.name, `a callback failed: ${messageOf(error)}`);
  });
  return { instruments, found, done };
}
