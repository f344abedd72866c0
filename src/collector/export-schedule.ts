import type { ExportOutcome, ExportPlan, ScheduleId } from './protocol.ts';
import type { Clock } from './services.ts';

/** An exporter that never ends, or waits for the flush that waits for it, holds up no shutdown. */
const DEADLINE = 10; // seconds

interface Scheduled {
  readonly cancel: () => void;
  /** Resolves when an export that began after the call has ended. */
  readonly runAfresh: () => Promise<void>;
  /** The export under way, unless it is the application's own, which may be what asks. */
  readonly underWay: () => Promise<void> | undefined;
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
   * @param due without a plan: runs the export
   * @param ended with a plan: told of each outcome
   */
  add(
    plan: ExportPlan | undefined,
    interval: number,
    due: () => Promise<void>,
    ended: (outcome: ExportOutcome) => void,
  ): ScheduleId {
    const id = this.#nextId++;
    const once: () => Promise<void> = plan ? () => this.#export(plan).then(ended) : due;
    let underWay: Promise<void> | undefined;
    const run = () => {
      underWay ??= once()
        .catch(() => {})
        .finally(() => {
          underWay = undefined;
        });
      return underWay;
    };
    const runAfresh = async () => {
      await underWay;
      await run();
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

  /** Resolves when all have run once more, or take too long. */
  async runAll(): Promise<void> {
    if (this.#scheduled.size === 0) return;
    const runs = [...this.#scheduled.values()].map(({ runAfresh }) => runAfresh());
    await Promise.race([Promise.all(runs), this.#clock.after(DEADLINE)]);
  }

  clear(): void {
    for (const id of this.#scheduled.keys()) void this.remove(id);
  }
}
