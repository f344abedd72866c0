import { messageOf } from '../../model.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { CollectFunction, MetricReading } from './values.ts';

/** The home of a metric, as far as the metric knows it: the collector that the metrics of a registry record in. */
interface House {
  readonly collector: TelemetryCollector;
  take(resident: Resident): boolean;
  settle(resident: Resident): void;
  leave(resident: Resident): void;
  asks(resident: Resident): void;
}

/** Where a metric writes itself as text. */
export interface TextTarget {
  /** The name of its samples. */
  readonly name: string;
  readonly isOpenMetrics: boolean;
  /** Labels that are added to series which do not have them. */
  readonly defaults: Readonly<Record<string, unknown>> | undefined;
  readonly lines: string[];
}

/**
 * A metric that records in the collector of one registry, its home, however many registries show it. It is
 * registered there when it first records, since many metrics never do.
 */
export abstract class Resident<F = unknown, R = unknown> {
  /** The name of the metric. */
  abstract readonly name: string;
  #home: House | undefined;
  #family: F | undefined;
  #collect: CollectFunction | undefined;

  /** Is called just before the metric is read. It may be asynchronous. */
  get collect(): CollectFunction | undefined {
    return this.#collect;
  }

  set collect(collect: CollectFunction | undefined) {
    this.#collect = collect;
    this.#home?.asks(this);
  }

  /** Resolves to what was recorded in this thread. Without `collect` that is read at once, and a reset may follow. */
  async get(): Promise<R> {
    const collecting = this.collect?.();
    if (collecting) await collecting;
    return this.read() as R;
  }

  /** @internal Resolves to what `collect` has thrown. */
  async attemptCollect(): Promise<Error | undefined> {
    try {
      await this.collect?.();
      return undefined;
    } catch (error) {
      return new Error(`collect of ${this.name} has failed: ${messageOf(error)}`);
    }
  }

  /** @internal Is called when a registry has the metric. The first one is its home. */
  joined(home: House): void {
    if (this.#home || !home.take(this)) return;
    this.#home = home;
    home.settle(this);
  }

  /** @internal Is called when a registry has the metric no longer. What it has recorded stays with it. */
  left(home: House): void {
    if (home !== this.#home) return;
    this.#home = undefined;
    home.leave(this);
    if (this.#family === undefined) return;
    this.keep();
    home.collector.unregister(this.name);
    this.#family = undefined;
  }

  /** @internal Registers it at home. Does nothing if it is there. */
  moveIn(): void {
    if (this.family) this.settled();
  }

  /** @internal The metric in the collector. */
  protected get family(): F {
    this.#family ??= this.#register();
    return this.#family;
  }

  /** @internal Whether it is in a collector. */
  protected get isRegistered(): boolean {
    return this.#family !== undefined;
  }

  #register(): F {
    this.#home ??= this.nextHome();
    try {
      return this.register(this.#home.collector, false);
    } catch (error) {
      // What prom-client allows must not throw here: names that a collector does not take, or that are taken in it.
      // Such a metric records where only its registries show it.
      const message = `is not in the collector of its registry: ${messageOf(error)}`;
      this.#home.collector.fail('prom_client', `${this.name} ${message}`, this.name);
      this.#home.leave(this);
      this.#home = this.ownHome();
      return this.register(this.#home.collector, true);
    }
  }

  /** @internal @param isAlone whether nobody else sees the collector, so that any names will do */
  protected abstract register(collector: TelemetryCollector, isAlone: boolean): F;
  /** @internal Makes the series that must be there even if they were never recorded. */
  protected abstract settled(): void;
  /** @internal Keeps what the series hold, which will be gone. */
  protected abstract keep(): void;
  /** @internal Returns the home of a registry that still has the metric, or a home of its own. */
  protected abstract nextHome(): House;
  /** @internal */
  protected abstract ownHome(): House;
  /** @internal */
  protected abstract read(): MetricReading;
  /** @internal Writes the lines of all series. */
  abstract write(target: TextTarget): void;
}
