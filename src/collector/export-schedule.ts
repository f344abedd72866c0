import { textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { ExportOutcome, ExportPlan, ScheduleId } from '../protocol/requests.ts';

/** So long whoever flushes waits for exports. Seconds. */
const DEADLINE = 10;

const OWN_FAILED = 'an exporter of the application has failed';

interface Scheduled {
  readonly cancel: () => void;
  /**
   * Resolves when an export that began after the call has ended, to why it has failed.
   * @param isAwaited whether it is still wanted once the one under way has ended
   */
  readonly runAfresh: (isAwaited: () => boolean) => Promise<string | undefined>;
  /** The export under way, unless it is the application's own, which may be what asks. */
  readonly underWay: () => Promise<unknown> | undefined;
  /** Whether it is the application's own. */
  readonly isOwn: boolean;
  /** The thread that has asked for it, if that is not the owner. */
  readonly guest: object | undefined;
}

/** The periodic exports, on the collector's clock. */
export class ExportSchedule {
  readonly #clock: Clock;
  readonly #export: (plan: ExportPlan) => Promise<ExportOutcome>;
  readonly #scheduled = new Map<ScheduleId, Scheduled>();
  /** Of threads that may be anybody's code: what was waited for in vain and has not ended since. */
  readonly #late = new WeakMap<object, Set<Scheduled>>();
  #nextId = 1;

  constructor(clock: Clock, runPlan: (plan: ExportPlan) => Promise<ExportOutcome>) {
    this.#clock = clock;
    this.#export = runPlan;
  }

  /**
   * Exports at once and then every `interval` seconds.
   * @param due without a plan: runs the export; resolves to `false` when it has failed
   * @param ended with a plan: told of each outcome
   * @param guest the thread that asks, unless it is the owner: once it was waited for in vain, nobody
   *   waits for any of its exports until those have ended
   */
  add(
    plan: ExportPlan | undefined,
    interval: number,
    due: () => Promise<unknown>,
    ended: (outcome: ExportOutcome) => void,
    guest?: object,
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
    const runAfresh = async (isAwaited: () => boolean) => {
      await underWay;
      return isAwaited() ? run() : undefined;
    };
    const cancel = this.#clock.every(interval, () => void run());
    this.#scheduled.set(id, {
      cancel,
      runAfresh,
      underWay: () => (plan ? underWay : undefined),
      isOwn: !plan,
      guest,
    });
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
   * @param byOwn whether an export of the application asks. Then none of those runs: it would wait for
   *   itself, or two of them would ask for each other without end.
   */
  async runAll(byOwn = false): Promise<readonly string[] | undefined> {
    const wanted = [...this.#scheduled.values()].filter(({ isOwn }) => !(byOwn && isOwn));
    if (wanted.length === 0) return undefined;
    const failures: string[] = [];
    const left = new Set(wanted);
    let isAwaited = true;
    const run = async (scheduled: Scheduled) => {
      const failure = await scheduled.runAfresh(() => isAwaited);
      left.delete(scheduled);
      this.#lateOf(scheduled)?.delete(scheduled);
      if (failure) failures.push(failure);
    };
    const runs = wanted.flatMap((scheduled) => {
      const late = this.#lateOf(scheduled);
      if (late?.has(scheduled)) return [];
      const isLate = (late?.size ?? 0) > 0;
      const ended = run(scheduled);
      return isLate ? [] : [ended];
    });
    await Promise.race([Promise.all(runs), this.#clock.after(DEADLINE)]);
    isAwaited = false;
    for (const scheduled of left) this.#lateOf(scheduled)?.add(scheduled);
    if (left.size > 0)
      failures.push(`${left.size} exports have not ended after ${DEADLINE} seconds`);
    return failures;
  }

  #lateOf({ guest }: Scheduled): Set<Scheduled> | undefined {
    if (!guest) return undefined;
    const late = this.#late.get(guest) ?? new Set();
    this.#late.set(guest, late);
    return late;
  }

  clear(): void {
    for (const id of this.#scheduled.keys()) void this.remove(id);
  }
}
