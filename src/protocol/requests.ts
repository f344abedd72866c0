import type { Durability } from '../storage/storage.ts';

export type ScheduleId = number;

export interface RenderRequest {
  /** The name of the format. */
  readonly format?: string | undefined;
  /** The `Accept` header of a scraper. It chooses the format if none is named. */
  readonly accept?: string | undefined;
  /** The version of the format that is named; its first unless given. */
  readonly version?: string | undefined;
  /** The encoding of the format that is named; its first unless given. */
  readonly encoding?: string | undefined;
  /** What to do with names that not every reader takes, if a format is named. */
  readonly escaping?: string | undefined;
  /** The families that are wanted; all unless given. */
  readonly names?: readonly string[] | undefined;
  readonly pretty?: boolean | undefined;
  /** See `FormatOptions`. */
  readonly createdSamples?: boolean | undefined;
  readonly gzip?: boolean | undefined;
  /** For how many seconds to wait for `collect` callbacks, as far as the caller can wait. */
  readonly timeout?: number | undefined;
}

export interface Rendered {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** How an export is sent by HTTP. */
export interface HttpPlan {
  /** Without a name or password: those are among the headers. */
  readonly url: string;
  /** The method of each request. */
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** They may be secrets. Nobody logs or stores them. */
  readonly headers: Readonly<Record<string, string>>;
  /** How the body is compressed; not at all unless given. */
  readonly compression?: 'gzip' | undefined;
  /** How many seconds an attempt may take. */
  readonly timeout: number;
  /** Whether the thread is asked for further headers before each export, such as a token that expires. */
  readonly asksForHeaders?: boolean | undefined;
}

/** How an export is pushed to an engine, by HTTP, in bodies that wait until they have arrived. */
export interface PushPlan {
  /** The exporter, of which the collector remembers what it has sent. */
  readonly id: string;
  /** How many bytes may wait, after compression, and for how many seconds. */
  readonly maxBytes: number;
  /** For how many seconds a body may wait. */
  readonly maxAge: number;
  /** How bodies are compressed. */
  readonly compression: 'snappy' | 'gzip' | 'none';
  /** Under which name, and where, what waits is kept. Absent if it is not kept. */
  readonly persist?: { readonly name: string; readonly directory?: string | undefined } | undefined;
  /** What the format is told besides: see `FormatOptions`. It must fit a message. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** How a file that is appended to is kept from growing without bound. */
export interface LogPlan {
  /** A file that would have more bytes, or that is older in seconds, gives way to a new one. */
  readonly maxBytes: number;
  /** The age, in seconds, at which a file gives way to a new one. */
  readonly maxAge: number;
  /** How many older files are kept. */
  readonly keep: number;
  /** The first line of each file, with its end. */
  readonly heading?: string | undefined;
}

/** An export that the collector's side can do by itself. */
export interface ExportPlan {
  /** The `exporter` label of `telemetry_exports_total`. */
  readonly exporter: string;
  /** The name of the format. */
  readonly format: string;
  /** Whether JSON is indented. */
  readonly pretty?: boolean | undefined;
  /** The version of the format, and what to do with names that not every reader takes. */
  readonly version?: string | undefined;
  /** What to do with names that not every reader takes. */
  readonly escaping?: string | undefined;
  /** What the destination is called in messages. It is no secret. */
  readonly destination: string;
  /** The kind of destination. Unless given, it is the application's storage, or else that of the place. */
  readonly via?: string | undefined;
  /** How it is sent, if it is sent by HTTP. */
  readonly http?: HttpPlan | undefined;
  /** How it waits, if it is pushed. */
  readonly push?: PushPlan | undefined;
  /** How its file is kept small, if it is appended to one. */
  readonly log?: LogPlan | undefined;
  /** Whether it exports events, and no metrics. */
  readonly events?: boolean | undefined;
  /** Whether it exports spans, and no metrics. */
  readonly spans?: boolean | undefined;
  /** Permissions of a file. */
  readonly mode?: number | undefined;
  /** The destination as a file's path from the root on, where there are files. */
  readonly file?: string | undefined;
}

export interface ExportOutcome {
  readonly succeeded: boolean;
  /** Why it failed. */
  readonly error?: string | undefined;
  readonly durability?: Durability | undefined;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly bearerToken?: string | undefined;
  readonly basicAuth?: { readonly username: string; readonly password: string } | undefined;
  readonly maxScrapes?: number | undefined;
  readonly createdSamples?: boolean | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly api?: boolean | undefined;
}

export interface Served {
  readonly id: number;
  readonly url: string;
}
