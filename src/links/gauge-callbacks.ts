import type { Gauge } from '../kinds/gauge/recording.ts';
import type { Registry } from '../metrics/registry.ts';
import { textOf } from '../model.ts';
import { monotonic } from '../platform/timers.ts';
import { GaugePeaks } from './gauge-peaks.ts';
import type { ConnectionRuntime } from './link-runtime.ts';

/** A callback that has not come back. It may never do so, and is not called again meanwhile. */
interface Call {
  /**
   * When it was called. At the edge this tells whether the request of that time has ended. Seconds since
   * 1970.
   */
  readonly since: number;
  /** When it was called, by a clock that nobody sets, and that stands still at the edge. Seconds. */
  readonly begun: number;
  /** Resolves when the callback is back. Never rejects. */
  readonly back: Promise<void>;
}

/** The `collect` callbacks of a thread's gauges. */
export class GaugeCallbacks {
  readonly #registry: Registry;
  readonly #runtime: Pick<ConnectionRuntime, 'after' | 'givesUpAfter'>;
  readonly #underWay = new Map<Gauge, Call>();
  readonly #peaks = new GaugePeaks();

  constructor(registry: Registry, runtime: Pick<ConnectionRuntime, 'after' | 'givesUpAfter'>) {
    this.#registry = registry;
    this.#runtime = runtime;
  }

  /**
   * Calls all callbacks that are not under way. Waits until they have set their gauges, for so many seconds
   * at most. Resolves to whether any is still under way.
   */
  async run(seconds: number): Promise<boolean> {
    const { givesUpAfter = Infinity } = this.#runtime;
    const calls: Promise<void>[] = [];
    for (const metric of this.#registry.metrics.values()) {
      if (!metric.collects) continue;
      const gauge = metric as Gauge;
      // The application has set this gauge by itself.
      if (gauge.isSilent && gauge.single.value !== 0) gauge.report();
      const call = this.#underWay.get(gauge);
      if (!call || now() - call.since > givesUpAfter) calls.push(this.#start(gauge));
    }
    await this.#within(seconds, calls);
    return this.#underWay.size > 0;
  }

  /** Waits until all callbacks are back, for so many seconds each at most. Reports those that are not. */
  async wait(seconds: number): Promise<void> {
    const calls = [...this.#underWay];
    // A callback that has had its time already is not waited for again.
    const left = calls.map(([, { begun }]) => begun + seconds - monotonic());
    const awaited = calls.filter((_, i) => left[i]! > 0).map(([, { back }]) => back);
    await this.#within(Math.max(...left), awaited);
    for (const [gauge, call] of calls) {
      if (this.#underWay.get(gauge) !== call) continue;
      this.#fail(
        gauge,
        'collect_late',
        `is not back after ${seconds} seconds; its last value stays`,
      );
    }
  }

  #start(gauge: Gauge): Promise<void> {
    const back = this.#call(gauge).finally(() => {
      if (this.#underWay.get(gauge) !== call) return;
      this.#underWay.delete(gauge);
      gauge.isBeingCollected = false;
    });
    const call = { since: now(), begun: monotonic(), back };
    this.#underWay.set(gauge, call);
    return back;
  }

  async #call(gauge: Gauge): Promise<void> {
    gauge.isBeingCollected = true;
    try {
      this.#peaks.forget(gauge);
      const value = await gauge.collect?.(gauge as never);
      if (typeof value === 'number') this.#peaks.set(gauge, value);
      else if (value !== undefined) {
        const remedy = 'a number is set, and nothing means that the callback has set it itself';
        this.#fail(gauge, 'invalid_value', `returned a ${typeof value}; ${remedy}`);
        return;
      } else this.#peaks.keep(gauge);
      gauge.report();
    } catch (error) {
      this.#fail(gauge, 'collect', `failed: ${textOf(error)}`);
    }
  }

  #fail({ name }: Gauge, reason: string, what: string): void {
    this.#registry.fail(reason, `${name}: collect ${what}`, `${name} ${reason}`);
  }

  /** Resolves when all of them have, or after so many seconds. */
  #within(seconds: number, calls: readonly Promise<void>[]): Promise<void> {
    if (calls.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#runtime.after(seconds, resolve);
      void Promise.all(calls).then(() => {
        cancel();
        resolve();
      });
    });
  }
}

const now = () => Date.now() / 1000;
