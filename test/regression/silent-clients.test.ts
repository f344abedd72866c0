/** Tests clients that say nothing, or are too many, in the server runtimes themselves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, it } from 'vitest';
import { bunPath, denoPath, requirePart } from '../parts.ts';

const module = new URL('../../dist/node.js', import.meta.url).href;
const PROGRAM = `
  import(${JSON.stringify(module)}).then(async ({ TelemetryCollector }) => {
    console.log((await new TelemetryCollector().serve({ port: 0 })).url);
    process.stdin.on('end', () => process.exit()).resume();
  });`;
const RUNTIMES = [
  { name: 'Node', path: process.execPath, args: ['-e'], here: true },
  { name: 'Deno', path: denoPath()!, args: ['eval'], here: requirePart('deno', denoPath()) },
  {
    name: 'Bun',
    path: bunPath()!,
    args: ['-e'],
    here: requirePart('bun', bunPath()),
    // Bun does not report connections that have sent nothing.
    keepsOut: true,
  },
];
/** The largest number of connections, as docs/exporters.md says. */
const MOST = 512;
const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n';

// Most of the time is spent waiting for their time to be over.
describe.concurrent.each(RUNTIMES)('the listener in $name', ({ path, args, here, keepsOut }) => {
  it.skipIf(!here)(
    'closes silent and slow connections, and bounds their number',
    // These are the test's own limit, since three run at a time.
    async ({ expect, onTestFinished }) => {
      const child: ChildProcess = spawn(path, [...args, PROGRAM], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const sockets: Socket[] = [];
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        // It is not ended by a signal, since the command of Deno's package starts another process.
        child.stdin!.end();
      });
      const [url] = (await once(createInterface(child.stdout!), 'line')) as [string];
      const open = (request: string) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('error', () => {}).write(request);
        sockets.push(socket);
        return socket;
      };
      const odd = ['', REQUEST, `${REQUEST}\r\n`].map((request) => open(request).resume());
      await Promise.all(odd.map((socket) => once(socket, 'close')));

      const half = Array.from({ length: MOST + 88 }, () => open(REQUEST).resume());
      const closed = () => half.filter((socket) => socket.closed).length;
      await expect.poll(closed).toBeGreaterThanOrEqual(88);
      // The others are closed later, when their time is over.
      expect(closed()).toBeLessThan(MOST);
      // They keep nobody out.
      if (!keepsOut) expect((await fetch(url)).status).toBe(200);

      for (const socket of sockets.splice(0)) socket.destroy();
      await expect.poll(async () => (await fetch(url).catch(() => undefined))?.status).toBe(200);
    },
  );
});
