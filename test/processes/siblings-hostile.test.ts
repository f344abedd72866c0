/** Tests what the processes of this user, and those of others, may do where processes meet. */
import { chmod, chown, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { type TelemetryCollector, TelemetryError } from 'utilityfog-telemetry';
import { joinProcesses } from 'utilityfog-telemetry/cluster';
import { afterEach, describe, expect, it } from 'vitest';
import { SocketChannel } from '../../src/platform/socket-channel.ts';
import { errors, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const opened: TelemetryCollector[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(opened.splice(0).map((collector) => collector.shutdown()));
});

function joinIn(directory: string) {
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const collector = joinProcesses(
    { logger: { warn: log, error: log } },
    { name: 'shop', directory, own() {} },
  );
  opened.push(collector);
  return { collector, logged };
}

/** Connects to the owner as another process would, and hears what that says. */
async function stranger(directory: string) {
  const [file] = await readdir(directory);
  const socket = connect(join(directory, file!));
  sockets.push(socket);
  const heard: Record<string, unknown>[] = [];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const channel = new SocketChannel(socket, {
    heard: (message) => void heard.push(message),
    refused() {},
    ended: () => end(),
  });
  return { socket, channel, heard, ended };
}

describe('an owner', () => {
  const head = (json: number, data: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(json);
    bytes.writeUInt32LE(data, 4);
    return bytes;
  };

  it.each([
    ['no JSON', Buffer.concat([head(3, 0), Buffer.from('{x}')])],
    ['JSON that is no object', Buffer.concat([head(4, 0), Buffer.from('null')])],
    ['a message that is too long', head(2 ** 31, 0)],
    ['data that is too long', head(2, 2 ** 31)],
  ])('closes the connection to whoever sends %s, and counts that', async (_, bytes) => {
    const directory = await makeFolder();
    const { collector } = joinIn(directory);
    await collector.flush();
    const { socket, ended } = await stranger(directory);
    socket.write(bytes);
    await ended;
    await expect.poll(() => errors(collector, 'process')).toBe(1);
  });

  it('passes over what nobody means, and serves the others', async () => {
    const directory = await makeFolder();
    const { collector } = joinIn(directory);
    collector.registerCounter('a_total').increment(3);
    await collector.flush();
    const { channel, heard } = await stranger(directory);
    for (const message of [
      ...[{}, { kept: 7 }, { keep: 1 }, { port: 0, data: new Uint8Array(3) }, { left: 'x' }],
      ...[
        { hello: 1, pid: 'x' },
        { hello: 1, pid: 1 },
      ],
    ]) {
      channel.send(message);
    }
    await expect.poll(() => heard).toEqual([{ welcome: 1, refused: expect.any(String) }]);
    const other = joinIn(directory);
    await other.collector.flush();
    expect(await sampleOf(other.collector, 'a_total')).toBe(3);
  });

  it('does not let another version in, and says so', async () => {
    const directory = await makeFolder();
    const { collector, logged } = joinIn(directory);
    await collector.flush();
    const { channel, heard } = await stranger(directory);
    channel.send({ hello: 2, pid: 1 });
    await expect.poll(() => heard).toEqual([{ welcome: 1 }]);
    expect(logged).toEqual([expect.stringMatching(/has another version/)]);
  });

  it('counts nothing twice for a process that claims what was settled', async () => {
    const directory = await makeFolder();
    const { collector } = joinIn(directory);
    await collector.flush();
    const one = joinIn(directory);
    one.collector.registerCounter('a_total').increment();
    await one.collector.flush();
    const { channel, heard } = await stranger(directory);
    channel.send({ hello: 1, pid: 1 });
    await one.collector.shutdown();
    // Everybody is told of what was settled.
    const left = (): number[] =>
      heard.flatMap(({ keep, data }) => (keep ? settledIn(data as Uint8Array) : []));
    await expect.poll(left).not.toEqual([]);
    const { line } = heard[0]!.known as { line: string };
    const again = await stranger(directory);
    again.channel.send({ hello: 1, pid: 1, claim: { line, thread: left()[0] } });
    const refused = expect.stringMatching(/away for too long/);
    await expect.poll(() => again.heard).toEqual([{ welcome: 1, refused }]);
    expect(await sampleOf(collector, 'a_total')).toBe(1);
  });
});

/** Returns the numbers of the threads that have left, of what an owner leaves to others. */
function settledIn(data: Uint8Array): number[] {
  const { latest } = deserialize(new Uint8Array(data)) as { latest: Uint8Array };
  return JSON.parse(new TextDecoder().decode(latest)).left;
}

describe('a directory', () => {
  const cannotMeet = async (directory: string, why: RegExp) => {
    const { collector, logged } = joinIn(directory);
    collector.registerCounter('a_total').increment();
    await expect.poll(() => logged).toContainEqual(expect.stringMatching(why));
    expect(collector.getMetric('a_total')?.getValue()).toMatchObject({ value: 1 });
    expect((await readdir(directory).catch(() => [])).filter((one) => /shop/.test(one))).toEqual(
      [],
    );
  };

  it('that others may enter is not used', async () => {
    const directory = await makeFolder();
    await chmod(directory, 0o755);
    await cannotMeet(directory, /must have the permissions 0700/);
  });

  it.skipIf(process.getuid?.() !== 0)('of another user is not used', async () => {
    const directory = await makeFolder();
    await chown(directory, 12_345, 12_345);
    await cannotMeet(directory, /must be a directory of this user/);
  });

  it('that is a link is not used', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'real'), { mode: 0o700 });
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await cannotMeet(join(folder, 'link'), /must be a directory of this user/);
  });

  it('is made if it is missing, with files of others in it', async () => {
    const directory = join(await makeFolder(), 'made');
    const { collector } = joinIn(directory);
    await collector.flush();
    expect(await readdir(directory)).toEqual(['shop.1.socket']);
    for (const name of ['shop.socket', 'shop.x.socket', 'shop.0.socket', 'shopping.9.socket']) {
      await writeFile(join(directory, name), '');
    }
    const other = joinIn(directory);
    collector.registerCounter('a_total').increment();
    await other.collector.flush();
    expect(await sampleOf(other.collector, 'a_total')).toBe(1);
  });
});

it('what cannot be meant is refused', async () => {
  const invalid = (message: RegExp) =>
    expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(message) });
  const own = () => {};
  const attempt =
    (room: unknown, options: unknown = {}) =>
    () =>
      joinProcesses(options as never, room as never);
  expect(attempt({ own })).toThrow(invalid(/name must be a text of 1 to 40/));
  expect(attempt({ name: 'a/b', own })).toThrow(invalid(/name must be/));
  expect(attempt({ name: 'shop' })).toThrow(invalid(/own must be a function/));
  expect(attempt(null)).toThrow(TelemetryError);
  expect(attempt({ name: 'shop', own }, 5)).toThrow(invalid(/options must be an object/));
  expect(attempt({ name: 'shop', own }, { seriesLimit: -1 })).toThrow(invalid(/seriesLimit/));
  const directory = `/tmp/${'long'.repeat(30)}`;
  expect(attempt({ name: 'shop', own, directory })).toThrow(invalid(/too long for the path/));
});
