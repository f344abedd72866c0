import { COMPACT_TYPE } from '../../compact/form.ts';
import { type HeaderFields, type HeaderSource, headersFrom } from '../../exporters/http-options.ts';
import { ownRequest, sendOwn } from '../../platform/own-request.ts';
import { after } from '../../platform/timers.ts';
import { type Answer, Refused } from './answer.ts';
import { type ResourceBatch, readSafely } from './batch.ts';
import { type Body, JSON_TYPE, noEvents, PROTOBUF, plainBytes } from './body.ts';
import { readAll } from './bounded-body.ts';
import { readCompact } from './compact.ts';
import type { EventBatch } from './events.ts';
import { isAmong } from './families.ts';
import { readJson } from './otlp-json.ts';
import { readJsonLogs } from './otlp-logs-json.ts';
import { readProtobufLogs } from './otlp-logs-protobuf.ts';
import { readProtobuf } from './otlp-protobuf.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import { namesInRemoteWrite, type RemoteWriteVersion, unsnappy } from './remote-write.ts';

/** Where a relay sends what it gets. */
export interface ForwardOptions {
  /** An `http:` or `https:` URL. */
  readonly url: string | URL;
  /** Headers of each request, such as credentials; or a function that returns them, or a promise of them. */
  readonly headers?: HeaderFields | HeaderSource | undefined;
  /** In what form bodies are sent on. */
  readonly protocol: 'remote-write' | 'otlp';
  /**
   * How many seconds the server may take.
   * @defaultValue 10
   */
  readonly timeout?: number | undefined;
}

/** A relay never keeps more of an answer. Bytes. */
const LONGEST_ANSWER = 65_536;
/** Statuses that say something about the body, or when to come again. Others are no matter of the page. */
const TOLD = new Set([400, 413, 422, 429]);
const WRITTEN = /^x-prometheus-remote-write-\w+-written$/;
/** What ends the names of the series of one family. */
const SUFFIX = /_(bucket|sum|count|created)$/;

/** Returns a function that sends a body on, once it was found sound, and answers what the server has answered. */
export function forwarding(
  options: ForwardOptions,
  names: readonly (string | RegExp)[] | undefined,
  maxBytes: number,
  metrics: RelayMetrics,
): (body: Body, request: Request) => Promise<Answer> {
  const { protocol } = options;
  const allowed = (name: string) =>
    !names || isAmong(names, name) || isAmong(names, name.replace(SUFFIX, ''));
  const check = (all: readonly string[]) => {
    if (all.every(allowed)) return;
    throw new Refused('not_allowed', 400, 'the request has a family that the relay does not take');
  };
  /** Sends a body of `RelayExporter` as a request of OTLP. */
  const sendCompact = async (body: Body) => {
    if (protocol === 'remote-write') throw noTotals();
    const read = await readCompact(body, maxBytes);
    if (read.events.length > 0) throw noEvents();
    check(read.families.map(({ name }) => name));
    const { otlpOfCompact } = await import('../../formats/compact/as-otlp.ts');
    const bytes = otlpOfCompact(read);
    const as = { type: PROTOBUF, contentType: PROTOBUF, encoding: 'identity' } as const;
    const answer = await send(options, { ...body, ...as, bytes }, undefined);
    const points = read.families.reduce((sum, family) => sum + family.points.length, 0);
    if (answer.outcome === 'taken') metrics.took(points);
    return answer;
  };
  return async (body, request) => {
    const isRemoteWrite = protocol === 'remote-write';
    if (body.isLogs) throw noEvents();
    if (body.type === COMPACT_TYPE) return sendCompact(body);
    const version = isRemoteWrite ? versionOf(body, request) : undefined;
    const points = version
      ? await checkRemoteWrite(body, version, maxBytes, check)
      : await checkOtlp(body, maxBytes, check);
    const answer = await send(options, body, version);
    if (answer.outcome === 'taken') metrics.took(points);
    return answer;
  };
}

/**
 * Remote write takes totals. A relay that sends on keeps none: another process of it may get the next deltas of the
 * page.
 */
const noTotals = () =>
  new Refused(
    'bad_type',
    415,
    'this relay sends on to remote write, which takes no deltas: use RemoteWriteExporter in the page, or a relay with aggregate whose collector has a RemoteWriteExporter',
  );

/** @throws Refused */
function versionOf({ type, contentType, encoding }: Body, { headers }: Request) {
  if (type !== PROTOBUF || encoding !== 'snappy') {
    const words = 'this relay takes remote write: protobuf, compressed with Snappy';
    throw new Refused('bad_type', 415, words);
  }
  const is2 =
    /proto\s*=\s*"?io\.prometheus\.write\.v2\.Request/.test(contentType) ||
    headers.get('x-prometheus-remote-write-version')?.startsWith('2.') === true;
  return is2 ? '2.0' : '1.0';
}

