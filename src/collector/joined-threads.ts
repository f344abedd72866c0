import type { CollectionRun } from '../model.ts';
import type { Threads } from './collector.ts';
import { REFRESH_DEADLINE } from './joined-thread.ts';
import type { RemoteThread } from './remote-thread.ts';
import type { Clock } from './services.ts';

/** A heartbeat older than this is a stall: the threads beat twice a second. Seconds. */
const STALL_THRESHOLD = 1.2;

/** The threads that record for one collector. */
export class JoinedThreads implements Threads {
  readonly all = new Set<RemoteThread>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.all.size;
  }

  drain(): void {
    for (const thread of this.all) thread.drain();
  }

  async refresh(withEvents = false): Promise<number> {
    // First, since a catalogue may name gauges that are to be asked for their values.
    this.drain();
    const unanswered = await this.#ask(
      (thread) => thread.needsRefresh || (withEvents && !thread.main),
    );
    this.drain();
    return unanswered;
  }

  /** Asks for the events that the threads still hold; those of the owner come with its calls. */
  async gatherEvents(): Promise<void> {
    await this.#ask(({ main }) => !main);
  }

  /** Resolves to how many have not answered. */
  async #ask(which: (thread: RemoteThread) => boolean): Promise<number> {
    const asked = [...this.all].filter(which);
    let left = asked.length;
    const answered = asked.map((thread) => {
      const answer = thread.refresh().then(() => {
        left--;
      });
      // A thread that is known to be stuck is not waited for: its last values are what there is.
      return this.#silence(thread) > STALL_THRESHOLD ? undefined : answer;
    });
    if (answered.some((answer) => answer !== undefined)) {
      await this.#clock.within(REFRESH_DEADLINE, Promise.all(answered));
    }
    return left;
  }

  /** Seconds for which the heartbeat of the measured thread has been silent; 0 while it beats. */
  stall(): number {
    let longest = 0;
    for (const thread of this.all) {
      if (thread.main) longest = Math.max(longest, this.#silence(thread));
    }
    return longest > STALL_THRESHOLD ? longest : 0;
  }

  tellOfRun(run: CollectionRun): void {
    for (const { client } of this.all) client.collectionRan(run).catch(() => {});
  }

  #silence({ reader }: RemoteThread): number {
    return this.#clock.now() - reader.heartbeat;
  }
}
