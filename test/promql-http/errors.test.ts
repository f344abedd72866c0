/** Tests what the HTTP API says to wrong and hostile requests. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { promql } from 'utilityfog-telemetry/promql';
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { collectorOf, END, PLACES, waitingPast, withQuery } from './asking.ts';

const RANGE = [
  ['start', '0'],
  ['end', '10'],
] as const;

/** What is asked, and what is answered: the status, the type of the error, and its message. */
const WRONG: readonly (readonly [string, number, string, string | RegExp])[] = [
  [
    'query',
    400,
    'bad_data',
    'invalid parameter "query": 1:1: parse error: no expression found in input',
  ],
  [
    'query?query=sum(x',
    400,
    'bad_data',
    'invalid parameter "query": 1:6: parse error: unclosed left parenthesis',
  ],
  [
    'query?query=rate(x)',
    400,
    'bad_data',
    'invalid parameter "query": 1:6: parse error: expected type range vector in call to function "rate", got instant vector',
  ],
  [
    'query?query=1&time=abc',
    400,
    'bad_data',
    `invalid parameter "time": invalid time value for 'time': cannot parse "abc" to a valid timestamp`,
  ],
  ['query?query=1&time=NaN', 400, 'bad_data', /cannot parse "NaN" to a valid timestamp$/],
  ['query?query=1&time=1e300', 400, 'bad_data', /cannot parse "1e300" to a valid timestamp$/],
  [
    'query?query=1&time=2023-02-30T22:13:20Z',
    400,
    'bad_data',
    /cannot parse "2023-02-30T22:13:20Z"/,
  ],
  ['query?query=1&time=2023-11-14t22:13:20z', 400, 'bad_data', /cannot parse/],
  ['query?query=1&time=2023-11-14T24:00:00Z', 400, 'bad_data', /cannot parse/],
  [
    'query?query=1&timeout=abc',
    400,
    'bad_data',
    'invalid parameter "timeout": cannot parse "abc" to a valid duration',
  ],
  [
    'query?query=1&timeout=1e300',
    400,
    'bad_data',
    'invalid parameter "timeout": cannot parse "1e300" to a valid duration. It overflows int64',
  ],
  ['query?query=1&timeout=1m1h', 400, 'bad_data', /cannot parse "1m1h" to a valid duration$/],
  ['query?query=1&timeout=0', 503, 'timeout', /^query timed out in /],
  ['query?query=1&timeout=-5', 503, 'timeout', 'query timed out in queue'],
  [
    'query?query=1&lookback_delta=x',
    400,
    'bad_data',
    'error parsing lookback delta duration: cannot parse "x" to a valid duration',
  ],
  [
    'query?query=1&limit=x',
    400,
    'bad_data',
    'invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax',
  ],
  [
    'query?query=1&limit=-1',
    400,
    'bad_data',
    'invalid parameter "limit": limit must be non-negative',
  ],
  ['query?query=%zz', 400, 'bad_data', 'error parsing form values: invalid URL escape "%zz"'],
  ['query?query=%ff', 400, 'bad_data', 'error parsing form values: invalid UTF-8'],
  [
    'query_range?query=1',
    400,
    'bad_data',
    'invalid parameter "start": cannot parse "" to a valid timestamp',
  ],
  [
    'query_range?query=1&start=1',
    400,
    'bad_data',
    'invalid parameter "end": cannot parse "" to a valid timestamp',
  ],
  [
    'query_range?query=1&start=1&end=2',
    400,
    'bad_data',
    'invalid parameter "step": cannot parse "" to a valid duration',
  ],
  [
    'query_range?query=1&start=1&end=0&step=1',
    400,
    'bad_data',
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  [
    'query_range?query=1&start=1&end=2&step=0',
    400,
    'bad_data',
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  ['query_range?query=1&start=1&end=2&step=-5', 400, 'bad_data', /zero or negative/],
  [
    'query_range?query=1&start=1&end=2&step=0.0005',
    400,
    'bad_data',
    'invalid parameter "step": the step must be a millisecond at least',
  ],
  [
    'query_range?query=1&start=0&end=11001&step=1',
    400,
    'bad_data',
    'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
  ],
  [
    'query_range?query=1&start=0&end=1e15&step=0.001',
    400,
    'bad_data',
    /^exceeded maximum resolution/,
  ],
  [
    withQuery('query_range', ['query', 'odd[1m]'], ...RANGE, ['step', '1']),
    400,
    'bad_data',
    'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  ],
  [
    withQuery('query', ['query', 'odd + on () group_left () odd'], ['time', String(END)]),
    422,
    'execution',
    /^found duplicate series for the match group \{\} on the right hand-side of the operation/,
  ],
  ['series', 400, 'bad_data', 'no match[] parameter provided'],
  [
    'series?match[]={}',
    400,
    'bad_data',
    'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
  ],
  ['series?match[]={job=~".*"}', 400, 'bad_data', /at least one non-empty matcher$/],
  [
    'series?match[]=x{',
    400,
    'bad_data',
    'invalid parameter "match[]": 1:3: parse error: unexpected end of input inside braces',
  ],
  ['series?match[]=1', 400, 'bad_data', /^invalid parameter "match\[\]": 1:1: parse error: /],
  ['series?match[]=odd[5m]', 400, 'bad_data', /parse error/],
  ['series?match[]=odd%20offset%205m', 400, 'bad_data', /parse error/],
  ['series?match[]=odd%20@%205', 400, 'bad_data', /parse error/],
  [
    `series?${'match[]=odd&'.repeat(101)}`,
    400,
    'bad_data',
    'invalid parameter "match[]": there may be 100 match[] at most; got 101',
  ],
  ['labels?match[]={}', 400, 'bad_data', 'match[] must contain at least one non-empty matcher'],
  [
    'labels?start=abc',
    400,
    'bad_data',
    `invalid parameter "start": invalid time value for 'start': cannot parse "abc" to a valid timestamp`,
  ],
  [
    'label/job/values?end=abc',
    400,
    'bad_data',
    /^invalid parameter "end": invalid time value for 'end'/,
  ],
  ['metadata?limit=a', 400, 'bad_data', 'limit must be a number'],
  ['metadata?limit_per_metric=a', 400, 'bad_data', 'limit_per_metric must be a number'],
  ['rules?type=x', 400, 'bad_data', 'invalid parameter "type": not supported value "x"'],
  ['rules?match[]={}', 400, 'bad_data', 'match[] must contain at least one non-empty matcher'],
  [
    'rules?exclude_alerts=maybe',
    400,
    'bad_data',
    'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [
    'rules?group_next_token=x',
    400,
    'bad_data',
    'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups',
  ],
  [
    'rules?group_limit=0',
    400,
    'bad_data',
    'invalid parameter "group_limit": group_limit needs to be greater than 0',
  ],
  [
    'rules?group_limit=x',
    400,
    'bad_data',
    /^invalid parameter "group_limit": group_limit needs to be a valid number/,
  ],
  [
    'rules?group_limit=1&group_next_token=x',
    400,
    'bad_data',
    `invalid parameter "group_next_token": invalid group_next_token 'x'. were rule groups changed?`,
  ],
  ['query_exemplars?query=(', 400, 'bad_data', '1:2: parse error: unclosed left parenthesis'],
  [
    'query_exemplars?query=1&start=5&end=4',
    400,
    'bad_data',
    'end timestamp must not be before start timestamp',
  ],
  [
    'format_query?query=foo(',
    400,
    'bad_data',
    'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
  ],
];

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  it.each(WRONG)('answers %s with %i', async (path, status, errorType, error) => {
    const ask = await place(collectorOf());
    const answer = await ask(path);
    expect(answer.json).toEqual({
      status: 'error',
      errorType,
      error: typeof error === 'string' ? error : expect.stringMatching(error),
    });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['HEAD', 'query?query=1', 'GET, POST'],
    ['PUT', 'query?query=1', 'GET, POST'],
    ['DELETE', 'series', 'GET, POST'],
    ['OPTIONS', 'labels', 'GET, POST'],
    ['POST', 'label/job/values', 'GET'],
    ['POST', 'rules', 'GET'],
  ])('refuses %s of %s', async (method, path, allow) => {
    const ask = await place(collectorOf());
    const { status, headers, text } = await ask(path, { method });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect(text).toBe(method === 'HEAD' ? '' : 'Method Not Allowed\n');
  });

  it.each(['nope', 'query/', '', 'label//values', 'label/a/b/values', 'admin/tsdb/delete_series'])(
    'does not know "%s"',
    async (path) => {
      const ask = await place(collectorOf());
      expect((await ask(path)).status).toBe(404);
    },
  );

  it('lets those in who may see the metrics, and no others', async () => {
    const ask = await place(collectorOf(), { bearerToken: 'secret' });
    const refused = await ask('query?query=1');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    const headers = { authorization: 'Bearer secret' };
    expect((await ask('query?query=1', { headers })).status).toBe(200);
    expect((await ask('nope', {})).status).toBe(401);
  });

  it('sends nothing that lets pages of other sites read the answer', async () => {
    const ask = await place(collectorOf());
    const { headers } = await ask('query?query=1', { headers: { origin: 'https://evil.example' } });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('goes on serving the metrics', async () => {
    const ask = await place(collectorOf());
    expect((await ask('/metrics')).text).toContain('telemetry_collection_runs_total');
  });

  it('refuses bodies that are too large, and goes on', async () => {
    const ask = await place(collectorOf());
    const body = `query=${'1%2b'.repeat(2_500_000)}1`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const refused = await ask('query', { method: 'POST', body, headers });
    expect(refused.status).toBe(413);
    expect(refused.json).toMatchObject({ errorType: 'bad_data' });
    expect((await ask('query?query=1')).status).toBe(200);
  });

  it.each([
    ['nested', `query=${'('.repeat(400_000)}1${')'.repeat(400_000)}`],
    ['long', `query=1${'%2b1'.repeat(200_000)}`],
    ['repeated', `query=1&${'time=1&'.repeat(100_000)}`],
    ['full of parameters', `query=1&${'&'.repeat(900_000)}`],
  ])('survives a query that is %s', async (_, body) => {
    const ask = await place(collectorOf());
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await ask('query', { method: 'POST', body, headers });
    expect([200, 400, 422]).toContain(status);
    expect((await ask('query?query=1')).status).toBe(200);
  });

  it('refuses a form that is no UTF-8', async () => {
    const ask = await place(collectorOf());
    const body = new Uint8Array([...new TextEncoder().encode('query="'), 0xff, 0x22]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, json } = await ask('query', { method: 'POST', body, headers });
    expect({ status, json }).toEqual({
      status: 400,
      json: {
        status: 'error',
        errorType: 'bad_data',
        error: 'error parsing form values: invalid UTF-8',
      },
    });
  });
});

describe('the API', () => {
  it('gives a query up when its client has gone', async () => {
    const { past, selects } = waitingPast();
    const collector = makeCollector({ use: [past, promql({ concurrency: 1 })] });
    const { url } = await collector.serve({ port: 0, api: true });
    const leaving = new AbortController();
    const { signal } = leaving;
    const first = fetch(new URL('/api/v1/query?query=x', url), { signal }).catch(() => 'gone');
    await expect.poll(() => selects.length).toBe(1);
    leaving.abort();
    expect(await first).toBe('gone');
    const second = await fetch(new URL('/api/v1/query?query=1&time=7', url));
    expect(await second.json()).toMatchObject({ data: { result: [7, '1'] } });
  });

  it.each(['0.05', '0.001'])('ends what takes longer than it may: %s s', async (timeout) => {
    const collector = collectorOf();
    const ask = await PLACES['serve()'](collector);
    const expr = 'sum_over_time(sum_over_time(requests_total[12h:1s])[12h:1s])';
    const path = withQuery('query', ['query', expr], ['time', String(END)], ['timeout', timeout]);
    const { status, json } = await ask(path);
    expect({ status, json }).toEqual({
      status: 503,
      json: {
        status: 'error',
        errorType: 'timeout',
        error: expect.stringMatching(/^query timed out in /),
      },
    });
    expect((await ask('query?query=1')).status).toBe(200);
  });

  it('is off unless it is asked for', async () => {
    const collector = collectorOf();
    const handle = collector.handler({ path: '/metrics' });
    const request = () => new Request('http://localhost/api/v1/query?query=1');
    expect((await handle(request())).status).toBe(404);
    const { url } = await collector.serve({ port: 0 });
    expect((await fetch(new URL('/api/v1/query?query=1', url))).status).toBe(404);
  });

  it('does not answer hosts that are not its own', async () => {
    const { url } = await collectorOf().serve({ port: 0, api: true });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('GET /api/v1/query?query=1 HTTP/1.1\r\nHost: evil.example\r\n\r\n');
    const [answer] = await once(socket.setEncoding('utf8'), 'data');
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    socket.destroy();
  });
});