/** @returns how many series there are. @throws Refused */
async function checkRemoteWrite(
  { bytes }: Body,
  version: RemoteWriteVersion,
  maxBytes: number,
  check: (names: readonly string[]) => void,
): Promise<number> {
  const names = namesInRemoteWrite(await unsnappy(bytes, maxBytes), version);
  check(names);
  return names.length;
}

/** @returns how many points there are. @throws Refused */
async function checkOtlp(
  body: Body,
  maxBytes: number,
  check: (names: readonly string[]) => void,
): Promise<number> {
  const all = (await readOtlp(body, maxBytes)).flatMap(({ metrics }) => metrics);
  check(all.map(({ name }) => name));
  return all.reduce((sum, { points }) => sum + points.length, 0);
}

/** Reads a body of OTLP with metrics. @throws Refused */
export const readOtlp = (body: Body, maxBytes: number): Promise<ResourceBatch[]> =>
  readEither(body, maxBytes, readJson, readProtobuf);

/** Reads a body of OTLP with log records. @throws Refused */
export const readOtlpLogs = (body: Body, maxBytes: number): Promise<EventBatch[]> =>
  readEither(body, maxBytes, readJsonLogs, readProtobufLogs);

async function readEither<T>(
  body: Body,
  maxBytes: number,
  ofJson: (bytes: Uint8Array) => T,
  ofProtobuf: (bytes: Uint8Array) => T,
): Promise<T> {
  if (body.encoding === 'snappy') {
    const words =
      'this relay takes deltas, and not remote write, which has totals; use RelayExporter, or OTLPExporter with temporality: "delta"';
    throw new Refused('bad_type', 415, words);
  }
  const bytes = await plainBytes(body, maxBytes);
  const isJson = body.type === JSON_TYPE;
  return readSafely('request of OTLP', () => (isJson ? ofJson(bytes) : ofProtobuf(bytes)));
}

/** Makes one request, with nothing of the page but the body and what it is. */
async function send(
  { url, headers = {}, timeout = 10 }: ForwardOptions,
  { bytes, type, encoding }: Body,
  version: RemoteWriteVersion | undefined,
): Promise<Answer> {
  const limit = new AbortController();
  const cancel = after(timeout, () => limit.abort());
  try {
    const own =
      typeof headers === 'function' ? await headersFrom('createRelay()', headers) : headers;
    const all = new Headers(own);
    all.delete('content-encoding');
    for (const [name, value] of Object.entries(bodyHeaders(type, encoding, version))) {
      all.set(name, value);
    }
    const options: RequestInit = {
      method: 'POST',
      headers: all,
      body: bytes,
      // A redirect might take the credentials elsewhere.
      redirect: 'manual',
      ...ownRequest,
      signal: limit.signal,
    };
    const response = await sendOwn(() => fetch(url, options));
    return await answerOf(response);
  } catch {
    // The error may name the server and its credentials, which a page must not see.
    return unreachable(limit.signal.aborted ? 504 : 502);
  } finally {
    cancel();
  }
}

function bodyHeaders(
  type: string,
  encoding: Body['encoding'],
  version: RemoteWriteVersion | undefined,
): Record<string, string> {
  const isSecond = version === '2.0';
  return {
    'content-type': isSecond ? `${type};proto=io.prometheus.write.v2.Request` : type,
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    ...(version && { 'x-prometheus-remote-write-version': isSecond ? '2.0.0' : '0.1.0' }),
  };
}

/**
 * Returns what the page is told. What concerns the relay, such as credentials that the server refuses, is a fault
 * of the relay: the page may try again.
 */
async function answerOf(response: Response): Promise<Answer> {
  const { status, ok } = response;
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name === 'retry-after' || WRITTEN.test(name)) headers[name] = value;
  });
  if (ok) {
    const body = await answerBody(response);
    return {
      outcome: 'taken',
      status: body ? 200 : 204,
      headers: { ...headers, ...body?.headers },
      body: body?.bytes,
    };
  }
  void response.body?.cancel().catch(() => {});
  if (TOLD.has(status) || status === 415) {
    return {
      outcome: 'server_refused',
      status,
      headers,
      body: `the server has answered ${status}\n`,
    };
  }
  return { ...unreachable(status >= 500 && status < 600 ? status : 502), headers };
}

/** A receiver of OTLP may say what it has not taken. */
async function answerBody(response: Response) {
  const type = response.headers.get('content-type') ?? '';
  const isOtlp = /^application\/(x-protobuf|json)\b/.test(type);
  if (!isOtlp || !response.body) {
    void response.body?.cancel().catch(() => {});
    return undefined;
  }
  const bytes = await readAll(response.body.getReader(), LONGEST_ANSWER);
  return { bytes, headers: { 'content-type': type } };
}

const unreachable = (status: number): Answer => ({
  outcome: 'server_failed',
  status,
  body: 'the server behind the relay has not taken this; ask again later\n',
});
