/** What a relay answers, and how its requests are counted in `relay_requests_total{outcome}`. */
export type Outcome =
  | 'taken'
  | 'partly_taken'
  | 'preflight'
  | 'bad_origin'
  | 'bad_method'
  | 'bad_token'
  | 'bad_type'
  | 'too_many'
  | 'too_large'
  | 'too_slow'
  | 'busy'
  | 'malformed'
  | 'not_allowed'
  | 'server_refused'
  | 'server_failed'
  | 'failed';

export interface Answer {
  readonly outcome: Outcome;
  readonly status: number;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Is thrown where a request cannot be taken, and becomes its answer. */
export class Refused extends Error {
  readonly answer: Answer;

  /** @param words for whoever reads the log of the page */
  constructor(
    outcome: Outcome,
    status: number,
    words: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(words);
    const type = { 'content-type': 'text/plain; charset=utf-8' };
    this.answer = { outcome, status, body: `${words}\n`, headers: { ...type, ...headers } };
  }
}

/** Returns the refusal of a body that is not what it says. */
export function malformed(what: string): Refused {
  return new Refused('malformed', 400, what);
}
