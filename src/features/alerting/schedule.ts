import { textHash } from '../../bytes/text-hash.ts';
import type { Clock } from '../../platform/clock.ts';

/** A group that is evaluated in regular intervals. */
export interface Scheduled {
  /** Milliseconds. */
  readonly interval: number;
  /** Tells it from others, which are evaluated at other moments. */
  readonly key: string;
  /**
   * @param time milliseconds since 1970
   * @param missed how many evaluations were passed over, since the one before took too long or nothing ran
   */
  run(time: number, missed: number): Promise<void>;
}

/** How late something may be noticed that is due, if the clock was set. Milliseconds. */
const LONGEST_WAIT = 60_000;
const RUNNING_WAIT = 1000;

/**
 * Evaluates each group at the same moments of its interval as long as there is one, as Prometheus does. Groups are
 * spread over the interval. No group is evaluated twice at a time.
 */
export class Schedule {
  readonly #clock: Clock;
  readonly #timetables: Timetable[] = [];
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(scheduled: Scheduled): void {
    const offset = textHash(scheduled.key) % scheduled.interval;
    const timetable = { ...scheduled, offset, next: 0, isRunning: false, run: scheduled.run };
    timetable.next = slotBefore(this.#now(), timetable) + scheduled.interval;
    this.#timetables.push(timetable);
    void this.#wait(timetable);
  }

  /** Evaluates what is due. Timers do this, but at the edge they run only while a request does. */
  look(): void {
    for (const timetable of this.#timetables) void this.#runIfDue(timetable);
  }

  close(): void {
    this.#isClosed = true;
  }

  #now(): number {
    return this.#clock.now() * 1000;
  }

  async #wait(timetable: Timetable): Promise<void> {
    while (!this.#isClosed) {
      const now = this.#now();
      // If the clock was set back, the next moment is far away.
      if (timetable.next - now > timetable.interval) {
        timetable.next = slotBefore(now, timetable) + timetable.interval;
      }
      // One that `look` has begun may take longer than the interval.
      const wait = Math.max(timetable.next - now, timetable.isRunning ? RUNNING_WAIT : 0);
      await this.#clock.after(Math.min(wait, LONGEST_WAIT) / 1000);
      await this.#runIfDue(timetable);
    }
  }

  async #runIfDue(timetable: Timetable): Promise<void> {
    const now = this.#now();
    const { next, interval, isRunning } = timetable;
    if (this.#isClosed || isRunning || now < next) return;
    const time = slotBefore(now, timetable);
    timetable.next = time + interval;
    timetable.isRunning = true;
    await timetable.run(time, Math.round((time - next) / interval));
    timetable.isRunning = false;
  }
}

interface Timetable extends Scheduled {
  readonly offset: number;
  next: number;
  isRunning: boolean;
}

/** Returns the last moment that is not later. */
function slotBefore(now: number, { interval, offset }: Timetable): number {
  return Math.floor((now - offset) / interval) * interval + offset;
}
