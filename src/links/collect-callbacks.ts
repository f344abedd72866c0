import { Gauge } from '../kinds/gauge/recording.ts';
import type { Registry, SomeMetric } from '../metrics/registry.ts';
import { textOf } from '../model.ts';
import { monotonic } from '../platform/timers.ts';
import { GaugePeaks } from './gauge-peaks.ts';
import type { ConnectionRuntime } from './link-runtime.ts';

/** What has a callback: a metric with `collect`, or the function that was given to `onCollect()`. */
type Source = SomeMetric | (() => unknown);

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

/** The callbacks of a thread that are to be called before anybody reads its metrics. */
export class CollectCallbacks {
  readonly #registry: Registry;
  readonly #runtime: Pick<ConnectionRuntime, 'after' | 'givesUpAfter'>;
  readonly #underWay = new Map<Source, Call>();
  readonly #peaks = new GaugePeaks();

  constructor(registry: Registry, runtime: Pick<ConnectionRuntime, 'after' | 'givesUpAfter'>) {
    this.#registry = registry;
    this.#runtime = runtime;
  }

  /**
   * Calls all callbacks that are not under way. Waits until they have recorded, for so many seconds at most.
   * Resolves to whether any is still under way.
   */
  async run(seconds: number): Promise<boolean> {
    const { givesUpAfter = Infinity } = this.#runtime;
    const { callbacks, metrics } = this.#registry;
    const calls: Promise<void>[] = [];
    // What is called for several metrics comes first, since the callback of one may use what it found.
    for (const source of [...callbacks, ...metrics.values()]) {
      if (typeof source !== 'function') {
        if (!source.collects) continue;
        // The application has recorded by itself.
        if (source.isSilent && isRecorded(source)) source.report();
      }
      const call = this.#underWay.get(source);
      if (!call || now() - call.since > givesUpAfter) calls.push(this.#start(source));
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
    for (const [source, call] of calls) {
      if (this.#underWay.get(source) !== call) continue;
      this.#fail(
        source,
        'collect_late',
        `is not back after ${seconds} seconds; what was there stays`,
      );
    }
  }

  #start(source: Source): Promise<void> {
    const back = this.#call(source).finally(() => {
      if (this.#underWay.get(source) !== call) return;
      this.#underWay.delete(source);
      if (typeof source !== 'function') source.isBeingCollected = false;
    });
    const call = { since: now(), begun: monotonic(), back };
    this.#underWay.set(source, call);
    return back;
  }

  /** Never rejects. */
  async #call(source: Source): Promise<void> {
    try {
      if (typeof source === 'function') await source();
      else await this.#collect(source);
    } catch (error) {
      this.#fail(source, 'collect', `failed: ${textOf(error)}`);
    }
  }

  async #collect(metric: SomeMetric): Promise<void> {
    metric.isBeingCollected = true;
    const gauge = metric instanceof Gauge ? metric : undefined;
    if (gauge) this.#peaks.forget(gauge);
    const returned = await metric.collect?.(metric as never);
    if (gauge && typeof returned === 'number') {
      this.#peaks.set(gauge, returned);
    } else {
      if (returned !== undefined && !(await this.#take(metric, returned))) return;
      if (gauge) this.#peaks.keep(gauge);
    }
    metric.report();
  }

  /** Records what a callback has returned. Resolves to whether any of it could be recorded. */
  async #take(metric: SomeMetric, returned: unknown): Promise<boolean> {
    // Most callbacks return a number for a gauge, or record by themselves. The others load this.
    const { recordCollected } = await import('./collected-values.ts');
    const { refused, recorded } = recordCollected(metric, returned);
    for (const [reason, what] of refused) this.#fail(metric, reason, what);
    return recorded > 0;
  }

  #fail(source: Source, reason: string, what: string): void {
    const name = nameOf(source);
    this.#registry.fail(reason, `${name} ${what}`, `${name} ${reason}`);
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

/** Returns what is named in a message. Never throws. */
function nameOf(source: Source): string {
  if (typeof source !== 'function') return `${source.name}: collect`;
  try {
    return `onCollect(${textOf(source.name).slice(0, 64)})`;
  } catch {
    return 'onCollect()'; // a proxy
  }
}

/** Whether the only series of a metric holds anything. */
function isRecorded({ single: { cells, index }, blockSize }: SomeMetric): boolean {
  return cells.subarray(index, index + blockSize).some((value) => value !== 0);
}
