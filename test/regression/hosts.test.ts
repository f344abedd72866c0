/** Tests that a page elsewhere cannot read the metrics by pointing its own name to this machine. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import type { ServeOptions } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';

type Given = Partial<ServeOptions>;

/**
 * Resolves to what a listener with these options answers to a request with that `Host`. An empty text means
 * none.
 */
async function answerTo(
  host: string,
  options: Given = {},
  token = '',
  target = '/metrics',
): Promise<string> {
  const collector = makeCollector();
  collector.registerCounter('secret_total').increment();
  const server = await collector.serve({ port: 0, ...options });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const headers = [
    ...(host ? [`Host: ${host}`] : []),
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    'Connection: close',
  ];
  socket.write(`GET ${target} HTTP/1.${host ? 1 : 0}\r\n${headers.join('\r\n')}\r\n\r\n`);
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes;
  });
  await once(socket, 'close');
  await server.close();
  return text;
}

describe('a listener without a token', () => {
  it.each([':80', '[]', 'evil.example:80:80', ' '])(
    'does not answer for the malformed "%s", where an address is among its hosts',
    async (host) => {
      expect(await answerTo(host, { hosts: ['::1'] })).toMatch(/^HTTP\/1.1 421 /);
    },
  );

  it.each([
    'evil.example',
    'evil.example:9464',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'notlocalhost',
    '[::1',
    'a@localhost',
    `${hostname()}.evil.example`,
  ])('does not answer for %s', async (host) => {
    const text = await answerTo(host);
    expect(text).toMatch(/^HTTP\/1.1 421 /);
    expect(text).toMatch(/name it in serve\({ hosts/);
    expect(text).not.toContain('secret_total');
  });

  it.each([
    'localhost',
    'LOCALHOST:1234',
    'localhost.',
    'foo.localhost:80',
    '127.0.0.1:9464',
    '127.1.2.3',
    '[::1]:9464',
    '192.0.2.7',
    hostname(),
    '',
  ])('answers for "%s"', async (host) => {
    expect(await answerTo(host)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('answers for names that it was told', async () => {
    const hosts = ['metrics.example', 'App'];
    expect(await answerTo('metrics.example:9464', { hosts })).toMatch(/^HTTP\/1.1 200 /);
    expect(await answerTo('app', { hosts })).toMatch(/^HTTP\/1.1 200 /);
    expect(await answerTo('other.example', { hosts })).toMatch(/^HTTP\/1.1 421 /);
  });

  it('answers for its own host', async () => {
    expect(await answerTo('localhost', { host: 'localhost' })).toMatch(/^HTTP\/1.1 200 /);
  });
});

it('answers for any name where a token keeps others out', async () => {
  const options = { bearerToken: 'abc' };
  expect(await answerTo('evil.example', options, 'abc')).toMatch(/^HTTP\/1.1 200 /);
  expect(await answerTo('evil.example', options)).toMatch(/^HTTP\/1.1 401 /);
});

it.each([
  { hosts: 'metrics.example' },
  { hosts: ['a:80'] },
  { hosts: [''] },
  { hosts: [5] },
  { hosts: null },
])('refuses $hosts for hosts', async (options) => {
  const served = makeCollector().serve({ port: 0, ...(options as object) });
  await expect(served).rejects.toMatchObject({ code: 'invalid_option' });
});

/** Clients that use a proxy send it so (RFC 9112, section 3.2.2). */
describe('a request target that is a whole URL', () => {
  it.each([
    ['http://127.0.0.1:9464/metrics', 200],
    ['HTTP://LocalHost/metrics?name=up', 200],
    ['http://localhost/other', 404],
    ['http://localhost', 404],
    // The header says localhost, and is ignored.
    ['http://evil.example/metrics', 421],
    ['http://a@localhost/metrics', 421],
    ['http:///metrics', 421],
  ])('%s: %i', async (target, status) => {
    const text = await answerTo('localhost', {}, '', target);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
