import type { ApiAnswer, ApiRequest } from '../protocol/queries.ts';
import type { HttpAccess } from './request.ts';

/** The paths of Prometheus' HTTP API begin with this. */
const API = '/api/v1/';
/** The most bytes of a body. Prometheus takes ten times as many, which no query needs. */
export const MOST_BYTES = 1_048_576;

/** Calls a method of a feature's part. */
export type CallPart = (part: string, method: string, args: readonly unknown[]) => Promise<unknown>;

/** Whether a request is for Prometheus' HTTP API, and that is switched on. */
export function isForApi(pathname: string, { api }: HttpAccess): boolean {
  return api === true && pathname.startsWith(API);
}

/** Returns what the feature is told of a request. */
export function apiRequest(
  method: string,
  pathname: string,
  target: string,
  rest: Pick<ApiRequest, 'contentType' | 'body' | 'gzip'>,
): ApiRequest {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(target) ?? [];
  return { method, path: pathname.slice(API.length), query, ...rest };
}

/**
 * Answers a request.
 * @param signal aborts once nobody waits for the answer any more
 */
export async function askApi(
  call: CallPart,
  request: ApiRequest,
  signal?: AbortSignal | undefined,
): Promise<ApiAnswer> {
  if (signal?.aborted) return apiFailure(499, 'canceled', 'the request was canceled');
  // It names the request among those of all threads.
  const ticket = Math.random();
  const cancel = () => void call('promql', 'cancel', [ticket]).catch(() => {});
  signal?.addEventListener('abort', cancel);
  try {
    return (await call('promql', 'http', [ticket, request])) as ApiAnswer;
  } catch (error) {
    return apiFailure(503, 'unavailable', `there is no answer from the collector: ${error}`);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** The answer to a request with a body that is too large. */
export function tooLarge(): ApiAnswer {
  return apiFailure(413, 'bad_data', `a body may have ${MOST_BYTES} bytes at most`);
}

function apiFailure(status: number, errorType: string, error: string): ApiAnswer {
  const text = JSON.stringify({ status: 'error', errorType, error });
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: new TextEncoder().encode(text) };
}
