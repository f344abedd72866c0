import type { PartBody } from '../protocol/feature.ts';
import type { ExportOutcome, ExportPlan } from '../protocol/requests.ts';
import type { AskForHeaders } from './plan-headers.ts';
import { Push, type PushHost, type PushReport, type QueueState, type Reading } from './push.ts';
import type { Delivery } from './queue.ts';

/** So many exporters may have a queue. Their plans may be anybody's. */
const MAX_PUSHES = 64;

/** The exporters that push. */
export class Pushes {
  readonly #host: PushHost;
  readonly #open = new Map<string, Push>();
  #hasEnded = false;

  constructor(host: PushHost) {
    this.#host = host;
  }

  /** What waits, for each exporter. */
  get states(): QueueState[] {
    return [...this.#open.values()].map(({ state }) => state);
  }

  /**
   * Queues a snapshot. Resolves when it has arrived, or will not soon.
   * @param read reads a snapshot. It is called when those before were written: they must not overtake each other
   * @param isAwaited whether somebody waits for that: then it holds the process
   * @throws Error if it cannot be written
   */
  async export(
    plan: ExportPlan,
    read: () => Promise<Reading>,
    report: PushReport,
    isAwaited: boolean,
    headers?: AskForHeaders,
  ): Promise<ExportOutcome> {
    const push = this.#open.get(plan.push!.id) ?? (await this.#opened(plan, report));
    return push.export(plan, read, isAwaited, headers);
  }

  /**
   * Queues a request that a part has written. Resolves once it is queued.
   * @param headers asks the application for headers, if the plan says that it needs some
   * @param isLast whether it is sent at once, since the page may be about to end
   */
  async deliver(
    plan: ExportPlan,
    body: PartBody,
    report: PushReport,
    headers: AskForHeaders,
    isLast?: boolean,
  ): Promise<{ readonly arrives: Promise<Delivery> }> {
    const push = this.#open.get(plan.push!.id) ?? (await this.#opened(plan, report));
    return push.deliver(plan, body, headers, isLast);
  }

  /**
   * Sends a last snapshot at once, before those that are being read or are on their way: the page may be about to
   * end. Resolves when it is sent, not when it has arrived.
   * @param read reads a snapshot without asking any thread
   * @param atOnce does work without a pause
   */
  async sendLast(
    plan: ExportPlan,
    read: () => Promise<Reading>,
    report: PushReport,
    atOnce: PushHost['inSlices'],
  ): Promise<void> {
    const push = this.#open.get(plan.push!.id) ?? (await this.#opened(plan, report));
    await push.sendLast(read, atOnce);
  }

  /** Waits a moment for what is queued. Resolves to why some of it has not arrived, in words. */
  async flush(): Promise<string[]> {
    const outcomes = [...this.#open.values()].map((push) => push.flush());
    return (await Promise.all(outcomes)).flatMap((failure) => failure ?? []);
  }

  /** Keeps what waits, where that is wanted: the page may be about to end. */
  async save(): Promise<void> {
    await Promise.all([...this.#open.values()].map((push) => push.save()));
  }

  /** Says that all series have ended, where a format can say so, and waits a moment for what is queued. */
  async end(snapshot: Reading): Promise<void> {
    this.#hasEnded = true;
    // Plans may be anybody's, and one that fails must not keep others from ending.
    await Promise.allSettled([...this.#open.values()].map((push) => push.end(snapshot)));
    this.#open.clear();
  }

  async #opened(plan: ExportPlan, report: PushReport): Promise<Push> {
    const format = (await this.#host.formats()).find(({ name }) => name === plan.format);
    if (!format) throw new RangeError(`no format that is pushed is called "${plan.format}"`);
    if (this.#hasEnded) throw new Error('the collector has ended');
    const known = this.#open.get(plan.push!.id);
    if (known) return known;
    if (this.#open.size >= MAX_PUSHES) this.#makeRoom();
    const push = new Push(plan, format, this.#host, report);
    this.#open.set(plan.push!.id, push);
    return push;
  }

  /** Forgets the exporter that was opened first of those that have nothing to send. */
  #makeRoom(): void {
    const idle = [...this.#open].find(([, { isIdle }]) => isIdle);
    if (!idle) throw new RangeError(`${MAX_PUSHES} exporters can push at most`);
    this.#open.delete(idle[0]);
    void idle[1].close();
  }
}
