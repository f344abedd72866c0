/** A message as a reader sees it: the fields that are there, those of repeated fields as lists. */
export interface Message {
  readonly [field: string]: unknown;
}

type FieldType =
  | 'string'
  | 'double'
  /** A double of which not only the value counts, as a whole number. */
  | 'bits'
  | 'uint64'
  | 'uint32'
  | 'int32'
  | 'int64'
  | 'sint32'
  | 'sint64'
  | 'fixed64'
  | 'bool'
  | 'bytes'
  | 'enum';
type Field = readonly [name: string, type: FieldType | Schema, repeated?: 'repeated'];
export interface Schema {
  readonly [number: number]: Field;
}

/** The types that are not varints, with their wire types. */
const WIRE_TYPES: Partial<Record<FieldType, number>> = {
  string: 2,
  bytes: 2,
  double: 1,
  fixed64: 1,
  bits: 1,
};

const TIMESTAMP: Schema = { 1: ['seconds', 'int64'], 2: ['nanos', 'int32'] };
const LABEL_PAIR: Schema = { 1: ['name', 'string'], 2: ['value', 'string'] };
const EXEMPLAR: Schema = {
  1: ['label', LABEL_PAIR, 'repeated'],
  2: ['value', 'double'],
  3: ['timestamp', TIMESTAMP],
};
const BUCKET: Schema = {
  1: ['cumulative_count', 'uint64'],
  2: ['upper_bound', 'double'],
  3: ['exemplar', EXEMPLAR],
  4: ['cumulative_count_float', 'double'],
};
const SPAN: Schema = { 1: ['offset', 'sint32'], 2: ['length', 'uint32'] };
const VALUE: Schema = { 1: ['value', 'double'] };

/**
 * `io.prometheus.client.MetricFamily`, copied by hand from
 * https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
 */
const METRIC_FAMILY: Schema = {
  1: ['name', 'string'],
  2: ['help', 'string'],
  3: ['type', 'enum'],
  4: [
    'metric',
    {
      1: ['label', LABEL_PAIR, 'repeated'],
      2: ['gauge', VALUE],
      3: [
        'counter',
        {
          1: ['value', 'double'],
          2: ['exemplar', EXEMPLAR],
          3: ['created_timestamp', TIMESTAMP],
        },
      ],
      4: [
        'summary',
        {
          1: ['sample_count', 'uint64'],
          2: ['sample_sum', 'double'],
          3: ['quantile', { 1: ['quantile', 'double'], 2: ['value', 'double'] }, 'repeated'],
          4: ['created_timestamp', TIMESTAMP],
        },
      ],
      5: ['untyped', VALUE],
      6: ['timestamp_ms', 'int64'],
      7: [
        'histogram',
        {
          1: ['sample_count', 'uint64'],
          2: ['sample_sum', 'double'],
          3: ['bucket', BUCKET, 'repeated'],
          4: ['sample_count_float', 'double'],
          5: ['schema', 'sint32'],
          6: ['zero_threshold', 'double'],
          7: ['zero_count', 'uint64'],
          8: ['zero_count_float', 'double'],
          9: ['negative_span', SPAN, 'repeated'],
          10: ['negative_delta', 'sint64', 'repeated'],
          11: ['negative_count', 'double', 'repeated'],
          12: ['positive_span', SPAN, 'repeated'],
          13: ['positive_delta', 'sint64', 'repeated'],
          14: ['positive_count', 'double', 'repeated'],
          15: ['created_timestamp', TIMESTAMP],
          16: ['exemplars', EXEMPLAR, 'repeated'],
        },
      ],
    },
    'repeated',
  ],
  5: ['unit', 'string'],
};

/** Reads what `encoding=delimited` means: messages, each with its length before it. */
export function readFamilies(bytes: Uint8Array): Message[] {
  const reader = new Reader(bytes);
  const families: Message[] = [];
  while (!reader.isAtEnd) families.push(readMessage(reader.part(), METRIC_FAMILY));
  return families;
}

/** Reads a message by https://protobuf.dev/programming-guides/encoding/, and throws at what is unknown. */
export function readMessage(reader: Reader, schema: Schema): Message {
  const message: Record<string, unknown> = {};
  for (const [name, , repeated] of Object.values(schema)) if (repeated) message[name] = [];
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const field = schema[tag >>> 3];
    if (!field) throw new Error(`unknown field ${tag >>> 3}`);
    const [name, type, repeated] = field;
    const isNested = typeof type === 'object';
    const wireType = isNested ? 2 : (WIRE_TYPES[type] ?? 0);
    const isPacked = (tag & 7) === 2 && repeated && wireType !== 2;
    if (isPacked && !isNested) {
      const part = reader.part();
      while (!part.isAtEnd) (message[name] as unknown[]).push(part.scalar(type));
      continue;
    }
    if ((tag & 7) !== wireType) throw new Error(`${name} has the wire type ${tag & 7}`);
    const value = isNested ? readMessage(reader.part(), type) : reader.scalar(type);
    if (repeated) (message[name] as unknown[]).push(value);
    else if (name in message) throw new Error(`${name} twice`);
    else message[name] = value;
  }
  return message;
}

export class Reader {
  #at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#view.getUint8(this.#at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  part(): Reader {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (end > this.bytes.length) throw new Error('the message ends too early');
    const part = new Reader(this.bytes.subarray(this.#at, end));
    this.#at = end;
    return part;
  }

  /** Whole numbers of 8 bytes are texts, since not all fit a number, and bytes are hexadecimal digits. */
  scalar(type: FieldType): string | number | boolean | bigint {
    if (type === 'string')
      return new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(this.part().bytes);
    if (type === 'bits') {
      this.#at += 8;
      return this.#view.getBigUint64(this.#at - 8, true);
    }
    if (type === 'double') {
      this.#at += 8;
      return this.#view.getFloat64(this.#at - 8, true);
    }
    if (type === 'bytes') return Buffer.from(this.part().bytes).toString('hex');
    if (type === 'fixed64') {
      this.#at += 8;
      return String(this.#view.getBigUint64(this.#at - 8, true));
    }
    const value = this.varint();
    if (type === 'bool') return value === 1n;
    return Number(type.startsWith('sint') ? (value >> 1n) ^ -(value & 1n) : value);
  }
}
