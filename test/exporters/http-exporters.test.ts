/** Exporters that send by HTTP, against a server that answers well and badly. */
import { gunzipSync } from 'node:zlib';
import {
  type DeliveryReport,
  MetricsExporter,
  MultiExporter,
  OTLPExporter,
  PeriodicExporter,
  PushgatewayExporter,
  type TelemetryCollector,
  WebhookExporter,
  type WebhookOptions,
} from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { receiver, status } from './http-server.ts';

const SECRET = 's3cret-t0ken';

function counting(link: (typeof LINKS)[number] = 'inline'): TelemetryCollector {
  const collector = makeCollector({ link });
  collector.registerCounter('a_total').increment(3);
  return collector;
}

const outcomes = async (collector: TelemetryCollector, exporter = 'webhook') => ({
  success: await sampleOf(collector, 'telemetry_exports_total', { exporter, outcome: 'success' }),
  failure: await sampleOf(collector, 'telemetry_exports_total', { exporter, outcome: 'failure' }),
});

describe.each(LINKS)('a webhook over the %s link', (link) => {
  it('gets the JSON shape, and any other format', async () => {
    const { url, received } = await receiver();
    const collector = counting(link);
    const formats = [
      ['json', 'application/json'],
      ['prometheus', 'text/plain; version=0.0.4'],
      ['openmetrics', 'application/openmetrics-text'],
      ['protobuf', 'application/vnd.google.protobuf'],
    ] as const;
    for (const [format] of formats) {
      const exporter = new WebhookExporter({ url: `${url}/hook?a=b`, format });
      expect(await exporter.exportMetrics(collector)).toBe(true);
    }
    for (const [i, [, type]] of formats.entries()) {
      expect(received[i]).toMatchObject({ method: 'POST', path: '/hook?a=b' });
      expect(received[i]!.headers['content-type']).toContain(type);
    }
    expect(JSON.parse(String(received[0]!.body)).metrics.a_total.value).toBe(3);
    expect(String(received[1]!.body)).toContain('\na_total 3\n');
    expect(await outcomes(collector)).toEqual({ success: 4, failure: undefined });
  });

  it('is sent by the clock of the collector, with headers of the application', async () => {
    const { url, received } = await receiver();
    const collector = counting(link);
    let calls = 0;
    const headers = async () => ({ authorization: `Bearer ${SECRET} ${++calls}` });
    const exporter = new MultiExporter([
      new WebhookExporter({ url, headers, compression: 'gzip' }),
    ]);
    const periodic = new PeriodicExporter(exporter, collector, { interval: 0.05 });
    await periodic.start();
    await expect.poll(() => received.length).toBeGreaterThan(2);
    await periodic.stop();
    const tokens = received.map(({ headers }) => headers.authorization);
    expect(tokens.slice(0, 3)).toEqual([1, 2, 3].map((n) => `Bearer ${SECRET} ${n}`));
    const [{ headers: sent, body }] = received as [(typeof received)[0]];
    expect(sent['content-encoding']).toBe('gzip');
    expect(JSON.parse(String(gunzipSync(body))).metrics.a_total.value).toBe(3);
  });

  it('that refuses is told of in its own words, without secrets', async () => {
    const { url, received } = await receiver((response, { headers }) =>
      response
        .writeHead(401)
        .end(`no entry\n\u001b[31mfor ${headers.authorization} ${headers['x-key']}`),
    );
    const collector = counting(link);
    const exporter = new WebhookExporter({
      ...{ url: `${url}/${SECRET}?token=${SECRET}`, bearerToken: SECRET },
      headers: { 'x-key': `key ${SECRET}` },
    });
    expect(await exporter.exportMetrics(collector)).toBe(false);
    expect(received).toHaveLength(1);
    const [told] = logOf(collector);
    expect(told).toContain(`webhook export to ${url} failed: the answer was 401: no entry [31mfor`);
    const said = [...logOf(collector), JSON.stringify(await collector.diagnostics())].join();
    expect(said).not.toContain(SECRET);
    expect(await outcomes(collector)).toEqual({ success: undefined, failure: 1 });
  });
});

