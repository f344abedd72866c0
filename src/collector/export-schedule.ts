import type { AskForHeaders } from '../delivery/plan-headers.ts';
import { textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { ExportOutcome, ExportPlan, ScheduleId } from '../protocol/requests.ts';

/** How many seconds a flush waits for exports. */
const DEADLINE = 10;

/** So many snapshots of one plan can be on their way to the queue and through it. */
const MOST_PUSHES = 16;

const OWN_FAILED = 'an exporter of the application has failed';

/** Runs an export. What is scheduled is awaited by nobody, and so must not hold the process. */
type RunPlan = (
  plan: ExportPlan,
  headers: AskForHeaders | undefined,
  isAwaited: false,
) => Promise<ExportOutcome>;

interface Scheduled {
  /** Absent if it is an export of the application's own. */
  readonly plan: ExportPlan | undefined;
  readonly cancel: () => void;
  /**
   * Runs an export that begins after the call. Resolves when that has ended, to why it has failed, if it has.
   * @param isAwaited whether that export is still wanted once the one under way has ended
   */
  readonly runAfresh: (isAwaited: () => boolean) => Promise<string | undefined>;
  /** The export under way. An export of the application is left out, since it may be the one that asks. */
  readonly underWay: () => Promise<unknown> | undefined;
  /** Whether it is an export of the application's own. */
  readonly isOwn: boolean;
  /** The thread that has asked for it, unless that is the owner. */
  readonly guest: object | undefined;
}

/** The periodic exports, on the collector's clock. */
export class ExportSchedule {
  readonly #clock: Clock;
  readonly #export: RunPlan;
  readonly #scheduled = new Map<ScheduleId, Scheduled>();
  /**
   * By guest, whose code may be anybody's: the exports that were waited for in vain and have not ended since.
   */
  readonly #late = new WeakMap<object, Set<Scheduled>>();
  #nextId = 1;

  constructor(clock: Clock, runPlan: RunPlan) {
    this.#clock = clock;
    this.#export = runPlan;
  }

  /**
   * Exports at once and then every `interval` seconds.
   * @param due is called if there is no plan: runs the export, and resolves to `false` if it has failed
   * @param ended is called if there is a plan, with each outcome
   * @param headers asks the thread for headers, which it may have to give at each export of the plan
   * @param guest the thread that asks, unless it is the owner. Once it was waited for in vain, nobody waits
   *   for any of its exports until the late ones have ended
   */
  add(
    plan: ExportPlan | undefined,
    interval: number,
    due: () => Promise<unknown>,
    ended: (outcome: ExportOutcome) => void,
    guest?: object,
    headers?: AskForHeaders,
  ): ScheduleId {
    const id = this.#nextId++;
    const once = async (): Promise<string | undefined> => {
      if (!plan) return (await due()) === false ? OWN_FAILED : undefined;
      const outcome = await this.#export(plan, headers, false);
      ended(outcome);
      const { succeeded, error } = outcome;
      return succeeded ? undefined : `not exported to ${plan.destination}: ${error}`;
    };
    // What is pushed waits in a queue. The next snapshot does not wait until the one before has arrived.
    const most = plan?.push ? MOST_PUSHES : 1;
    let underWay: Promise<string | undefined> | undefined;
    let running = 0;
    const run = (): Promise<string | undefined> => {
      if (underWay && running >= most) return underWay;
      running++;
      const ended = Promise.all([once().catch(textOf), underWay]).then(([failure]) => {
        running--;
        if (underWay === ended) underWay = undefined;
        return failure;
      });
      underWay = ended;
      return ended;
    };
    const runAfresh = async (isAwaited: () => boolean) => {
      await underWay;
      return isAwaited() ? run() : undefined;
    };
    const cancel = this.#clock.every(interval, () => void run());
    this.#scheduled.set(id, {
      plan,
      cancel,
      runAfresh,
      underWay: () => (plan ? underWay : undefined),
      isOwn: !plan,
      guest,
    });
    void run();
    return id;
  }

  /** What is exported without the application. */
  get plans(): readonly ExportPlan[] {
    return [...this.#scheduled.values()].flatMap(({ plan }) => plan ?? []);
  }

  /** Removes an export. Resolves when nothing more will be written. */
  async remove(id: ScheduleId): Promise<void> {
    const scheduled = this.#scheduled.get(id);
    scheduled?.cancel();
    this.#scheduled.delete(id);
    await scheduled?.underWay();
  }

  /**
   * Runs all exports once more. Resolves when all have ended or take too long, to why any have failed.
   * Resolves to `undefined` if there are none.
   * @param byOwn whether an export of the application asks. Then no such export runs: it would wait for
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
