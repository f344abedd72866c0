import type { KeptHandover } from '../protocol/handover.ts';
import type { HandoverKeeper } from './handover-keeper.ts';

/** Other processes, one of which goes on with a collector when its process ends. */
export interface Heirs {
  /** Keeps what the collector leaves. It may begin with what the collector of another process has left. */
  readonly keeper: HandoverKeeper;
  /** Gives them a part of what the keeper has. Resolves when they have it, or do not answer. */
  keep(part: KeptHandover): Promise<void>;
  /** Tells them that nothing need be kept of a thread any more. */
  left(thread: number): void;
}
