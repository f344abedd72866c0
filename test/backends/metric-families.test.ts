/** Reads our protobuf with Google's own library and the official schema. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import { makeFolder } from '../folder.ts';
import { anySnapshot, LEGACY } from '../formats/any-family.ts';
import { type Message, readFamilies } from '../formats/protobuf-reader.ts';
import {
  metricsSchemaPath,
  protocPath,
  pythonProtobufPath,
  requirePart,
  timestampSchemaPath,
} from '../parts.ts';
import { askPython } from './python.ts';

const hasAll = [
  requirePart('protoc', protocPath()),
  requirePart('metricsSchema', metricsSchemaPath()),
  requirePart('timestampSchema', timestampSchemaPath()),
  requirePart('pythonProtobuf', pythonProtobufPath()),
].every(Boolean);

interface Read {
  readonly known: readonly string[];
  readonly expositions: readonly Message[][];
}

/** Resolves to the official schema as a file that Python reads. */
async function compiledSchema(): Promise<string> {
  const compiled = join(await makeFolder(), 'metrics.pb');
  const schema = metricsSchemaPath()!;
  // It is imported as google/protobuf/timestamp.proto.
  const imported = join(dirname(timestampSchemaPath()!), '../..');
  const folders = [`-I${dirname(schema)}`, `-I${imported}`];
  const args = ['--include_imports', `--descriptor_set_out=${compiled}`, ...folders];
  await promisify(execFile)(protocPath()!, [...args, schema]);
  return compiled;
}

/** Returns what is left of a message without fields that a schema does not know, as Python writes it. */
function asRead(value: unknown, known: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => asRead(one, known));
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([name]) => known.has(name));
    return Object.fromEntries(fields.map(([name, one]) => [name, asRead(one, known)]));
  }
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  return String(value).toLowerCase().replace('infinity', 'inf');
}

describe.skipIf(!hasAll)("Google's Protocol Buffers with the official schema", () => {
  it('read any snapshot as what it is', async () => {
    const bodies = fc
      .sample(anySnapshot(LEGACY), 300)
      .map((any) => Buffer.concat(runToEnd(metricFamilies.open().write(any, {})).pieces));
    const { known, expositions } = await askPython<Read>(
      pythonProtobufPath(),
      'read_metric_families.py',
      [await compiledSchema()],
      bodies.map((body) => body.toString('base64')),
    );
    const fields = new Set(known);
    expect(fields).toContain('positive_delta');
    expositions.forEach((read, i) => {
      expect(read).toEqual(readFamilies(bodies[i]).map((one) => asRead(one, fields)));
    });
  });
});
