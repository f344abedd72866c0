import type { Pieces } from '../bytes/pieces.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import type { Durability } from '../storage/storage.ts';

/**
 * A kind of destination, such as files. A place gives its collector a list of kinds; nothing else knows
 * which ones there are.
 */
export interface DestinationKind {
  /** The name by which plans ask for it. */
  readonly name: string;
  open(plan: ExportPlan): Destination;
}

/** Where an export goes. */
export interface Destination {
  /** Which one of its kind this is. While an export to it has not ended, no other one begins. */
  readonly target: string;
  /**
   * Makes one attempt. If it throws, that counts as a failure that may pass.
   * @param body must not be read any more once this has settled: it is overwritten then
   * @param signal aborts once the export is given up, whatever comes of this attempt
   */
  send(body: Pieces, head: BodyHead, signal: AbortSignal): Promise<Receipt>;
}

/** What a body contains. */
export interface BodyHead {
  readonly contentType: string;
}

export type Receipt =
  | {
      readonly ok: true;
      /** Absent where nothing is known about it. */
      readonly durability?: Durability | undefined;
    }
  | {
      readonly ok: false;
      readonly reason: string;
      /** For how many seconds the destination asks not to be tried again. */
      readonly retryAfter?: number | undefined;
      /** Whether no further attempt with the same body can succeed. */
      readonly drop?: boolean | undefined;
      /** Whether a part of the body might be taken: one series may be the reason why all were refused. */
      readonly divide?: boolean | undefined;
    };
