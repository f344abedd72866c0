import type { Target, Watch, WatchedSeriesStatus, WatchOptions } from '../../analytics/analyses.ts';
import { TelemetryError } from '../../model.ts';
import { checked } from '../../options.ts';
import type { FeatureCall } from '../../protocol/feature.ts';
import { WATCH } from './options.ts';
import { type TargetPlan, targetPlan, targetText } from './target.ts';
import type { WatchPlan } from './watch-plan.ts';

/** A name is a label in all that is told of a watch. */
const MOST_CHARACTERS = 200;

/** The watches of an application. The part has them, too, and a part that takes its place gets them from it. */
export class Watches {
  readonly #call: FeatureCall;
  readonly #check: (plan: TargetPlan) => void;
  readonly #names = new Set<string>();

  /** @param check throws if a target cannot be watched */
  constructor(call: FeatureCall, check: (plan: TargetPlan) => void) {
    this.#call = call;
    this.#check = check;
  }

  /** @throws TelemetryError */
  add(target: Target, options?: WatchOptions | null): Watch {
    const plan = planOf(target, options);
    const { name } = plan;
    this.#check(plan.target);
    if (this.#names.has(name)) {
      throw new TelemetryError(
        'duplicate_watch',
        `there is a watch "${name}" already: stop it, or give this one another \`name\``,
      );
    }
    this.#names.add(name);
    const call = (method: string, ...args: unknown[]) => this.#surely(method, ...args);
    let last: Promise<unknown> = call('watch', plan);
    let isStopped = false;
    const end = () => {
      if (!isStopped) this.#names.delete(name);
      isStopped = true;
    };
    // The part tells the logger why. Who asks for the series is told, too.
    last.catch(end);
    return {
      name,
      stop: () => {
        if (isStopped) return;
        end();
        last = last.then(() => call('stop', name));
        last.catch(() => {});
      },
      series: async () => {
        await last;
        return isStopped ? [] : ((await call('series', name)) as WatchedSeriesStatus[]);
      },
    };
  }

  /** Calls the part, and once more if its worker ends meanwhile: each call may be made twice. */
  async #surely(method: string, ...args: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#call(method, ...args);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'worker_failed') throw error;
      return this.#call(method, ...args);
    }
  }
}

/** @throws TelemetryError `invalid_option` */
function planOf(given: Target, options: WatchOptions | null | undefined): WatchPlan {
  const target = targetPlan('watch()', given);
  const {
    name = targetText(target),
    threshold = 0.9,
    ...more
  } = checked('watch()', options, WATCH);
  const { quantiles = [0.5, 0.99], detector } = more;
  return {
    ...{ name: name.slice(0, MOST_CHARACTERS), target, threshold },
    quantiles: [...quantiles],
    detector,
  };
}
