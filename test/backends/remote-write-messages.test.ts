/** Reads the bodies of remote write with Google's own library. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { remoteWrite } from '../../src/formats/remote-write/remote-write.ts';
import { makeFolder } from '../folder.ts';
import { anySnapshot, LEGACY, ODD } from '../formats/any-family.ts';
import { messageOf } from '../formats/remote-write-reader.ts';
import { protocPath, pythonProtobufPath, requirePart } from '../parts.ts';
import { askPython } from './python.ts';

const hasAll = [
  requirePart('protoc', protocPath()),
  requirePart('pythonProtobuf', pythonProtobufPath()),
].every(Boolean);

const MESSAGES = {
  '1.0': ['remote_write.proto', 'prometheus.WriteRequest'],
  '2.0': ['remote_write_v2.proto', 'io.prometheus.write.v2.Request'],
} as const;

/** Resolves to the schema beside this file, as a file that Python reads. */
async function compiledSchema(name: string): Promise<string> {
  const compiled = join(await makeFolder(), 'schema.pb');
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const args = [`--descriptor_set_out=${compiled}`, `-I${folder}`, name];
  await promisify(execFile)(protocPath()!, args);
  return compiled;
}

/** Returns a message that was read here as Python writes it. */
function asRead(message: unknown): unknown {
  return JSON.parse(
    JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
}

describe.skipIf(!hasAll)("Google's Protocol Buffers", () => {
  it.each(['1.0', '2.0'] as const)('read any body of %s', async (version) => {
    const [file, name] = MESSAGES[version];
    const snapshots = [LEGACY, ODD].flatMap((naming) => fc.sample(anySnapshot(naming), 150));
    const bodies = snapshots.flatMap((any) => {
      const writer = remoteWrite.open();
      // The second body has the labels of the first, and the last one says that everything has ended.
      return [{}, {}, { final: true }].flatMap((options) => {
        const { bodies: all, done } = runToEnd(writer.write(any, { version, ...options }));
        const copies = all.map(({ bytes }) => bytes.slice());
        done();
        return copies;
      });
    });
    const read = await askPython<unknown[]>(
      pythonProtobufPath(),
      'read_remote_write.py',
      [await compiledSchema(file), name],
      bodies.map((body) => Buffer.from(body).toString('base64')),
    );
    expect(read.length).toBe(bodies.length);
    read.forEach((message, i) => {
      expect(message).toMatchObject(asRead(messageOf(version, bodies[i])) as object);
    });
  });
});
