/** Reads our OTLP with Google's own library and the official schema. */
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otlp } from '../../src/formats/otlp/otlp.ts';
import { makeFolder } from '../folder.ts';
import { anySnapshot, ODD, rich, richSnapshot } from '../formats/any-family.ts';
import { requestBytes } from '../formats/otlp-writer.ts';
import { otlpSchemaPath, protocPath, pythonProtobufPath, requirePart } from '../parts.ts';
import { askPython } from './python.ts';

const hasAll = [
  requirePart('protoc', protocPath()),
  requirePart('otlpSchema', otlpSchemaPath()),
  requirePart('pythonProtobuf', pythonProtobufPath()),
].every(Boolean);

/** Fields that have come since that version of the schema, each after the one that it follows. */
const LATER = [
  [/^( *string unit = 3;)$/m, 'repeated opentelemetry.proto.common.v1.KeyValue metadata = 12;'],
  [/^( *optional double max = 13;)$/m, 'double zero_threshold = 14;'],
] as const;

/** Resolves to the official schema as a file that Python reads. */
async function compiledSchema(): Promise<string> {
  const folder = await makeFolder();
  await cp(otlpSchemaPath()!, folder, { recursive: true });
  const file = join(folder, 'opentelemetry/proto/metrics/v1/metrics.proto');
  let schema = await readFile(file, 'utf8');
  for (const [after, field] of LATER) {
    expect(schema).toMatch(after);
    schema = schema.replace(after, `$1\n  ${field}`);
  }
  await writeFile(file, schema);
  const compiled = join(folder, 'otlp.pb');
  const args = ['--include_imports', `--descriptor_set_out=${compiled}`, `-I${folder}`];
  const service = 'opentelemetry/proto/collector/metrics/v1/metrics_service.proto';
  await promisify(execFile)(protocPath()!, [...args, join(folder, service)]);
  return compiled;
}

describe.skipIf(!hasAll)("Google's Protocol Buffers with the official schema of OTLP", () => {
  it('read the same from protobuf and JSON, of any snapshot', { timeout: 120_000 }, async () => {
    const counter = rich({ name: 'traced', type: 'counter' });
    const labels = { trace_id: '5b8efff798038103d269b633813fc60c', span_id: 'eee19b7ec3c1b174' };
    const exemplars = new Map([[counter.series[0], [{ labels, value: 1, timestamp: 2 }]]]);
    const snapshots = [
      richSnapshot({ ...counter, exemplars }),
      ...fc.sample(anySnapshot(ODD), 300),
    ];
    // A writer that has written before gives the second request of deltas.
    const options = [{}, { temporality: 'delta' }, { resource: { 'service.name': 'é' } }] as const;
    const sent = snapshots.flatMap((snapshot, i) => {
      const given = options[i % options.length];
      const [bytes, json] = (['protobuf', 'json'] as const).map((encoding) =>
        requestBytes(snapshot, { ...given, encoding }, otlp.open()),
      );
      return bytes.length === 0
        ? []
        : [{ snapshot, pair: [bytes.toString('base64'), json.toString()] }];
    });
    const read = await askPython<{ same: boolean; metrics: string[] }[]>(
      pythonProtobufPath(),
      'read_otlp.py',
      [await compiledSchema()],
      sent.map(({ pair }) => pair),
    );
    expect(read).toHaveLength(sent.length);
    read.forEach(({ same, metrics }, i) => {
      expect(same, sent[i].pair[1]).toBe(true);
      const named = sent[i].snapshot.families
        .filter((family) => family.series.length > 0)
        .filter((family) => family.data !== 'states' || family.states.length > 0);
      expect(metrics).toEqual(named.map(({ name }) => name));
    });
  });
});
