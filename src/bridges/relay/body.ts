import { COMPACT_TYPE } from '../../compact/form.ts';
import { Refused } from './answer.ts';
import { gunzip } from './bounded-body.ts';

/** What a request says of its body. */
export interface BodyHead {
  /** In lower case, without parameters. */
  readonly type: string;
  /** The whole header. */
  readonly contentType: string;
  readonly encoding: 'gzip' | 'snappy' | 'identity';
  /** Whether the path is that of events, which are log records of OTLP. */
  readonly isLogs: boolean;
}

export interface Body extends BodyHead {
  /** As it has arrived. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

/** The paths of OTLP for what is no metric. As metrics such bodies would say nothing, and seem to be taken. */
const TRACES = /\/v1\/traces\/?$/;
const LOGS = /\/v1\/logs\/?$/;

/** @throws Refused if it is of no type that a relay takes */
export function bodyHead({ url, headers }: Request): BodyHead {
  const [path = ''] = url.split(/[?#]/);
  if (TRACES.test(path)) {
    throw new Refused('bad_type', 415, 'this relay takes metrics, and no traces');
  }
  const contentType = headers.get('content-type') ?? '';
  const [type = ''] = contentType.toLowerCase().split(';');
  const encoding = (headers.get('content-encoding') ?? 'identity').toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'snappy' && encoding !== 'identity') {
    const accepted = { 'accept-encoding': 'gzip, snappy' };
    throw new Refused('bad_type', 415, 'the body may be compressed with gzip', accepted);
  }
  if (![PROTOBUF, JSON_TYPE, COMPACT_TYPE].includes(type.trim())) {
    const words = `the content-type must be ${PROTOBUF}, ${JSON_TYPE} or that of RelayExporter`;
    throw new Refused('bad_type', 415, words);
  }
  return { type: type.trim(), contentType, encoding, isLogs: LOGS.test(path) };
}

/** Returns the refusal of events, where nothing says which ones are taken, or the relay sends on. */
export const noEvents = (): Refused =>
  new Refused(
    'bad_type',
    415,
    'this relay takes no events: one with aggregate takes those that its option `events` names',
  );

/** Returns the bytes of a body of OTLP or of `RelayExporter`, decompressed. @throws Refused */
export async function plainBytes(
  { bytes, encoding }: Body,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return encoding === 'gzip' ? gunzip(bytes, maxBytes) : bytes;
}
