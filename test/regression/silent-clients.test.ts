/** Clients that say nothing, or are too many, in the server runtimes themselves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { bunPath, denoPath } from '../parts.ts';

const module = new URL('../../dist/node.js', import.meta.url).href;
const PROGRAM = `
  import(${JSON.stringify(module)}).then(async ({ TelemetryCollector }) => {
    console.log((await new TelemetryCollector().serve({ port: 0 })).url);
    setInterval(() => {}, 1000);
  });`;
const RUNTIMES = [
  ['Node', process.execPath, ['-e']],
  ['Deno', denoPath(), ['eval']],
  ['Bun', bunPath(), ['-e']],
] as const;

let child: ChildProcess | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  child?.kill('SIGKILL');
});

describe.each(RUNTIMES)('the listener in %s', (_, path, args) => {
  it.skipIf(!path)(
    'closes silent and slow connections, and bounds their number',
    {
      timeout: 120_000,
    },
    async () => {
      child = spawn(path!, [...args, PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [url] = (await once(createInterface(child.stdout!), 'line')) as [string];
      const open = () => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('error', () => {}).resume();
        sockets.push(socket);
        return socket;
      };
      const [silent, slow, idle] = [open(), open(), open()];
      const closed = [silent, slow, idle].map((socket) => once(socket!, 'close'));
      slow!.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n');
      idle!.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await Promise.all(closed);
      let refused = 0;
      for (let i = 0; i < 600; i++) open().on('close', () => refused++);
      await expect.poll(() => refused, { timeout: 60_000 }).toBeGreaterThanOrEqual(600 - 512);
      for (const socket of sockets.splice(0)) socket.destroy();
      await expect.poll(async () => (await fetch(url).catch(() => undefined))?.status).toBe(200);
    },
  );
});
