/** What is pushed arrives in order, keeps secrets, is counted when it is lost, and waits for nobody without end. */
import { spawnSync } from 'node:child_process';
import {
  ConsoleExporter,
  OTLPExporter,
  PeriodicExporter,
  PushgatewayExporter,
  RemoteWriteExporter,
  WebhookExporter,
} from 'utilityfog-telemetry';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromSnappy } from '../../src/bytes/snappy.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { Pushes } from '../../src/delivery/pushes.ts';
import { EventTail } from '../../src/events/event-tail.ts';
import { otlpLogs } from '../../src/formats/otlp/logs.ts';
import { clock } from '../../src/platform/clock.ts';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { receiver, status } from '../exporters/http-server.ts';

const READABLE = { encoding: 'json', compression: 'none' } as const;
const valueIn = (body: Buffer) =>
  Number(/"x_total".*?"asDouble":"?([\d.]+)/.exec(String(body))?.[1] ?? 0);

describe('the order of what is pushed', () => {
  it('is that of the snapshots, also where exports overlap: differences add up', async () => {
    const { url, received } = await receiver(status(200));
    const collector = makeCollector({ link: 'shared', seriesLimit: 20_000 });
    const x = collector.registerCounter('x_total');
    const gauge = collector.registerGauge('g', '', { labelNames: ['n'] });
    for (let n = 0; n < 5000; n++) gauge.set(n, { n });
    const exporter = new OTLPExporter({ url, ...READABLE, temporality: 'delta' });
    const exports = Array.from({ length: 20 }, () => {
      x.increment();
      return exporter.exportMetrics(collector);
    });
    await Promise.all(exports);
    await exporter.exportMetrics(collector);
    expect(received.reduce((sum, { body }) => sum + valueIn(body), 0)).toBe(20);
  });

  it('is not changed by headers that come late', async () => {
    const { url, received } = await receiver(status(200));
    const collector = makeCollector();
    const x = collector.registerCounter('x_total');
    x.increment(1000);
    let isAsked!: () => void;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    let answer: ((headers: Record<string, string>) => void) | undefined;
    const headers = () => {
      if (answer) return {};
      isAsked();
      return new Promise<Record<string, string>>((resolve) => {
        answer = resolve;
      });
    };
    const exporter = new OTLPExporter({ url, ...READABLE, headers, temporality: 'delta' });
    const periodic = new PeriodicExporter(exporter, collector, { interval: 100 });
    await periodic.start();
    await asked;
    x.increment();
    const second = exporter.exportMetrics(collector);
    answer!({});
    await second;
    await periodic.stop();
    expect(received.reduce((sum, { body }) => sum + valueIn(body), 0)).toBe(1001);
  });

  it('is that of their times, also if the clock is set back', async () => {
    const { url, received } = await receiver(status(200));
    const collector = makeCollector();
    collector.registerCounter('x_total').increment();
    const exporter = new OTLPExporter({ url, ...READABLE });
    await exporter.exportMetrics(collector);
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    onTestFinished(() => void vi.restoreAllMocks());
    await exporter.exportMetrics(collector);
    const [one, other] = received.map(({ body }) =>
      BigInt(/"timeUnixNano":"(\d+)"/.exec(String(body))![1]!),
    );
    expect(other! > one!).toBe(true);
  });

  it('holds for whole snapshots: one that is tried again does not replace a newer one', async () => {
    const { url, received } = await receiver(status(503, '', { 'retry-after': '3' }), status(200));
    const collector = makeCollector();
    const gauge = collector.registerGauge('g');
    const exporter = new PushgatewayExporter({ url, job: 'a', format: 'prometheus' });
    gauge.set(1);
    const first = exporter.exportMetrics(collector);
    await expect.poll(() => received.length).toBe(1);
    gauge.set(2);
    expect(await Promise.all([first, exporter.exportMetrics(collector)])).toEqual([false, true]);
    expect(/^g (\d)$/m.exec(String(received.at(-1)!.body))![1]).toBe('2');
  });
});

describe('remote write', () => {
  it('sends nothing of version 2 as version 1 when it falls back', async () => {
    const { url, received } = await receiver();
    const collector = makeCollector({ seriesLimit: 50_000 });
    const gauge = collector.registerGauge('g', '', { labelNames: ['n'] });
    for (let n = 0; n < 5000; n++) gauge.set(n, { n });
    await new RemoteWriteExporter({ url, version: 2 }).exportMetrics(collector);
    expect(received.length).toBeGreaterThan(1);
    for (const { headers, body } of received) {
      const isSecond = (await fromSnappy(body as never))[0] === 0x22; // field 4, the symbols
      expect(headers['content-type']!.includes('v2')).toBe(isSecond);
    }
  });

  it('sends version 1 to a server that answers 415', async () => {
    const { url } = await receiver((response, { headers }) =>
      response.writeHead(headers['content-type']!.includes('v2') ? 415 : 204).end(),
    );
    const exporter = new RemoteWriteExporter({ url, version: 2 });
    expect(await exporter.exportMetrics(makeCollector())).toBe(true);
  });

  it('loses only the bad series of many', async () => {
    const good = new Set<string>();
    const { url } = await receiver(async (response, { body }) => {
      const text = Buffer.from(await fromSnappy(body as never)).toString('latin1');
      if (/bad\d/.test(text)) return response.writeHead(400).end('bad');
      for (const [name] of text.matchAll(/good\d+/g)) good.add(name);
      return response.writeHead(204).end();
    });
    const collector = makeCollector();
    const gauge = collector.registerGauge('g', '', { labelNames: ['n'] });
    for (let n = 0; n < 300; n++) gauge.set(1, { n: `${n % 25 ? 'good' : 'bad'}${n}` });
    await new RemoteWriteExporter({ url }).exportMetrics(collector);
    expect(good.size).toBe(288);
  });
});

describe('the log', () => {
  it('has nothing of the path of a webhook, and no password, even if the server repeats them', async () => {
    const repeats = await receiver((response, { method, path }) =>
      response.writeHead(404).end(`Cannot ${method} ${path}`),
    );
    const refuses = await receiver((response) =>
      response.writeHead(401).end('bob:hunter22secret is wrong'),
    );
    const collector = makeCollector();
    const url = `${repeats.url}/services/T0SECRET?token=hidden1`;
    await new WebhookExporter({ url }).exportMetrics(collector);
    const basicAuth = { username: 'bob', password: 'hunter22secret' };
    await new WebhookExporter({ url: refuses.url, basicAuth }).exportMetrics(collector);
    const log = logOf(collector).join('\n');
    expect(log).toContain('404');
    expect(log).toContain('401');
    expect(log).not.toMatch(/T0SECRET|hidden1|hunter22secret/);
  });

  it('has no header that is refused', () => {
    const headers = 'Authorization: Bearer topsecret' as never;
    const make = () => new WebhookExporter({ url: 'http://localhost', headers });
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(make).not.toThrow(/topsecret/);
  });
});

describe('what is lost', () => {
  it('is counted where a server refuses OTLP', async () => {
    const { url } = await receiver(status(400));
    const collector = makeCollector();
    await new OTLPExporter({ url, temporality: 'delta' }).exportMetrics(collector);
    const labels = { exporter: 'otlp', reason: 'refused' };
    const dropped = await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels);
    expect(dropped).toBeGreaterThan(0);
  });

  it('is told by flush() while it waits, and by shutdown()', async () => {
    const { url, received } = await receiver(status(503));
    const collector = makeCollector();
    void new OTLPExporter({ url, temporality: 'delta' }).exportMetrics(collector);
    await expect.poll(() => received.length).toBeGreaterThan(0);
    const { failures } = await collector.flush();
    expect(failures.join()).toContain('not delivered');
    await collector.shutdown();
    expect(logOf(collector).join()).toContain('ended');
  });
});

