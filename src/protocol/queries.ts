/** A request to Prometheus' HTTP API, as it goes to the feature `promql`. */
export interface ApiRequest {
  readonly method: string;
  /** What follows `/api/v1/`, still escaped. */
  readonly path: string;
  /** What follows the question mark. */
  readonly query: string;
  readonly contentType?: string | undefined;
  readonly body?: Uint8Array | undefined;
  /** Whether the client takes gzip. */
  readonly gzip: boolean;
}

/** The answer to it. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}
