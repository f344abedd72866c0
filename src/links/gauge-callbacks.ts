import type { Gauge } from '../metrics/gauge.ts';
import type { Registry } from '../metrics/registry.ts';
import { textOf } from '../model.ts';

/** The `collect` callbacks of a thread's gauges. */
export class GaugeCallbacks {
  readonly #registry: Registry;
  /** Gauges whose callback has not come back: it may never do, and is not called again. */
  readonly #underWay = new Set<Gauge>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Resolves when all that were called have set their gauge; one that fails is reported. */
  async run(): Promise<void> {
    const runs: Promise<void>[] = [];
    for (const metric of this.#registry.metrics.values()) {
      if (metric.collects && !this.#underWay.has(metric as Gauge)) {
        runs.push(this.#call(metric as Gauge));
      }
    }
    await Promise.all(runs);
  }

  async #call(gauge: Gauge): Promise<void> {
    this.#underWay.add(gauge);
    try {
      const value = await gauge.collect?.(gauge);
      if (typeof value === 'number') gauge.set(value);
    } catch (error) {
      const message = `${gauge.name}: collect failed: ${textOf(error)}`;
      this.#registry.fail('collect', message, `${gauge.name} collect`);
    } finally {
      this.#underWay.delete(gauge);
    }
  }
}
