/** Clients of Prometheus' HTTP API that send or read slowly once let the listener hold as much as they liked. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Feature, Part } from 'utilityfog-telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { ApiLimits } from '../../src/http/api-limits.ts';
import { makeCollector } from '../collectors.ts';

const MEGABYTE = 2 ** 20;

it('answers for clients that do not read them have a limit together', async () => {
  const start = () => {
    const answer = { status: 200, headers: {}, body: new Uint8Array(100 * MEGABYTE) };
    return { calls: { openHttp() {}, http: () => answer, cancel() {} } } as Part;
  };
  const large: Feature<unknown> = {
    ...{ name: 'promql', config: {}, api: () => ({}) },
    code: { module: async () => ({ name: 'promql', start }) },
  };
  const collector = makeCollector({ use: [large], link: 'inline' });
  const { port } = new URL((await collector.serve({ port: 0, api: true })).url);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  /** Resolves to the status of the answer, of which nothing more is read. */
  const ask = async () => {
    const socket = connect(Number(port), '127.0.0.1');
    sockets.push(socket);
    socket.write('GET /api/v1/labels HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await once(socket, 'data');
    socket.pause();
    return String(head).slice(9, 12);
  };
  expect([await ask(), await ask(), await ask()]).toEqual(['200', '200', '503']);
  // The metrics are served all the same.
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  for (const socket of sockets.splice(0)) socket.destroy();
  await expect.poll(ask).toBe('200');
});

it('what a request has held is free again once it is over', () => {
  const limits = new ApiLimits();
  const [one, other, third] = [new AbortController(), new AbortController(), new AbortController()];
  const hold = limits.admit(one.signal);
  // What is alone may be as large as it likes.
  hold(MEGABYTE);
  hold(300 * MEGABYTE);
  expect(() => limits.admit(other.signal)(MEGABYTE)).toThrow('too much is held');
  one.abort();
  hold(300 * MEGABYTE);
  limits.admit(other.signal)(200 * MEGABYTE);
  expect(() => limits.admit(third.signal)(100 * MEGABYTE)).toThrow('too much is held');
});

it('requests have a limit, those included whose bodies are still to come', () => {
  const limits = new ApiLimits();
  const all = Array.from({ length: 512 }, () => new AbortController());
  for (const { signal } of all) limits.admit(signal);
  expect(() => limits.admit(new AbortController().signal)).toThrow('too many ask');
  all[0]!.abort();
  limits.admit(new AbortController().signal);
});
