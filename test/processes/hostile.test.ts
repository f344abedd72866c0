/** Tests what a process may send. It may run anybody's code, or another version. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { acceptProcess } from 'utilityfog-telemetry/cluster';
import { expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { forked } from './real-process.ts';

const program = fileURLToPath(new URL('foreign-program.mjs', import.meta.url));
const KEY = 'utilityfog-telemetry';

type Heard = Readonly<Record<string, unknown>>;

/** Starts a process that sends what the test says. */
function foreign(collector: TelemetryCollector) {
  const { child } = forked('advanced', program);
  acceptProcess(collector, child);
  /** Resolves to all that the process has heard so far, when the primary process has heard all of this. */
  const report = (...messages: unknown[]): Promise<Heard[]> => {
    for (const send of messages) child.send({ send: { [KEY]: send } });
    child.send({ report: true });
    return new Promise((resolve) => {
      const hear = ({ heard }: { heard?: Heard[] }) => {
        if (!heard) return;
        child.off('message', hear);
        resolve(heard);
      };
      child.on('message', hear);
    });
  };
  /** The same for what is ours. */
  const send = async (...messages: unknown[]): Promise<Heard[]> =>
    (await report(...messages)).flatMap(({ [KEY]: ours }) => (ours ? [ours as Heard] : []));
  return { child, report, send };
}

const packed = (message: unknown, ports: unknown = []) => serialize({ message, ports });
const call = (...path: string[]) =>
  packed({ id: '1', type: 'APPLY', path, argumentList: [{ type: 'RAW', value: 1 }] });

it('passes over what is not addressed to anybody', async () => {
  const collector = makeCollector({ link: 'shared' });
  const { send } = foreign(collector);
  const answers = await send(
    ...[null, 5, 'x', [], {}, { hello: 1 }, { tunnel: 5, hello: 1 }, { tunnel: 'a', hello: 'b' }],
    { tunnel: 'a'.repeat(65), hello: 1 },
    { tunnel: 'a', port: 0, data: packed(1) },
    { tunnel: 'a', closed: true },
  );
  expect(answers).toEqual([{ call: true }]);
  expect(await errors(collector, 'process')).toBe(0);
});

it('counts what no honest process sends, and serves the others', async () => {
  const collector = makeCollector({ link: 'shared' });
  const honest = forked();
  acceptProcess(collector, honest.child);
  await honest.count(1);
  const { send, child } = foreign(collector);
  const to = (port: unknown, data: unknown) => ({ tunnel: 't', port, data });
  await send({ tunnel: 't', hello: 1, probe: new Uint8Array(1) });
  await send(
    // Not for a port that there is: passed over.
    ...[-1, 0.5, NaN, 2 ** 60, '0', null, {}, 7].map((port) => to(port, packed(1))),
    ...[5, {}, null, [1], undefined].map((data) => to(0, data)),
  );
  expect(await errors(collector, 'process')).toBe(0);
  const bad = [
    Uint8Array.of(1, 2, 3),
    packed(1).subarray(0, 5),
    'bm90IHRoaXM=',
    serialize(5),
    serialize({ message: 1 }),
    packed({ a: null }, 'ports'),
    packed({ a: null }, [[['a'], 2]]),
    packed({ a: null }, [[['a'], -1]]),
    packed({ a: 1 }, [[['a'], 1]]),
    packed({}, [[['__proto__', 'polluted'], 3]]),
    packed({}, [[['constructor', 'prototype', 'polluted'], 5]]),
    packed({ a: { b: { c: { d: null } } } }, [[['a', 'b', 'c', 'd'], 7]]),
    packed(null, [[['a'], 9]]),
    packed({ a: null }, [[[], 11]]),
    packed(
      { a: null },
      Array.from({ length: 1025 }, (_, i) => [['a'], 13 + 2 * i]),
    ),
    packed({ a: null }, new Array(2 ** 32 - 1)),
  ];
  await send(...bad.map((data) => to(0, data)));
  expect(await errors(collector, 'process')).toBe(bad.length);
  expect('polluted' in {}).toBe(false);
  // These reach the collector, as they would from a thread. It refuses them.
  await send(
    to(0, call('constructor', 'constructor')),
    to(0, call('shutdown')),
    to(0, call('join')),
  );
  expect(await honest.ask('flush')).toBe(true);
  expect(await sampleOf(collector, 'a_total', { n: 'x' })).toBe(1);
  child.kill('SIGKILL');
  await expect.poll(async () => (await collector.diagnostics()).threads).toBe(2);
});

