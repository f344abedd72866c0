import type { Target, Watch, WatchedSeriesStatus, WatchOptions } from '../../analytics/analyses.ts';
import { DETECTOR } from '../../analytics/detector-options.ts';
import { TelemetryError } from '../../model.ts';
import { checked } from '../../options.ts';
import { wellFormed } from '../../platform/realm.ts';
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
  /** Settles when all that was asked for so far is done: what ends must end before another of its name begins. */
  #done: Promise<unknown> = Promise.resolve();

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
    const begun = this.#inOrder('watch', plan);
    let isStopped = false;
    const end = () => {
      if (!isStopped) this.#names.delete(name);
      isStopped = true;
    };
    // The part tells the logger why. Who asks for the series is told, too.
    begun.catch(end);
    return {
      name,
      stop: () => {
        if (isStopped) return;
        end();
        this.#inOrder('stop', name).catch(() => {});
      },
      series: async () => {
        await begun;
        return isStopped ? [] : ((await this.#surely('series', name)) as WatchedSeriesStatus[]);
      },
    };
  }

  #inOrder(method: string, argument: unknown): Promise<unknown> {
    const done = this.#done.then(() => this.#surely(method, argument));
    this.#done = done.catch(() => {});
    return done;
  }

  /** Calls the part, and once more if its worker ends meanwhile: each call may be made twice. */
  async #surely(method: string, argument: unknown): Promise<unknown> {
    try {
      return await this.#call(method, argument);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'worker_failed') throw error;
      return this.#call(method, argument);
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
    ...{ name: wellFormed(name.slice(0, MOST_CHARACTERS)), target, threshold },
    quantiles: [...new Set(quantiles)],
    // A copy: what the application changes later counts no more, and what it has added might fit no message.
    detector: detector && { ...checked('watch() detector', detector, DETECTOR) },
  };
}
