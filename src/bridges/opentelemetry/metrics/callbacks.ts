import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import type { Observing } from './observing.ts';

/** The callbacks of a provider. Many applications have none, and so no need of the code that calls them. */
export class Callbacks {
  readonly #collector: TelemetryCollector;
  #observing: Promise<Observing> | undefined;

  /** @param collector counts what goes wrong in them */
  constructor(collector: TelemetryCollector) {
    this.#collector = collector;
  }

  /** Does something with them, in the order of the calls. Never rejects. */
  use<T>(what: (observing: Observing) => T | Promise<T>): Promise<T | undefined> {
    this.#observing ??= import('./observing.ts').then(
      ({ Observing }) => new Observing(this.#collector),
    );
    return this.#observing.then(what).catch(() => undefined);
  }

  /** Calls all of them, once for whoever reads next. */
  call(): void {
    if (this.#observing) void this.use((observing) => observing.call());
  }
}
