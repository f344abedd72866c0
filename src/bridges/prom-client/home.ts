import { TelemetryError } from '../../model.ts';
import { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Resident } from './resident.ts';

/**
 * How many series a metric may have in a collector that the bridge makes. prom-client has no limit, and applications
 * that have come from it must not lose series that they have had; but memory must end somewhere.
 */
const MOST_SERIES = 100_000;

/** The collector that the metrics of a registry record in. It is made when it is needed. */
export class Home {
  #collector: TelemetryCollector | undefined;
  /** Whether the application has the collector, and so may read it at any time. */
  #isOpen = false;
  #isAsked = false;
  readonly #residents = new Map<string, Resident>();

  /** Returns the collector, with all metrics of this home in it. */
  open(): TelemetryCollector {
    this.#isOpen = true;
    for (const resident of this.#residents.values()) resident.moveIn();
    return this.collector;
  }

  /** @throws TelemetryError `invalid_option` if metrics have recorded in another one already */
  give(collector: TelemetryCollector): void {
    if (this.#collector && this.#collector !== collector) {
      throw new TelemetryError(
        'invalid_option',
        'setCollector() came after the first recording; call it before metrics of this registry record',
      );
    }
    this.#collector = collector;
    this.open();
    for (const resident of this.#residents.values()) this.asks(resident);
  }

  get collector(): TelemetryCollector {
    if (!this.#collector) {
      this.#collector = new TelemetryCollector({ seriesLimit: MOST_SERIES });
      for (const resident of this.#residents.values()) this.asks(resident);
    }
    return this.#collector;
  }

  /** Takes a metric. Returns `false` if there is another one of its name. */
  take(resident: Resident): boolean {
    const other = this.#residents.get(resident.name);
    if (other && other !== resident) return false;
    this.#residents.set(resident.name, resident);
    return true;
  }

  /** Is called once a metric can be registered. */
  settle(resident: Resident): void {
    if (this.#isOpen) resident.moveIn();
    this.asks(resident);
  }

  leave(resident: Resident): void {
    if (this.#residents.get(resident.name) === resident) this.#residents.delete(resident.name);
  }

  /** Has `collect` of the metrics called before readings of the collector, if a metric has one. */
  asks({ collect }: Resident): void {
    if (!collect || this.#isAsked || !this.#collector) return;
    this.#isAsked = true;
    // There is one for all, since `collect` of a metric often sets others, and may be given at any time.
    this.#collector.onCollect(async () => {
      const running = [...this.#residents.values()].map((resident) => resident.attemptCollect());
      const failed = (await Promise.all(running)).find((error) => error !== undefined);
      if (failed) throw failed;
    });
  }
}
