/** Tests that options that are not sound are refused, in words, and never taken for others. */
import {
  formatJSON,
  getCollector,
  JSONExporter,
  MultiExporter,
  PeriodicExporter,
  PrometheusAdapter,
  TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import {
  durableObjectStorage,
  instrument,
  keyValueStorage,
  kvStorage,
} from 'utilityfog-telemetry/edge';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { expressMetrics, instrumentListener } from 'utilityfog-telemetry/http';
import { afterEach, describe, expect, it } from 'vitest';
import { logOf, makeCollector } from '../collectors.ts';

const invalid = expect.objectContaining({ name: 'TelemetryError', code: 'invalid_option' });

const UNSOUND_TOKENS: unknown[] = [
  ...['', ' ', '\n', 'secret\n', 'secret\r\n', ' secret', 'secret\t', 'se\ncret', 'sécret', '\0'],
  ...[
    null,
    false,
    true,
    0,
    1,
    Number.NaN,
    1n,
    [],
    ['secret'],
    {},
    new String('secret'),
    () => 'secret',
  ],
  Symbol('secret'),
];

describe('a bearer token that is not sound', () => {
  it.each(UNSOUND_TOKENS.map((token) => [token]))(
    '%o is refused by handler() and serve()',
    async (token) => {
      const collector = makeCollector();
      const options = { bearerToken: token as string };
      expect(() => collector.handler(options)).toThrow(invalid);
      await expect(collector.serve({ port: 0, ...options })).rejects.toEqual(invalid);
    },
  );

  it('is not told in the refusal', () => {
    expect(() => makeCollector().handler({ bearerToken: 'my secret\n' })).toThrow(/trim\(\)/);
    expect(() => makeCollector().handler({ bearerToken: 'my secret\n' })).not.toThrow(/my secret/);
  });

  it.each([
    'bearertoken',
    'bearerTokne',
    'barerToken',
    'BearerToken',
    'bearer_token',
    'token',
    'auth',
    'password',
  ])('spelled %s is refused, for it would serve everybody', async (name) => {
    const collector = makeCollector();
    expect(() => collector.handler({ [name]: 'secret' })).toThrow(/bearerToken/);
    expect(() => collector.handler({ [name]: 'secret' })).toThrow(invalid);
    await expect(collector.serve({ port: 0, [name]: 'secret' })).rejects.toEqual(invalid);
  });

  it('undefined alone serves everybody', async () => {
    const answer = await makeCollector().handler({ bearerToken: undefined } as object)(
      new Request('http://x/'),
    );
    expect(answer.status).toBe(200);
  });

  it('a sound one lets in who has it', async () => {
    const { url } = await makeCollector().serve({ port: 0, bearerToken: 'a+b/c=' });
    const get = async (authorization: string) =>
      (await fetch(url, { headers: { authorization } })).status;
    expect([await get('Bearer a+b/c='), await get('Bearer a+b/c'), await get('')]).toEqual([
      200, 401, 401,
    ]);
  });
});

describe('serve()', () => {
  it.each([undefined, null, 9464, 'x', [], {}, { host: '127.0.0.1' }])(
    'of %o is refused',
    async (options) => {
      await expect(makeCollector().serve(options as never)).rejects.toEqual(invalid);
    },
  );

  it.each(['abc', '9464', -1, 65_536, 1.5, Number.NaN, Infinity, null, [0]])(
    'refuses the port %o',
    async (port) => {
      await expect(makeCollector().serve({ port: port as number })).rejects.toEqual(invalid);
    },
  );

  it.each(['', ' ', '[::1]', 'localhost:80', 'a b', 'http://localhost', 0, null, false])(
    'refuses the host %o',
    async (host) => {
      await expect(makeCollector().serve({ port: 0, host: host as string })).rejects.toEqual(
        invalid,
      );
    },
  );

  it.each(['', ' ', '/a?b', '/a b', '/ä', '/a#b', 0, null, ['/metrics']])(
    'and handler() refuse the path %o',
    async (path) => {
      const options = { path: path as string };
      await expect(makeCollector().serve({ port: 0, ...options })).rejects.toEqual(invalid);
      expect(() => makeCollector().handler(options)).toThrow(invalid);
    },
  );

  it.each(['localhost', '127.0.0.1', '::1'])('listens on %s', async (host) => {
    const { url } = await makeCollector().serve({ port: 0, host });
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('new TelemetryCollector()', () => {
  const seconds = [0, -1, Number.NaN, Infinity, 2_147_484, '30', null, [30]];
  const whole = [-1, 1.5, Number.NaN, Infinity, '10', null, 2 ** 60];
  const unsound: [string, unknown][] = [
    ...seconds.map((value): [string, unknown] => ['collectionInterval', value]),
    ...whole.map((value): [string, unknown] => ['eventLimit', value]),
    ...[0, ...whole].map((value): [string, unknown] => ['seriesLimit', value]),
    ...['', 'Shared', null, 1].map((value): [string, unknown] => ['link', value]),
    ...['Throw', true, null].map((value): [string, unknown] => ['onDuplicate', value]),
    ...['false', 1, null].map((value): [string, unknown] => ['strict', value]),
    ...[null, {}, true, { warn: 1 }].map((value): [string, unknown] => ['logger', value]),
    ...[null, {}, './worker.js'].map((value): [string, unknown] => ['worker', value]),
    ...[null, 'a=b', ['a'], 1].map((value): [string, unknown] => ['labels', value]),
    ...[null, true, 'name', {}, { name: 1 }].map((value): [string, unknown] => ['persist', value]),
    ...[{ directory: '' }, { directory: null }, { storage: {} }, { storage: null }].map(
      (value): [string, unknown] => ['persist', { name: 'x', ...value }],
    ),
  ];
  it.each(unsound)('refuses %s: %o', (name, value) => {
    expect(() => new TelemetryCollector({ [name]: value })).toThrow(invalid);
    expect(() => new TelemetryCollector({ [name]: value })).toThrow(TelemetryError);
    expect(() => new TelemetryCollector({ [name]: value })).toThrow(name);
  });

  it.each([1, 'x', []])('refuses %o', (options) => {
    expect(() => new TelemetryCollector(options as never)).toThrow(invalid);
  });
});

describe('what else takes options', () => {
  const collector = new TelemetryCollector({ link: 'inline' });
  const exporter = new PrometheusAdapter('x');
  const storage = { get() {}, put() {}, delete() {} };
  const refused: Record<string, () => unknown> = {
    'getCollector, no name': () => getCollector('' as never),
    'PrometheusAdapter, empty': () => new PrometheusAdapter(''),
    'PrometheusAdapter, URL': () => new PrometheusAdapter(new URL('file:///x') as never),
    'JSONExporter, null': () => new JSONExporter(null as never),
    'JSONExporter, pretty': () => new JSONExporter('x', { pretty: 'no' } as never),
    MultiExporter: () => new MultiExporter(exporter as never),
    'MultiExporter, of null': () => new MultiExporter([exporter, null as never]),
    'PeriodicExporter, Infinity': () =>
      new PeriodicExporter(exporter, collector, { interval: Infinity }),
    'PeriodicExporter, text': () =>
      new PeriodicExporter(exporter, collector, { interval: '30' as never }),
    'PeriodicExporter, no exporter': () => new PeriodicExporter({} as never, collector),
    'PeriodicExporter, no collector': () => new PeriodicExporter(exporter, {} as never),
    'connect, no port': () => TelemetryCollector.connect({} as never),
    'instrument, flush': () => instrument(() => new Response(), { flush: -1 }),
    'instrument, exporter': () => instrument(() => new Response(), { exporter: {} as never }),
    'instrument, collector': () => instrument(() => new Response(), { collector: {} as never }),
    'instrument, requests': () => instrument(() => new Response(), { requests: 'no' as never }),
    'instrumentFetch, nothing': () => instrumentFetch(() => new Response(), undefined as never),
    'instrumentFetch, route': () =>
      instrumentFetch(() => new Response(), { collector, route: '/x' as never }),
    'honoMetrics, nothing': () => honoMetrics(undefined as never),
    'honoMetrics, {}': () => honoMetrics({} as never),
    'expressMetrics, the collector itself': () => expressMetrics(null as never),
    'expressMetrics, route': () => expressMetrics({ collector, route: '/x' as never }),
    instrumentListener: () => instrumentListener(() => {}, { collector: null as never }),
    durableObjectStorage: () => durableObjectStorage(storage as never),
    kvStorage: () => kvStorage(undefined as never),
    keyValueStorage: () => keyValueStorage({ exclusive: true } as never),
  };
  it.each(Object.keys(refused))('refuses what is not sound: %s', (name) => {
    expect(refused[name]).toThrow(invalid);
  });

  it('formatJSON() rejects', async () => {
    await expect(formatJSON(makeCollector(), { pretty: 1 as never })).rejects.toEqual(invalid);
  });
});

describe('an option that there is not', () => {
  it('is told once, with the nearest that there is', async () => {
    const collector = makeCollector({ collectionIntervall: 5 } as object);
    for (let i = 0; i < 3; i++) collector.handler({ paths: '/metrics' } as object);
    for (let i = 0; i < 2; i++)
      await (await collector.serve({ port: 0, hostname: 'x' } as never)).close();
    expressMetrics({ collector, router: () => 'x' } as never);
    expect(logOf(collector)).toEqual([
      expect.stringMatching(/"collectionIntervall"; did you mean collectionInterval,/),
      expect.stringMatching(/"paths"; did you mean path,/),
      expect.stringMatching(/"hostname"; did you mean host,/),
      expect.stringMatching(/"router"; did you mean route,/),
    ]);
  });
});

describe('what every object has inherited', () => {
  const names = ['bearerToken', 'host', 'port', 'path', 'link', 'strict', 'persist', 'interval'];
  afterEach(() => {
    for (const name of names) delete (Object.prototype as Record<string, unknown>)[name];
  });

  it('is no option', async () => {
    for (const name of names) {
      Object.defineProperty(Object.prototype, name, {
        value: 0,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    const collector = makeCollector();
    await expect(collector.serve({} as never)).rejects.toEqual(invalid);
    const answer = await collector.handler()(new Request('http://x/y'));
    expect(answer.status).toBe(200);
    expect(() => new PeriodicExporter(new PrometheusAdapter('x'), collector)).not.toThrow();
  });

  it('is one where a class or defaults of the application gave it', async () => {
    const handle = makeCollector().handler(Object.create({ bearerToken: 'secret' }));
    expect((await handle(new Request('http://x/'))).status).toBe(401);
  });
});