describe('an exporter', () => {
  it('settles without a server, where nothing else holds the process', () => {
    const program = `import { RemoteWriteExporter, TelemetryCollector } from 'utilityfog-telemetry';
      const collector = new TelemetryCollector({ link: 'inline' });
      const exporter = new RemoteWriteExporter({ url: 'http://127.0.0.1:1' });
      console.log(await exporter.exportMetrics(collector));`;
    const node = [process.execPath, ['--input-type=module', '-e', program]] as const;
    const { status: code, stdout } = spawnSync(...node, { encoding: 'utf8' });
    expect([code, stdout]).toEqual([0, 'false\n']);
  });

  it('holds no process while its snapshots wait', () => {
    const program = `import { OTLPExporter, PeriodicExporter, TelemetryCollector } from 'utilityfog-telemetry';
      const collector = new TelemetryCollector({ link: 'inline' });
      const headers = () => new Promise(() => {});
      for (const more of [{}, { headers }]) {
        const exporter = new OTLPExporter({ url: 'http://127.0.0.1:1', ...more });
        await new PeriodicExporter(exporter, collector, { interval: 0.5 }).start();
      }`;
    const node = [process.execPath, ['--input-type=module', '-e', program]] as const;
    const { status: code } = spawnSync(...node, { encoding: 'utf8', timeout: 100_000 });
    expect(code).toBe(0);
  });

  it('can be one of many, one after the other', async () => {
    const { url } = await receiver(status(200));
    const collector = makeCollector();
    for (let n = 0; n < 70; n++) {
      expect(await new OTLPExporter({ url }).exportMetrics(collector), `${n}`).toBe(true);
    }
  });

  it('does not wait without end for headers', async () => {
    const { url } = await receiver();
    const headers = () => new Promise<never>(() => {});
    const webhook = new WebhookExporter({ url, headers });
    const gateway = new PushgatewayExporter({ url, job: 'a', headers });
    expect(await Promise.all([webhook.exportMetrics(makeCollector()), gateway.delete()])).toEqual([
      false,
      false,
    ]);
  });

  it('takes the headers of `fetch`, and a name in any case', async () => {
    const { url, received } = await receiver();
    const collector = makeCollector();
    const authorization = 'Bearer x';
    const all = [
      { 'Content-Type': 'application/x', authorization },
      new Headers({ 'content-type': 'application/x', authorization }),
      () => new Headers({ 'content-type': 'application/x', authorization }),
    ];
    for (const headers of all) {
      await new WebhookExporter({ url, headers, bearerToken: 'other' }).exportMetrics(collector);
    }
    expect(received).toHaveLength(3);
    for (const { headers } of received) {
      expect(headers).toMatchObject({ 'content-type': 'application/x', authorization });
    }
  });

  it('takes a URL with a password that is not encoded, or only a token', async () => {
    const { url, received } = await receiver();
    const collector = makeCollector();
    for (const credentials of ['bob:100%', ':token']) {
      const given = url.replace('http://', `http://${credentials}@`);
      expect(await new WebhookExporter({ url: given }).exportMetrics(collector)).toBe(true);
    }
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(received.map(({ headers }) => headers.authorization)).toEqual([
      basic('bob:100%'),
      basic(':token'),
    ]);
  });

  it('fails if a function of the application that writes does so later', async () => {
    const write = async () => {
      throw new Error('no paper');
    };
    expect(await new ConsoleExporter({ write }).exportMetrics(makeCollector())).toBe(false);
  });

  it('shows many series on the console', async () => {
    const collector = makeCollector({ seriesLimit: 200_000 });
    const gauge = collector.registerGauge('g', '', { labelNames: ['n'] });
    for (let n = 0; n < 150_000; n++) gauge.set(1, { n });
    expect(await new ConsoleExporter({ write: () => {} }).exportMetrics(collector)).toBe(true);
  });
});

