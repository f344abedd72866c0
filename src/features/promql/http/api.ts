import { textOf } from '../../../model.ts';
import type { ApiAnswer, ApiRequest } from '../../../protocol/queries.ts';
import { isQueryError, isRefused, Refused } from '../refused.ts';
import type { Answer, Served, WrittenAnswer } from '../served.ts';
import { exemplars } from './exemplars.ts';
import { Form } from './form.ts';
import { formatQuery } from './format-query.ts';
import type { HttpPart } from './http-part.ts';
import { answerJson, gzipped } from './json.ts';
import { buildInfo, metadata } from './lookups.ts';
import { query, queryRange } from './query.ts';
import { alerts, rules } from './rules.ts';
import { labelNames, labelValues, series } from './series.ts';

/** @param name what the path holds in place of the `<name>` of an endpoint */
type Endpoint = (
  form: Form,
  served: Served,
  signal: AbortSignal,
  name: string,
) => Promise<Answer | WrittenAnswer> | Answer;

const READ = ['GET'];
/** Grafana sends its queries as forms. */
const READ_OR_FORM = ['GET', 'POST'];

const ENDPOINTS: readonly (readonly [RegExp, readonly string[], Endpoint])[] = [
  [/^query$/, READ_OR_FORM, query],
  [/^query_range$/, READ_OR_FORM, queryRange],
  [/^query_exemplars$/, READ_OR_FORM, exemplars],
  [/^format_query$/, READ_OR_FORM, formatQuery],
  [/^series$/, READ_OR_FORM, series],
  [/^labels$/, READ_OR_FORM, labelNames],
  [/^label\/([^/]+)\/values$/, READ, labelValues],
  [/^metadata$/, READ, metadata],
  [/^rules$/, READ, rules],
  [/^alerts$/, READ, alerts],
  [/^status\/buildinfo$/, READ, buildInfo],
];

/** How many requests may be under way at a time. */
const MOST_UNDER_WAY = 512;

const JSON_TYPE = { 'content-type': 'application/json' };

/** Prometheus' HTTP API. */
export class HttpApi implements HttpPart {
  #underWay = 0;

  async answer(request: ApiRequest, served: Served, signal: AbortSignal): Promise<ApiAnswer> {
    this.#underWay++;
    try {
      if (this.#underWay > MOST_UNDER_WAY) {
        throw new Refused(
          'unavailable',
          `${MOST_UNDER_WAY} requests are under way; ask again later`,
        );
      }
      return await answered(request, served, signal);
    } catch (error) {
      return failure(refusalOf(error, signal));
    } finally {
      this.#underWay--;
    }
  }
}

async function answered(
  request: ApiRequest,
  served: Served,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  for (const [pattern, methods, endpoint] of ENDPOINTS) {
    const found = pattern.exec(request.path);
    if (!found) continue;
    if (!methods.includes(request.method)) {
      return plain(405, 'Method Not Allowed', { allow: methods.join(', ') });
    }
    const answer = await endpoint(new Form(request), served, signal, decoded(found[1] ?? ''));
    return success(answer, request.gzip, signal);
  }
  return plain(404, 'not found');
}

/** A path that cannot be decoded is taken as it is. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function success(
  answer: Answer | WrittenAnswer,
  gzip: boolean,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const isWritten = 'json' in answer;
  if (!isWritten && answer.data === undefined) {
    return { status: 204, headers: {}, body: new Uint8Array() };
  }
  const body = isWritten ? answer.json : await answerJson(answer, signal);
  const headers = { ...JSON_TYPE, vary: 'accept-encoding' };
  const zipped = gzip ? await gzipped(body) : undefined;
  if (!zipped) return { status: 200, headers, body };
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: zipped };
}

function refusalOf(error: unknown, signal: AbortSignal): Refused {
  if (isRefused(error)) return error;
  if (signal.aborted) return new Refused('canceled', 'the request was canceled');
  // What is wrong with the query itself was told by its endpoint.
  if (isQueryError(error)) return new Refused('execution', error.message);
  return new Refused('internal', textOf(error));
}

/** Returns the answer that says what is wrong. */
export function failure({ status, type, message }: Refused): ApiAnswer {
  const text = JSON.stringify({ status: 'error', errorType: type, error: message });
  const headers = status === 503 ? { ...JSON_TYPE, 'retry-after': '1' } : JSON_TYPE;
  return { status, headers, body: new TextEncoder().encode(text) };
}

function plain(status: number, message: string, headers = {}): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: new TextEncoder().encode(`${message}\n`),
  };
}
