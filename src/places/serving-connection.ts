import type { ServeRequest } from '../links/connection.ts';
import { WorkerConnection } from '../links/worker-connection.ts';
import { holdProcess } from '../platform/timers.ts';

/** A connection whose listeners may keep the process open, in runtimes whose collector can listen. */
export class ServingConnection extends WorkerConnection {
  /** Each ends what one listener holds. */
  readonly #holds = new Set<() => void>();
  #isEnding = false;

  override async serve(options: ServeRequest): Promise<{ url: string; close(): Promise<void> }> {
    const served = await super.serve(options);
    // RACE: the collector may have been shut down while the listener was opened.
    if (!options.keepAlive || this.#isEnding) return served;
    const letGo = holdProcess();
    this.#holds.add(letGo);
    const close = async () => {
      if (this.#holds.delete(letGo)) letGo();
      await served.close();
    };
    return { url: served.url, close };
  }

  override async end(): Promise<void> {
    this.#isEnding = true;
    for (const letGo of this.#holds) letGo();
    this.#holds.clear();
    await super.end();
  }
}