describe('a webhook', () => {
  const exportTo = async (options: WebhookOptions) => {
    const collector = counting();
    const exported = await new WebhookExporter(options).exportMetrics(collector);
    return { exported, log: logOf(collector).join('\n') };
  };

  it.each([
    [500, 4],
    [503, 4],
    [429, 4],
    [408, 4],
    [400, 1],
    [403, 1],
    [413, 1],
  ])('that answers %d is asked %d times', async (code, times) => {
    const { url, received } = await receiver(status(code, 'because'));
    const { exported, log } = await exportTo({ url });
    expect([exported, received.length]).toEqual([false, times]);
    expect(log).toContain(`the answer was ${code}: because`);
  });

  it('that comes back is sent to again, when it has asked for that', async () => {
    const at = new Date(Date.now() + 1000).toUTCString();
    const { url, received } = await receiver(
      status(503, '', { 'retry-after': '0' }),
      status(429, '', { 'retry-after': at }),
      status(200, 'thanks'),
    );
    expect(await exportTo({ url })).toEqual({ exported: true, log: '' });
    expect(received).toHaveLength(3);
  });

  it('that asks for more time than there is is given up', async () => {
    const { url, received } = await receiver(status(503, '', { 'retry-after': '3600' }));
    expect((await exportTo({ url })).exported).toBe(false);
    expect(received).toHaveLength(1);
  });

  it('that redirects is not followed', async () => {
    const other = await receiver();
    const { url, received } = await receiver(status(302, '', { location: other.url }));
    const { exported, log } = await exportTo({ url, bearerToken: SECRET });
    expect([exported, received.length, other.received.length]).toEqual([false, 1, 0]);
    expect(log).toContain('redirects');
  });

  it('that never answers is given up after each attempt', async () => {
    const { url, received } = await receiver(() => {});
    const { exported, log } = await exportTo({ url, timeout: 1 });
    expect([exported, received.length]).toEqual([false, 4]);
    expect(log).toContain('no answer in 1 seconds');
  });

  it('that answers without end does not fill the memory', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(400);
      const write = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write);
      };
      write();
    });
    const { exported, log } = await exportTo({ url });
    expect(exported).toBe(false);
    expect(log.length).toBeLessThan(500);
  });

  it('that is not there is told of', async () => {
    const { exported, log } = await exportTo({ url: 'http://127.0.0.1:1/' });
    expect(exported).toBe(false);
    expect(log).toMatch(/ECONNREFUSED|bad port/);
  });

  it('sends no more while the application gives no headers', async () => {
    const { url, received } = await receiver();
    const headers = () => {
      throw new Error('no token');
    };
    const { exported, log } = await exportTo({ url, headers });
    expect([exported, received.length]).toEqual([false, 0]);
    expect(log).toContain('no token');
    const collector = counting();
    const exporter = new WebhookExporter({ url, headers: (() => 7) as never });
    const periodic = new PeriodicExporter(exporter, collector, { interval: 60 });
    await periodic.start();
    onTestFinished(() => periodic.stop());
    await expect.poll(() => outcomes(collector)).toEqual({ success: undefined, failure: 1 });
  });

  it('takes the name and password from its URL', async () => {
    const { url, received } = await receiver();
    const withPassword = url.replace('://', '://u%40x:p%2Fé@');
    expect(await exportTo({ url: withPassword })).toEqual({ exported: true, log: '' });
    const { authorization } = received[0]!.headers;
    expect(authorization).toBe(`Basic ${Buffer.from('u@x:p/é').toString('base64')}`);
  });

  it.each([
    {},
    { url: '' },
    { url: 'metrics' },
    { url: `ftp://u:${SECRET}@x/` },
    { url: 'http://x', headers: { 'a b': 'c' } },
    { url: 'http://x', headers: { a: `${SECRET}\nb: c` } },
    { url: 'http://x', headers: { a: 1 } },
    { url: 'http://x', headers: 'a: b' },
    { url: 'http://x', bearerToken: `${SECRET}\n` },
    { url: 'http://x', basicAuth: { username: 'u' } },
    { url: 'http://x', compression: 'zip' },
    { url: 'http://x', timeout: 0 },
    { url: 'http://x', format: 'xml' },
    { url: 'http://x', method: 'GET' },
  ])('refuses %j', (options) => {
    const make = () => new WebhookExporter(options as never);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    try {
      make();
    } catch (error) {
      expect((error as Error).message).not.toContain(SECRET);
    }
  });

  it('is sent to from the edge, too', async () => {
    const { url, received } = await receiver();
    const collector = new EdgeCollector();
    collector.registerCounter('a_total').increment();
    const exporter = new WebhookExporter({ url, headers: () => ({ 'x-a': 'b' }) });
    expect(await exporter.exportMetrics(collector as unknown as TelemetryCollector)).toBe(true);
    expect(received[0]!.headers).toMatchObject({ 'x-a': 'b' });
  });
});

