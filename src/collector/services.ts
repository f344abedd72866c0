import type { RunExport } from '../delivery/export.ts';
import type { Pushes } from '../delivery/pushes.ts';
import type { Exposition, Rendering } from '../formats/rendering.ts';
import type { Kinds } from '../kinds/kind.ts';
import type { Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { PartConfig, PartHost, PartModule } from '../protocol/feature.ts';
import type { RenderRequest, ServeOptions } from '../protocol/requests.ts';
import type { ThreadService } from '../protocol/service.ts';
import type { Storage } from '../storage/storage.ts';

/** The failure at the edge, where the application must bring its own storage. */
export const NO_STORAGE = 'there is no storage here; give one as persist.storage';

/** What surrounds a collector and differs from place to place. */
export interface CollectorServices {
  readonly clock: Clock;
  /** The kinds of metric that it reads. */
  readonly kinds: Kinds;
  /** Resolves to the same rendering each time. It is loaded on demand where not every collector needs it. */
  rendering(): Promise<Rendering>;
  /** The JSON shape of a snapshot, as an object. */
  json(snapshot: Snapshot): Promise<unknown>;
  storage(directory: string | undefined): Storage;
  /** The code of a feature's part. */
  loadPart(part: PartConfig): Promise<PartModule>;
  /** Makes an outbox for a part. Absent at the edge, where it is loaded together with features. */
  readonly outbox?: PartHost['outbox'];
  /**
   * Does the work. Between its parts the thread can do something else, if it may be the application's.
   * @param check is called between parts, and throws to give the work up
   */
  inSlices<R>(work: Iterator<void, R>, check?: () => void): Promise<R>;
  readonly export: RunExport;
  /** Resolves to the same exporters that push each time. */
  pushes(): Promise<Pushes>;
  /** Lets the answer to a call give its memory away instead of a copy. Absent where nothing is copied. */
  transfer?<T extends object>(answer: T, memory: ArrayBuffer): T;
  /** Absent where nothing can listen. */
  serve?(
    options: ServeOptions,
    respond: (request: RenderRequest, signal: AbortSignal) => Promise<Exposition>,
    call?: (part: string, method: string, args: readonly unknown[]) => Promise<unknown>,
  ): Promise<Listener>;
  /** Calls back once the holder of a Web Lock is gone; absent where there are none. */
  onLockFree?(lock: string, run: () => void): void;
  /**
   * Lets a thread that joins without the owner's doing follow to the collector that may come after this one.
   */
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
