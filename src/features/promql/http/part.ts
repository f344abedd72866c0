import { HttpApi } from './api.ts';
import { HTTP_PART, type HttpPart } from './http-part.ts';

export const name = HTTP_PART;

/** Starts the part that answers the HTTP API for `promql()`. */
export function start(): HttpPart {
  return new HttpApi();
}
