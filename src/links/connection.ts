import type { CollectorConfig, ThreadClient } from '../collector/protocol.ts';
import type { LinkKind, Logger } from '../model.ts';
import type { AnyWorker, Runtime } from '../runtime/runtime.ts';
import { connect, connectPort, type FailedAttempt } from './connect.ts';
import type { Link, LinkOwner } from './link.ts';

const HEARTBEAT = 0.5; // seconds
/** Workers that may fail before the collector goes on in this thread. */
const MAX_WORKER_FAILURES = 2;
/** `beforeExit` comes again after each flush that it caused; one is enough. Seconds. */
const END_FLUSH_PAUSE = 1;

export interface ConnectionOptions {
  readonly runtime: Runtime;
  readonly link: 'auto' | LinkKind;
  readonly worker: (() => AnyWorker) | undefined;
  /** Of the thread that joins instead of starting a collector. */
  readonly port: MessagePort | undefined;
  readonly config: Omit<CollectorConfig, 'link'>;
  readonly owner: LinkOwner;
  readonly client: ThreadClient;
  readonly logger: Logger;
  /** Hands this thread's memory to a link that is new. */
  attach(link: Link): void;
  /** The application is about to end or be frozen. */
  ending(): Promise<void>;
  failed(reason: string, message: string): void;
}

/** The link to the collector: made at the first call, replaced when its worker fails. */
export class Connection {
  readonly attempts: FailedAttempt[] = [];
  readonly #options: ConnectionOptions;
  /** What must be asked for again of a collector that replaces one that failed. */
  readonly #standing = new Set<(link: Link) => Promise<unknown>>();
  #linking: Promise<Link> | undefined;
  #link: Link | undefined;
  #unwatch: (() => void)[] = [];
  #failures = 0;
  #endFlushed = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The link in use, once known. */
  get link(): Link | undefined {
    return this.#link;
  }

  get started(): boolean {
    return this.#linking !== undefined;
  }

  ready(): Promise<Link> {
    this.#linking ??= this.#connect().catch((error) => {
      this.#linking = undefined;
      throw error;
    });
    return this.#linking;
  }

  /** Asks now, and again of every collector that replaces this one, until it is withdrawn. */
  async stand(request: (link: Link) => Promise<unknown>): Promise<() => void> {
    await request(await this.ready());
    this.#standing.add(request);
    return () => this.#standing.delete(request);
  }

  close(): void {
    this.#closed = true;
    this.#standing.clear();
    this.#drop();
  }

  async #connect(): Promise<Link> {
    const { port, runtime, client, owner, logger, attach } = this.#options;
    const made = port
      ? connectPort(port, runtime, client, owner)
      : connect({
          ...this.#options,
          link: this.#failures >= MAX_WORKER_FAILURES ? 'inline' : this.#options.link,
          onFailure: (reason) => void this.#replace(reason),
          failed: this.attempts,
        });
    const link = made instanceof Promise ? await made : made;
    if (this.attempts.length > 0) {
      const tried = this.attempts.map(({ way, reason }) => `${way}: ${reason}`).join('; ');
      logger.warn(`utilityfog-telemetry: using the ${link.kind} link (${tried})`);
    }
    this.#link = link;
    attach(link);
    this.#watch(link);
    return link;
  }

  /** The main side owns the pages, so a collector that replaces another finds all counts there. */
  async #replace(reason: string): Promise<void> {
    if (this.#closed) return;
    this.#drop();
    this.#failures++;
    this.#options.failed('worker', `the collector's worker failed, starting another: ${reason}`);
    try {
      const link = await this.ready();
      for (const request of this.#standing) await request(link);
    } catch (error) {
      this.#options.failed('worker', `no collector could be started: ${error}`);
    }
  }

  #watch(link: Link): void {
    const { runtime } = this.#options;
    const beat = () => link.beat(Date.now() / 1000);
    beat();
    this.#unwatch.push(
      runtime.every(HEARTBEAT, beat),
      runtime.onLifecycle({
        ending: () => void this.#flushAtEnd(),
        watched: (watched) => link.beat(watched ? Date.now() / 1000 : Number.POSITIVE_INFINITY),
      }),
    );
  }

  async #flushAtEnd(): Promise<void> {
    const now = Date.now() / 1000;
    if (now - this.#endFlushed < END_FLUSH_PAUSE) return;
    this.#endFlushed = Number.POSITIVE_INFINITY;
    await this.#options.ending();
    this.#endFlushed = Date.now() / 1000;
  }

  #drop(): void {
    for (const stop of this.#unwatch) stop();
    this.#unwatch = [];
    this.#link?.close();
    this.#link = undefined;
    this.#linking = undefined;
  }
}
