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
}

export interface Body extends BodyHead {
  /** As it has arrived. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

/** The paths of OTLP for what is no metric. As metrics such bodies would say nothing, and seem to be taken. */
const NO_METRICS = /\/v1\/(logs|traces)\/?$/;

/** @throws Refused if it is of no type that a relay takes */
export function bodyHead({ url, headers }: Request): BodyHead {
  const [path = ''] = url.split(/[?#]/);
  if (NO_METRICS.test(path)) {
    throw new Refused('bad_type', 415, 'this relay takes metrics, and no events, logs or traces');
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
  return { type: type.trim(), contentType, encoding };
}

/** Returns the bytes of a body of OTLP or of `RelayExporter`, decompressed. @throws Refused */
export async function plainBytes(
  { bytes, encoding }: Body,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return encoding === 'gzip' ? gunzip(bytes, maxBytes) : bytes;
}
