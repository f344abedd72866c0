import type { Part } from '../../../protocol/feature.ts';
import type { ApiAnswer, ApiRequest } from '../../../protocol/queries.ts';
import type { Served } from '../served.ts';

/** The name of the part that answers the HTTP API. */
export const HTTP_PART = 'promql-http';

/** What the part of `promql()` asks of the one that answers the HTTP API. */
export interface HttpPart extends Part {
  /** Answers a request. Never rejects. */
  answer(request: ApiRequest, served: Served, signal: AbortSignal): Promise<ApiAnswer>;
}
