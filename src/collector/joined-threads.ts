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

  has(thread: JoinedThread): boolean {
    return this.#threads.has(thread);
  }

  leave(thread: JoinedThread): void {
    this.#threads.delete(thread);
    thread.leave();
  }

  /** Reads all catalogues. */
  drain(): void {
    for (const thread of this.#threads) thread.drain();
  }

  /**
   * Brings threads up to date as far as they answer, and reads all catalogues.
   * @param withEvents also asks for the events that they still hold
   */
  async refresh(withEvents = false): Promise<void> {
    // First, since a catalogue may name gauges that are to be asked for their values.
    this.drain();
    await this.#ask((thread) => thread.needsRefresh || (withEvents && !thread.main));
    this.drain();
  }

  /** Asks for the events that the threads still hold; those of the owner come with its calls. */
  gatherEvents(): Promise<void> {
    return this.#ask(({ main }) => !main);
  }

  async #ask(which: (thread: JoinedThread) => boolean): Promise<void> {
    const answered = [...this.#threads].filter(which).map((thread) => {
      const answer = thread.refresh();
      // A thread that is known to be stuck is not waited for: its last values are what there is.
      return this.#silence(thread) > STALL_THRESHOLD ? undefined : answer;
    });
    if (answered.some((answer) => answer !== undefined)) {
      await this.#clock.within(REFRESH_DEADLINE, Promise.all(answered));
    }
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

  tellOthers(origin: JoinedThread | undefined, erasure: Erasure): void {
    for (const thread of this.#threads) {
      if (thread !== origin) thread.erase(erasure);
    }
  }

  #silence({ reader }: JoinedThread): number {
    return this.#clock.now() - reader.heartbeat;
  }
}
