/** Tests what scrapers may ask for beside the format, from a handler and from a listener alike. */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  CONTENT_TYPES,
  formatOpenMetrics,
  type HandlerOptions,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { readFamilies } from '../formats/protobuf-reader.ts';

type Scrape = (init?: RequestInit & { readonly query?: string }) => Promise<Response>;

const PLACES = {
  async 'handler()'(collector: TelemetryCollector, options: HandlerOptions): Promise<Scrape> {
    const handle = collector.handler(options);
    return ({ query = '', ...init } = {}) =>
      handle(new Request(`http://localhost/metrics${query}`, init));
  },
  async 'serve()'(collector: TelemetryCollector, options: HandlerOptions): Promise<Scrape> {
    const { url } = await collector.serve({ ...options, port: 0 });
    return ({ query = '', ...init } = {}) => fetch(`${url}${query}`, init);
  },
} as const;

const basic = (text: string) => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  async function scraped(options: HandlerOptions = {}) {
    const collector = makeCollector({ link: 'inline' });
    collector.registerCounter('jobs_total', 'Jobs').increment(3);
    collector.registerCounter('jobs_failed_total', 'Failed').increment(1);
    collector.registerHistogram('job_seconds', 'Durations', { buckets: [1] }).observe(0.5);
    return { collector, scrape: await place(collector, options) };
  }

  it('answers with each format that is asked for', async () => {
    const { scrape } = await scraped();
    const openMetrics = await scrape({ headers: { accept: 'application/openmetrics-text' } });
    expect(openMetrics.headers.get('content-type')).toBe(CONTENT_TYPES.openMetrics);
    const text = await openMetrics.text();
    expect(text).toContain('# TYPE jobs counter\n# HELP jobs Jobs\njobs_total 3\n');
    expect(text).toMatch(/\n# EOF\n$/);
    const protobuf = await scrape({ headers: { accept: 'application/vnd.google.protobuf' } });
    expect(protobuf.headers.get('content-type')).toBe(CONTENT_TYPES.protobuf);
    const families = readFamilies(new Uint8Array(await protobuf.arrayBuffer()));
    expect(families.find(({ name }) => name === 'jobs_total')).toEqual({
      name: 'jobs_total',
      help: 'Jobs',
      type: 0,
      metric: [{ label: [], counter: { value: 3, created_timestamp: expect.anything() } }],
    });
    const newer = await scrape({ headers: { accept: 'text/plain;version=1.0.0;escaping=dots' } });
    expect(newer.headers.get('content-type')).toBe(
      'text/plain; version=1.0.0; charset=utf-8; escaping=dots',
    );
    expect(await newer.text()).toContain('\njobs_total 3\n');
  });

  it('leaves times of creation out of OpenMetrics if it is told to', async () => {
    const headers = { accept: 'application/openmetrics-text' };
    const { collector, scrape } = await scraped({ createdSamples: false });
    const text = await (await scrape({ headers })).text();
    expect(text).toContain('jobs_total 3\n');
    expect(text).toContain('job_seconds_count 1\n');
    expect(text).not.toContain('_created');
    expect(text).toBe(await formatOpenMetrics(collector, { createdSamples: false }));
    // The next one that wants them has them.
    expect(await formatOpenMetrics(collector)).toMatch(/\njobs_total 3\njobs_created \d/);
    const other = await place(collector, {});
    expect(await (await other({ headers })).text()).toMatch(/\njobs_total 3\njobs_created \d/);
    expect(await (await scrape({ headers })).text()).not.toContain('_created');
  });

  it('compresses each format', async () => {
    const { scrape } = await scraped();
    for (const accept of ['application/openmetrics-text', 'application/vnd.google.protobuf']) {
      const plain = await scrape({ headers: { accept, 'accept-encoding': 'identity' } });
      const zipped = await scrape({ headers: { accept, 'accept-encoding': 'gzip' } });
      expect(plain.headers.get('content-encoding')).toBe(null);
      expect(zipped.headers.get('content-encoding')).toBe('gzip');
    }
  });

  it('answers HEAD with the headers of GET, and no body', async () => {
    const { scrape } = await scraped();
    const headers = { accept: 'application/openmetrics-text' };
    const answer = await scrape({ method: 'HEAD', headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(CONTENT_TYPES.openMetrics);
    expect(await answer.text()).toBe('');
  });

  it.each([
    ['?name[]=jobs_total', ['jobs_total']],
    ['?name%5B%5D=jobs_total&name%5B%5D=job_seconds', ['jobs_total', 'job_seconds']],
    // OpenMetrics calls the counter like this.
    ['?other=1&name[]=jobs#name[]=job_seconds', ['jobs_total']],
    ['?name[]=', []],
    ['?name[]=none', []],
  ])('shows only the families that %s names', async (query, names) => {
    const { scrape } = await scraped();
    const text = await (await scrape({ query })).text();
    expect([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)).toEqual(names);
    expect((await (await scrape()).text()).length).toBeGreaterThan(text.length);
  });

  it('gives each its own families where several ask at once', async () => {
    const { scrape } = await scraped();
    const asked = Array.from({ length: 12 }, (_, i) =>
      i % 3 ? ['jobs_total', 'job_seconds'][i % 2] : '',
    );
    const texts = await Promise.all(
      asked.map(async (name) => (await scrape(name ? { query: `?name[]=${name}` } : {})).text()),
    );
    texts.forEach((text, i) => {
      const names = [...text.matchAll(/^# TYPE (jobs?_\S+)/gm)].map(([, name]) => name);
      const all = ['jobs_total', 'jobs_failed_total', 'job_seconds'];
      expect(names).toEqual(asked[i] ? [asked[i]] : all);
    });
  });

  it('refuses requests that name very many families', async () => {
    const { scrape } = await scraped();
    const query = `?${Array.from({ length: 1001 }, (_, i) => `name[]=${i}`).join('&')}`;
    expect((await scrape({ query })).status).toBe(414);
  });

  it('lets those in who send the name and the password', async () => {
    const { scrape } = await scraped({ basicAuth: { username: 'prom', password: 'sécret:x' } });
    expect((await scrape({ headers: basic('prom:sécret:x') })).status).toBe(200);
    const wrong = [
      {},
      basic('prom:secret:x'),
      basic('prom:'),
      basic('prom:sécret:x '),
      basic(''),
      { authorization: 'Basic' },
      { authorization: 'Bearer sécret:x'.replace('é', 'e') },
      { authorization: basic('prom:sécret:x').authorization.replace('Basic', 'Bearer') },
    ];
    for (const headers of wrong) {
      const answer = await scrape({ headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="metrics", charset="UTF-8"');
    }
  });

  it('lets those in who send either, if there is a token, too', async () => {
    const { scrape } = await scraped({
      bearerToken: 'token',
      basicAuth: { username: 'u', password: 'p' },
    });
    expect((await scrape({ headers: basic('u:p') })).status).toBe(200);
    expect((await scrape({ headers: { authorization: 'bearer token' } })).status).toBe(200);
    const refused = await scrape({ headers: basic('token:') });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer, Basic /);
    expect((await scrape({ headers: { authorization: 'Basic token' } })).status).toBe(401);
  });

  it('answers as many at a time as it is told to, and asks the rest to come back', async () => {
    const { collector, scrape } = await scraped({ maxScrapes: 2 });
    let answer = () => {};
    let calls = 0;
    const reading = new Promise<number>((resolve) => {
      answer = () => resolve(1);
    });
    collector.registerGauge('slow', '', { collect: () => ++calls && reading });
    const first = [scrape(), scrape()];
    await expect.poll(() => calls).toBeGreaterThan(0);
    const refused = await Promise.all([scrape(), scrape(), scrape({ method: 'HEAD' })]);
    for (const { status, headers } of refused) {
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
    }
    answer();
    for (const { status } of await Promise.all(first)) expect(status).toBe(200);
    // A listener hears a little later that the client has the answer.
    await expect.poll(async () => (await scrape()).status).toBe(200);
  });

  it.each([
    { basicAuth: 'u:p' },
    { basicAuth: {} },
    { basicAuth: { username: 1, password: 'p' } },
    { basicAuth: null },
    { basicAuth: { username: 'a', password: '' } },
    { basicAuth: { username: 'secret' } },
    { maxScrapes: 0 },
    { maxScrapes: 1.5 },
    { createdSamples: 'no' },
  ])('refuses %j, without telling secrets', async (options) => {
    const making = scraped(options as HandlerOptions);
    await expect(making).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(making).rejects.not.toThrow('secret');
  });
});

describe('serve()', () => {
  it('counts a scrape until its client has the answer, or has gone', async () => {
    const collector = makeCollector();
    const names = collector.registerGauge('g', '', { labelNames: ['l'] });
    // Together they are more than sockets hold.
    for (let i = 0; i < 200; i++) names.set(1, { l: `${i}${'x'.repeat(60_000)}` });
    const { url } = await collector.serve({ port: 0, maxScrapes: 1 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const answer = async () => (await fetch(url, { method: 'HEAD' })).status;
    await expect.poll(answer).toBe(503);
    socket.destroy();
    await expect.poll(answer).toBe(200);
  });
});
