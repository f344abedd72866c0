import { describe, expect, it } from 'vitest';
import { type ClientTracing, clientRequests } from '../../src/bridges/client-requests.ts';
import { redactedUrl } from '../../src/bridges/http-conventions.ts';
import { TRACE_DESTINATIONS, traceDestinations } from '../../src/bridges/trace-destinations.ts';
import { makeCollector, samplesOf } from '../collectors.ts';

const NAME = 'http_client_request_duration_seconds';

/** Notes what the span of each request is told. */
function noted() {
  const told: unknown[][] = [];
  const note =
    (what: string) =>
    (...of: unknown[]) =>
      void told.push([what, ...of]);
  const tracing: ClientTracing = {
    client(name, attributes, start) {
      told.push(['start', name, attributes, start]);
      return {
        exemplar: { trace_id: 'a'.repeat(32) },
        inject: (set) => set('traceparent', '00-…'),
        run: (send) => send(),
        set: note('set'),
        event: note('event'),
        fail: note('fail'),
        end: note('end'),
      };
    },
  };
  return { told, tracing };
}

describe('one observation of a request', () => {
  it('gives the metric and the span the same time and the same words', async () => {
    const collector = makeCollector();
    const { told, tracing } = noted();
    const begin = clientRequests(collector, tracing, () => true);
    const request = begin('get', new URL('https://user:pw@api.example.com/a?sig=secret&b=1#top'));
    request.settle({ status: 404 });
    request.settle({ status: 200 }); // counts no more
    request.event('responseEnd', request.start + 1);
    request.close();
    expect(told).toMatchObject([
      [
        'start',
        'GET',
        {
          'http.request.method': 'GET',
          'http.request.method_original': 'get',
          'server.address': 'api.example.com',
          'server.port': 443,
          'url.full': 'https://api.example.com/a?sig=REDACTED&b=1',
        },
        request.start,
      ],
      ['set', 'http.response.status_code', 404],
      ['set', 'error.type', '404'],
      ['fail'],
      ['event', 'responseEnd', request.start + 1],
      ['end', expect.any(Number)],
    ]);
    const metrics = (await collector.getSnapshot()).metrics as never as Record<
      string,
      { count: number; sum: number; labels: object }[]
    >;
    const [series] = metrics[NAME]!;
    expect(series).toMatchObject({
      count: 1,
      labels: {
        http_request_method: 'GET',
        server_address: 'api.example.com',
        server_port: '443',
        http_response_status_code: '404',
        error_type: '404',
      },
    });
    const end = told.at(-1)![1] as number;
    expect(series!.sum).toBeCloseTo((end - request.start) / 1000, 9);
  });

  it('gives headers only to URLs that may have them', () => {
    const { tracing } = noted();
    const begin = clientRequests(makeCollector(), tracing, ({ host }) => host === 'here');
    const headersOf = (url: string) => {
      const headers: string[] = [];
      begin('GET', new URL(url)).inject((name) => headers.push(name));
      return headers;
    };
    expect(headersOf('http://here/')).toEqual(['traceparent']);
    expect(headersOf('http://there/')).toEqual([]);
  });

  it('keeps few servers and few kinds of error, whatever a page names', async () => {
    const collector = makeCollector();
    const begin = clientRequests(collector, undefined, () => false);
    for (let i = 0; i < 300; i++) {
      begin('GET', new URL(`http://host${i}/`)).settle({ status: 200 });
      const error = Object.assign(new Error('no'), { name: `Error${i}` });
      begin(`METHOD${i}`, new URL('http://host0/')).settle({ error });
    }
    const samples = await samplesOf(collector, `${NAME}_count`);
    expect(samples.length).toBe(100 + 1 + 20 + 1);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(600);
  });
});

describe('destinations of traces', () => {
  const goesTo = (given: Parameters<typeof traceDestinations>[0], url: string) =>
    traceDestinations(given)(new URL(url));

  it('are origins, patterns of origins, or what a function says', () => {
    expect(goesTo(['https://a.example'], 'https://a.example/path?q')).toBe(true);
    expect(goesTo(['https://a.example/'], 'https://a.example/path?q')).toBe(true);
    expect(goesTo(['https://a.example'], 'http://a.example/')).toBe(false);
    expect(goesTo(['https://a.example'], 'https://a.example.evil.test/')).toBe(false);
    expect(goesTo([/^https:\/\/[a-z]+\.example$/], 'https://b.example/')).toBe(true);
    // Whoever writes a path or a query does not decide.
    expect(goesTo([/a\.example/], 'https://evil.test/?https://a.example')).toBe(false);
    expect(goesTo(({ host }) => host === 'a', 'http://a/')).toBe(true);
  });

  it('are none when that cannot be said', () => {
    const fails = () => {
      throw new Error('no');
    };
    expect(goesTo(fails, 'http://a/')).toBe(false);
    expect(goesTo((async () => true) as never, 'http://a/')).toBe(false);
    expect(goesTo((() => 1) as never, 'http://a/')).toBe(false);
    const sticky = /^http:\/\/a/gy;
    const destinations = traceDestinations([sticky]);
    expect([1, 2, 3].map(() => destinations(new URL('http://a/')))).toEqual([true, true, true]);
  });

  it.each([['a.example'], ['https://a.example/path'], ['data:,'], [7], [null]])(
    'are refused if they are no origin: %s',
    (one) => {
      const [isSound] = TRACE_DESTINATIONS;
      expect(isSound([one])).toBe(false);
      expect(isSound(one)).toBe(false);
      expect(isSound([])).toBe(true);
    },
  );
});

it('writes URLs without what is secret', () => {
  const shown = (url: string) => redactedUrl(new URL(url));
  expect(shown('http://u:p@h:81/p?X-Goog-Signature=a&sig=b#c')).toBe(
    'http://h:81/p?X-Goog-Signature=REDACTED&sig=REDACTED',
  );
  expect(shown('data:text/plain,a')).toBe('data:text/plain,a');
});
