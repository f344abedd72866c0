import type { Clock } from '../platform/clock.ts';
import type { RecordingClient, RunReport } from '../protocol/client.ts';
import type { AbsentThread } from './absent-thread.ts';
import type { Threads } from './collector.ts';
import { REFRESH_DEADLINE } from './recording-thread.ts';
import type { RemoteThread } from './remote-thread.ts';

/** A heartbeat that is older than so many seconds is a stall: the threads beat twice a second. */
const STALL_THRESHOLD = 1.2;
/** While a thread is waited for, so many seconds pass between looks at whether it still turns. */
const LOOK_INTERVAL = 0.25;
/** A timer that is so late has waited for this thread, and comes before the answers that are there by then. Seconds. */
const LATE = 0.1;
/**
 * While threads that have yet to follow are waited for, so many seconds pass between looks at whether they
 * have.
 */
const FOLLOW_INTERVAL = 0.05;

/** The threads that record for one collector. */
export class ThreadGroup implements Threads {
  readonly all = new Set<RemoteThread>();
  /** Threads of the collector before this one that have yet to follow, by their numbers. */
  readonly absent = new Map<number, AbsentThread>();
  readonly #clock: Clock;
  /** Threads that were waited for in vain, and what they have not answered since. */
  readonly #late = new WeakMap<RemoteThread, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.all.size;
  }

  /** Returns the thread of that number, if it has joined. */
  numbered(id: number): RemoteThread | undefined {
    return [...this.all].find((thread) => thread.id === id);
  }

  drain(): void {
    for (const thread of this.all) thread.drain();
  }

  /** Resolves to how many threads have not answered, or not followed. */
  async refresh(seconds: number, withEvents = false): Promise<number> {
    if (withEvents) await this.#follow();
    // This comes first, since a catalogue may name gauges that are to be asked for their values.
    this.drain();
    const which = (thread: RemoteThread) => thread.needsRefresh || (withEvents && !thread.main);
    let left = 0;
    const ask = (thread: RemoteThread) => {
      left++;
      return thread.update(this.#late.has(thread) ? 0 : seconds, () => {
        left--;
      });
    };
    const late = await this.#ask(which, ask, seconds);
    for (const [thread, answer] of late) this.#late.set(thread, answer);
    this.drain();
    return left + this.absent.size;
  }

  /** Waits a while for threads that have yet to follow. Most do so at once; one that is busy does not. */
  async #follow(): Promise<void> {
    const until = this.#clock.elapsed() + REFRESH_DEADLINE;
    while (this.absent.size > 0 && this.#clock.elapsed() < until) {
      await this.#clock.after(FOLLOW_INTERVAL);
    }
  }

  /** Asks for the events that the threads still hold; those of the owner come with its calls. */
  async gatherEvents(): Promise<void> {
    await this.#ask(
      ({ main }) => !main,
      (thread) => thread.gatherEvents(),
      REFRESH_DEADLINE,
    );
  }

  /**
   * Waits for so many seconds at most. Waits for a thread that is stuck, or was waited for in vain before, no
   * longer than is needed to see that. Resolves to the threads that were waited for in vain.
   */
  async #ask(
    which: (thread: RemoteThread) => boolean,
    ask: (thread: RemoteThread) => Promise<void>,
    seconds: number,
  ): Promise<ReadonlyMap<RemoteThread, Promise<void>>> {
    const until = this.#clock.elapsed() + seconds;
    const waiting = new Map<RemoteThread, Promise<void>>();
    const beats = new Map<RemoteThread, number>();
    for (const thread of [...this.all].filter(which)) {
      const answer = ask(thread);
      // A thread that is known to be stuck is not waited for: its last values are what there is.
      if (this.#isStuck(thread)) continue;
      beats.set(thread, thread.reader.heartbeat);
      const answered = answer.then(() => {
        waiting.delete(thread);
        if (this.#late.get(thread) === answered) this.#late.delete(thread);
      });
      waiting.set(thread, answered);
    }
    let patience = Math.min(REFRESH_DEADLINE, seconds);
    while (waiting.size > 0 && patience > 0) {
      const due = this.#clock.elapsed() + patience;
      await this.#clock.within(patience, Promise.all(waiting.values()));
      if (this.#clock.elapsed() > due + LATE) {
        await this.#clock.within(LATE, Promise.all(waiting.values()));
      }
      for (const thread of waiting.keys()) {
        const isAlive = !thread.isAsked || thread.reader.heartbeat !== beats.get(thread);
        const isWorthIt = isAlive && !this.#late.has(thread) && !this.#isStuck(thread);
        if (!isWorthIt || !this.all.has(thread)) waiting.delete(thread);
      }
      patience = Math.min(LOOK_INTERVAL, until - this.#clock.elapsed());
    }
    return waiting;
  }

  /** Whether a thread is there and turns. */
  answers(client: RecordingClient): boolean {
    return [...this.all].some((thread) => thread.client === client && !this.#isStuck(thread));
  }

  /** Returns for how many seconds the heartbeat of the measured thread has been silent; 0 while it beats. */
  stall(): number {
    const now = this.#clock.elapsed();
    let longest = 0;
    for (const thread of this.all) {
      if (thread.main) longest = Math.max(longest, thread.silence(now));
    }
    return longest > STALL_THRESHOLD ? longest : 0;
  }

  tellOfRun(run: RunReport): void {
    for (const { client } of this.all) client.collectionRan(run).catch(() => {});
  }

  #isStuck(thread: RemoteThread): boolean {
    return thread.silence(this.#clock.elapsed()) > STALL_THRESHOLD;
  }
}
