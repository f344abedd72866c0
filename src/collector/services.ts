import type { RenderedPieces } from '../bytes/renderings.ts';
import type { Snapshot } from '../model.ts';
import type { Storage } from '../storage/storage.ts';
import type { openPersistence } from './open-persistence.ts';
import type {
  ExportOutcome,
  ExportPlan,
  OwnerClient,
  RenderRequest,
  ServeOptions,
  ThreadClient,
  ThreadService,
} from './protocol.ts';

/** Time, as the collector sees it; tests bring their own. */
export interface Clock {
  /** Seconds since 1970. */
  now(): number;
  /** Seconds of a clock that is never set, and is finer. */
  elapsed(): number;
  /** Calls `run` every so many seconds until the returned function is called. */
  every(seconds: number, run: () => void): () => void;
  /** Without holding the process. */
  after(seconds: number): Promise<void>;
  /** For somebody who waits: holds the process. */
  pause(seconds: number): Promise<void>;
  /** Resolves with `work`, or without it after so many seconds. Holds the process until then. */
  within(seconds: number, work: Promise<unknown>): Promise<void>;
}

/** At the edge, where storage is the application's. */
export const NO_STORAGE = 'there is no storage here; give one as persist.storage';

/** What a scrape is answered with. */
export interface Exposition extends Pick<RenderedPieces, 'pieces'> {
  readonly contentType: string;
  /** As of `RenderedPieces`; absent where the pieces are shared with nobody. */
  readonly done?: RenderedPieces['done'] | undefined;
}

/** What surrounds a collector and differs from place to place. */
export interface CollectorServices {
  readonly clock: Clock;
  /** Handed over since where every byte counts it is loaded only for those who persist. */
  readonly openPersistence: typeof openPersistence | undefined;
  storage(directory: string | undefined): Storage;
  /**
   * Lets the thread do something else between parts of the work, where it may be the application's.
   * @param check throws to give it up; called between parts
   */
  inSlices<R>(work: Iterator<void, R>, check?: () => void): Promise<R>;
  /** @param check throws to give it up; called before what takes long */
  render(snapshot: Snapshot, request: RenderRequest, check?: () => void): Promise<Exposition>;
  /** The JSON shape of a snapshot, as an object. */
  json(snapshot: Snapshot): Promise<unknown>;
  /**
   * Retries before it gives up; never rejects.
   * @param storage the application's own, if it gave one
   */
  export(plan: ExportPlan, snapshot: Snapshot, storage?: Storage): Promise<ExportOutcome>;
  /** Lets the answer to a call give its memory away instead of a copy; absent where nothing is copied. */
  transfer?<T extends object>(answer: T, memory: ArrayBuffer): T;
  /** Absent where nothing can listen. */
  serve?(
    options: ServeOptions,
    respond: (request: RenderRequest, signal: AbortSignal) => Promise<Exposition>,
  ): Promise<Listener>;
  /** Calls back once the holder of a Web Lock is gone; absent where there are none. */
  onLockFree?(lock: string, run: () => void): void;
  /** Lets a thread that joins without the owner's doing follow to the collector that may come. */
  adopt?(port: MessagePort, thread: number, owner: OwnerClient): void;
  /** Speaks with a thread over a port, until it is closed; absent where there is one thread only. */
  acceptPort?(
    port: MessagePort,
    session: (client: ThreadClient) => ThreadService,
    onClosed: () => void,
  ): () => void;
}

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}
