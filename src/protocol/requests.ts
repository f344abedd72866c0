import type { Durability } from '../storage/storage.ts';

export type ScheduleId = number;

export interface RenderRequest {
  /** Its name. */
  readonly format?: string | undefined;
  /** The `Accept` header of a scraper, which chooses the format then. */
  readonly accept?: string | undefined;
  readonly pretty?: boolean | undefined;
  readonly gzip?: boolean | undefined;
  /** Seconds for which to wait for `collect` callbacks, as far as whoever asks can wait. */
  readonly timeout?: number | undefined;
}

export interface Rendered {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** An export that the collector's side can do by itself. */
export interface ExportPlan {
  /** The `exporter` label of `telemetry_exports_total`. */
  readonly exporter: string;
  /** Its name. */
  readonly format: string;
  readonly pretty?: boolean | undefined;
  readonly destination: string;
  /** The kind of destination; unless given, what the application or the place has to store in. */
  readonly via?: string | undefined;
  /** Permissions of a file. */
  readonly mode?: number | undefined;
  /** The same as a file, where there are files: its path from the root on. */
  readonly file?: string | undefined;
}

export interface ExportOutcome {
  readonly succeeded: boolean;
  /** Why not. */
  readonly error?: string | undefined;
  readonly durability?: Durability | undefined;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly bearerToken?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
}

export interface Served {
  readonly id: number;
  readonly url: string;
}