it('gives up a process that asks for much and reads nothing', async () => {
  const collector = makeCollector({ link: 'shared', seriesLimit: 20_000 });
  const counter = collector.registerCounter('many_total', '', { labelNames: ['n'] });
  for (let n = 0; n < 10_000; n++) counter.increment(1, { n: `${n} ${'long '.repeat(40)}` });
  const { child } = foreign(collector);
  const tell = (message: Heard) => child.send({ send: { [KEY]: { tunnel: 't', ...message } } });
  tell({ hello: 1, probe: new Uint8Array(1) });
  // Each answer has more than 2 MB.
  for (let id = 0; id < 50; id++) {
    const message = { id: `${id}`, type: 'APPLY', path: ['snapshot'], argumentList: [] };
    tell({ port: 0, data: packed(message) });
  }
  child.send({ stop: true });
  const isGivenUp = expect.stringMatching(/does not take what is sent to it/);
  await expect.poll(() => logOf(collector)).toEqual([isGivenUp]);
  expect(await errors(collector, 'process')).toBe(1);
  expect(await sampleOf(collector, 'many_total', { n: `0 ${'long '.repeat(40)}` })).toBe(1);
});

it('lets a process join 16 times, and no more at a time', async () => {
  const collector = makeCollector({ link: 'shared' });
  const { send } = foreign(collector);
  const hello = (tunnel: number) => ({ tunnel: `${tunnel}`, hello: 1 });
  await send(...Array.from({ length: 40 }, (_, i) => hello(i)));
  const answers = await send();
  expect(answers.filter(({ welcome }) => welcome === 1)).toHaveLength(40);
  expect(answers.filter(({ closed }) => closed)).toHaveLength(24);
  expect(await errors(collector, 'process')).toBe(24);
  expect(logOf(collector)).toEqual([expect.stringMatching(/more than 16 times/)]);
  // With its first port the others of a tunnel close, too. Then there is room for another one.
  await send({ tunnel: '3', port: 0, closed: true });
  const isClosed = ({ tunnel, port, closed }: Heard) => tunnel === '3' && port === 2 && closed;
  await expect.poll(async () => (await send()).some(isClosed)).toBe(true);
  await send(hello(50));
  expect(await errors(collector, 'process')).toBe(24);
});

it('tells a process of another version, and does not let it in', async () => {
  const collector = makeCollector({ link: 'shared' });
  const { send } = foreign(collector);
  await send({ tunnel: 't', hello: 2, probe: new Uint8Array(1) });
  await send({ tunnel: 't', port: 0, data: call('ping') });
  const answers = await send();
  expect(answers).toContainEqual(expect.objectContaining({ tunnel: 't', welcome: 1 }));
  expect(answers.filter(({ port }) => port !== undefined)).toEqual([]);
  expect(logOf(collector)).toEqual([expect.stringMatching(/another version/)]);
});

it('leaves the messages of the application alone, in both processes', async () => {
  const collector = makeCollector({ link: 'shared' });
  const { report, child } = foreign(collector);
  const own = once(child, 'message');
  child.send({ send: { own: [1, null] } });
  expect(await own).toEqual([{ own: [1, null] }, undefined]);
  const heard = await report();
  expect(heard.map((message) => Object.keys(message))).toEqual([[KEY], ['send'], ['report']]);
});
