import type { Pieces } from '../bytes/pieces.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import type { Durability } from '../storage/storage.ts';

/**
 * Destinations of one sort, such as files. A place gives its collector a list of them; nothing else knows
 * which there are.
 */
export interface DestinationKind {
  /** Plans ask for it by this. */
  readonly name: string;
  open(plan: ExportPlan): Destination;
}

/** Where an export goes. */
export interface Destination {
  /** Which one of its kind: while an export to it has not ended, no other begins. */
  readonly target: string;
  /**
   * One attempt. What it throws counts as a failure that may pass.
   * @param body not to be read any more once it has settled: others are written in its place
   * @param signal aborts once the export is given up, whatever comes of this attempt
   */
  send(body: Pieces, head: BodyHead, signal: AbortSignal): Promise<Receipt>;
}

/** What a body is. */
export interface BodyHead {
  readonly contentType: string;
}

export type Receipt =
  | {
      readonly ok: true;
      /** Absent where nothing can be said of it. */
      readonly durability?: Durability | undefined;
    }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Seconds for which it wants to be left alone. */
      readonly retryAfter?: number | undefined;
      /** Whether no other attempt with the same body can succeed. */
      readonly drop?: boolean | undefined;
    };