it('headers() that throws leaves no timer behind, whose rejection nobody hears', async () => {
  const pending = new Set<unknown>();
  const { setTimeout, clearTimeout } = globalThis;
  onTestFinished(() => void vi.unstubAllGlobals());
  vi.stubGlobal('setTimeout', (run: () => void, delay: number) => {
    const timer = setTimeout(run, delay);
    pending.add(timer);
    return timer;
  });
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout) => {
    pending.delete(timer);
    clearTimeout(timer);
  });
  // The library takes its timers when it is loaded.
  vi.resetModules();
  const { headersFrom } = await import('../../src/exporters/http-options.ts');
  const source = () => {
    throw new Error('no token');
  };
  await expect(headersFrom('webhook', source)).rejects.toThrow('no token');
  expect(pending.size).toBe(0);
});

it('events that come while others are written are sent next, and not lost', async () => {
  const { url, received } = await receiver(status(200));
  const tail = new EventTail(3);
  const eventsOf = (...names: string[]) =>
    names.map((name) => JSON.stringify([name, 1_632_150_000, null, {}, {}]));
  tail.add(eventsOf('a', 'b', 'c'));
  let isFirst = true;
  const pushes = new Pushes({
    clock,
    formats: async () => [otlpLogs],
    async inSlices(work) {
      const { done, value } = work.next();
      if (done) return value;
      // As many as may wait come in a pause of the writing.
      if (isFirst) tail.add(eventsOf('d', 'e', 'f'));
      isFirst = false;
      return runToEnd(work);
    },
  });
  const { plan } = new OTLPExporter({ url: `${url}/v1/metrics`, ...READABLE, events: true })
    .plans![1]!;
  const dropped = vi.fn();
  const report = { dropped, delivered() {}, fail() {} };
  const read = async () => ({
    ...{ timestamp: 1_632_150_001, families: [], eventsCount: 0, running: true },
    waiting: tail,
  });
  for (let i = 0; i < 2; i++) {
    expect(await pushes.export(plan, read, report, true)).toEqual({ succeeded: true });
  }
  const names = received.map(({ body }) => String(body).match(/(?<="eventName":")\w/g));
  expect(names).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
  ]);
  expect(tail.lost).toBe(0);
  expect(dropped).not.toHaveBeenCalled();
});
