import type { Gauge } from '../metrics/gauge.ts';
import type { Registry } from '../metrics/registry.ts';
import { textOf } from '../model.ts';

/** The `collect` callbacks of a thread's gauges. */
export class GaugeCallbacks {
  readonly #registry: Registry;
  /** Gauges whose callback has not come back: it may never do, and is not called again. */
  readonly #underWay = new Map<Gauge, number>();
  readonly #abandonedAfter: number;

  /** @param abandonedAfter seconds after which a callback is called again nevertheless */
  constructor(registry: Registry, abandonedAfter = Infinity) {
    this.#registry = registry;
    this.#abandonedAfter = abandonedAfter;
  }

  /** Resolves when all that were called have set their gauge; one that fails is reported. */
  async run(): Promise<void> {
    const runs: Promise<void>[] = [];
    for (const metric of this.#registry.metrics.values()) {
      const since = this.#underWay.get(metric as Gauge);
      const free = since === undefined || Date.now() / 1000 - since > this.#abandonedAfter;
      if (metric.collects && free) {
        runs.push(this.#call(metric as Gauge));
      }
    }
    await Promise.all(runs);
  }

  async #call(gauge: Gauge): Promise<void> {
    this.#underWay.set(gauge, Date.now() / 1000);
    gauge.isBeingCollected = true;
    try {
      const value = await gauge.collect?.(gauge);
      if (typeof value === 'number') gauge.set(value);
    } catch (error) {
      const message = `${gauge.name}: collect failed: ${textOf(error)}`;
      this.#registry.fail('collect', message, `${gauge.name} collect`);
    } finally {
      this.#underWay.delete(gauge);
      gauge.isBeingCollected = false;
    }
  }
}
