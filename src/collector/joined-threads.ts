import type { CollectionRun, Erasure } from '../model.ts';
import type { JoinedThread } from './joined-thread.ts';
import type { Clock } from './services.ts';

/** How long a scrape waits for a thread to bring itself up to date. Seconds. */
export const REFRESH_DEADLINE = 0.5;
/** A heartbeat older than this is a stall: the threads beat twice a second. Seconds. */
const STALL_THRESHOLD = 1.2;

/** The threads that record for one collector. */
export class JoinedThreads {
  readonly #clock: Clock;
  readonly #threads = new Set<JoinedThread>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#threads.size;
  }

  /** Those that joined over a port: all but the owner. */
  get ids(): number[] {
    return [...this.#threads].filter(({ main }) => !main).map(({ id }) => id);
  }

  add(thread: JoinedThread): void {
    this.#threads.add(thread);
  }

  /** `false` if it has left before. */
  leave(thread: JoinedThread): boolean {
    if (!this.#threads.delete(thread)) return false;
    thread.leave();
    return true;
  }

  /** Reads all catalogues. */
  drain(): void {
    for (const thread of this.#threads) thread.drain();
  }

  /** Brings every thread up to date as far as it answers, and reads all catalogues. */
  async refresh(): Promise<void> {
    // First, since a catalogue may name gauges that are to be asked for their values.
    this.drain();
    const asked = [...this.#threads].filter((thread) => thread.needsRefresh);
    const answered = asked.map((thread) => {
      const answer = thread.refresh();
      // A thread that is known to be stuck is not waited for: its last values are what there is.
      return this.#silence(thread) > STALL_THRESHOLD ? undefined : answer;
    });
    if (answered.some((answer) => answer !== undefined)) {
      await Promise.race([Promise.all(answered), this.#clock.after(REFRESH_DEADLINE)]);
    }
    this.drain();
  }

  /** Seconds for which the heartbeat of the measured thread has been silent; 0 while it beats. */
  stall(): number {
    let longest = 0;
    for (const thread of this.#threads) {
      if (thread.main) longest = Math.max(longest, this.#silence(thread));
    }
    return longest > STALL_THRESHOLD ? longest : 0;
  }

  tellOfRun(run: CollectionRun): void {
    for (const { client } of this.#threads) client.collectionRan(run).catch(() => {});
  }

  tellOthers(origin: JoinedThread, erasure: Erasure): void {
    for (const thread of this.#threads) {
      if (thread !== origin) thread.client.erase(erasure).catch(() => {});
    }
  }

  #silence({ reader }: JoinedThread): number {
    return this.#clock.now() - reader.heartbeat;
  }
}