describe('a Pushgateway exporter', () => {
  it('names the group in the path, as the Pushgateway reads it', async () => {
    const { url, received } = await receiver();
    const collector = counting();
    const grouping = { plain: 'é x', slash: 'a/b', none: '', dots: '..', number: 7 };
    const exporter = new PushgatewayExporter({ url: `${url}/sub/`, job: 'j', grouping });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(await exporter.delete()).toBe(true);
    const path =
      '/sub/metrics/job/j/plain/%C3%A9%20x/slash@base64/YS9i/none@base64/=/dots@base64/Li4=/number/7';
    expect(received.map(({ method, path }) => [method, path])).toEqual([
      ['PUT', path],
      ['DELETE', path],
    ]);
    expect(await outcomes(collector, 'pushgateway')).toEqual({ success: 1, failure: undefined });
  });

  it('says when a group could not be deleted', async () => {
    const { url } = await receiver(status(500));
    expect(await new PushgatewayExporter({ url, job: 'j' }).delete()).toBe(false);
    const headers = () => Promise.reject(new Error('none'));
    expect(await new PushgatewayExporter({ url, job: 'j', headers }).delete()).toBe(false);
  });

  it.each([{ url: 'http://x' }, { url: 'http://x', job: '' }, { job: 'j' }])(
    'refuses %j',
    (given) => {
      expect(() => new PushgatewayExporter(given as never)).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      );
    },
  );
});

describe.each(LINKS)('onDelivery(), %s link', (link) => {
  it('tells what becomes of exports, until it is removed', async () => {
    const { url } = await receiver(status(204), status(401, 'series without a name'), status(204));
    const collector = counting(link);
    const reports: DeliveryReport[] = [];
    const remove = collector.onDelivery((report) => void reports.push(report));
    const hook = new WebhookExporter({ url: `${url}/${SECRET}` });
    await hook.exportMetrics(collector);
    await expect.poll(() => reports).toHaveLength(1);
    expect(reports[0]).toEqual({ exporter: 'webhook', destination: url, outcome: 'delivered' });
    await new OTLPExporter({ url, queue: { maxAge: 60 } }).exportMetrics(collector);
    await expect.poll(() => reports).toHaveLength(3);
    const about = { exporter: 'otlp', destination: `${url}/` };
    const message = expect.stringContaining('series without a name');
    expect(reports[1]).toEqual({
      ...about,
      ...{
        outcome: 'dropped',
        reason: 'refused',
        count: expect.any(Number),
        what: 'series',
        message,
      },
    });
    expect(reports[2]).toEqual({ ...about, outcome: 'failed', message });
    remove();
    await hook.exportMetrics(collector);
    await collector.flush();
    expect(reports).toHaveLength(3);
  });

  it('tells of an exporter of the application, and goes on if a callback throws', async () => {
    const collector = counting(link);
    const reports: DeliveryReport[] = [];
    collector.onDelivery(() => {
      throw new Error('not now');
    });
    collector.onDelivery((report) => void reports.push(report));
    class Own extends MetricsExporter {
      async exportMetrics() {
        return false;
      }
    }
    await new PeriodicExporter(new Own(), collector).start();
    await expect.poll(() => reports).toEqual([{ exporter: 'Own', outcome: 'failed' }]);
    expect(logOf(collector).join()).toContain('"onDelivery()" hook failed');
    expect(() => collector.onDelivery('log' as never)).toThrow(/onDelivery\(\)/);
  });
});
