import { textOf } from '../model.ts';
import type { ExportOutcome, ExportPlan, ScheduleId } from './protocol.ts';
import type { Clock } from './services.ts';

/** An exporter that never ends, or waits for the flush that waits for it, holds up no shutdown. */
const DEADLINE = 10; // seconds

const OWN_FAILED = 'an exporter of the application has failed';

interface Scheduled {
  readonly cancel: () => void;
  /** Resolves when an export that began after the call has ended, to why it has failed. */
  readonly runAfresh: () => Promise<string | undefined>;
  /** The export under way, unless it is the application's own, which may be what asks. */
  readonly underWay: () => Promise<unknown> | undefined;
}

/** The periodic exports, on the collector's clock. */
export class ExportSchedule {
  readonly #clock: Clock;
  readonly #export: (plan: ExportPlan) => Promise<ExportOutcome>;
  readonly #scheduled = new Map<ScheduleId, Scheduled>();
  #nextId = 1;

  constructor(clock: Clock, runPlan: (plan: ExportPlan) => Promise<ExportOutcome>) {
    this.#clock = clock;
    this.#export = runPlan;
  }

  /**
   * Exports at once and then every `interval` seconds.
   * @param due without a plan: runs the export; resolves to `false` when it has failed
   * @param ended with a plan: told of each outcome
   */
  add(
    plan: ExportPlan | undefined,
    interval: number,
    due: () => Promise<unknown>,
    ended: (outcome: ExportOutcome) => void,
  ): ScheduleId {
    const id = this.#nextId++;
    const once = async (): Promise<string | undefined> => {
      if (!plan) return (await due()) === false ? OWN_FAILED : undefined;
      const outcome = await this.#export(plan);
      ended(outcome);
      const { succeeded, error } = outcome;
      return succeeded ? undefined : `not exported to ${plan.destination}: ${error}`;
    };
    let underWay: Promise<string | undefined> | undefined;
    const run = () => {
      underWay ??= once()
        .catch(textOf)
        .finally(() => {
          underWay = undefined;
        });
      return underWay;
    };
    const runAfresh = async () => {
      await underWay;
      return run();
    };
    const cancel = this.#clock.every(interval, () => void run());
    this.#scheduled.set(id, { cancel, runAfresh, underWay: () => (plan ? underWay : undefined) });
    void run();
    return id;
  }

  /** Resolves when nothing more will be written. */
  async remove(id: ScheduleId): Promise<void> {
    const scheduled = this.#scheduled.get(id);
    scheduled?.cancel();
    this.#scheduled.delete(id);
    await scheduled?.underWay();
  }

  /**
   * Resolves when all have run once more, or take too long, to why any has failed; to `undefined`
   * where there is none.
   */
  async runAll(): Promise<readonly string[] | undefined> {
    if (this.#scheduled.size === 0) return undefined;
    const failures: string[] = [];
    let left = this.#scheduled.size;
    const runs = [...this.#scheduled.values()].map(async ({ runAfresh }) => {
      const failure = await runAfresh();
      left--;
      if (failure) failures.push(failure);
    });
    await Promise.race([Promise.all(runs), this.#clock.after(DEADLINE)]);
    if (left > 0) failures.push(`${left} exports have not ended after ${DEADLINE} seconds`);
    return failures;
  }

  clear(): void {
    for (const id of this.#scheduled.keys()) void this.remove(id);
  }
}
