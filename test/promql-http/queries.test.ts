/** Tests `query` and `query_range`, from a handler and from a listener alike. */
import { describe, expect, it } from 'vitest';
import { collectorOf, END, form, PLACES, START, withQuery } from './asking.ts';

const LAST = String(END);

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  it('answers with each type of result', async () => {
    const ask = await place(collectorOf());
    const query = async (expr: string) =>
      (await ask(withQuery('query', ['query', expr], ['time', LAST]))).json;
    expect(await query('1.5')).toEqual({
      status: 'success',
      data: { resultType: 'scalar', result: [END, '1.5'] },
    });
    expect(await query('"a"')).toEqual({
      status: 'success',
      data: { resultType: 'string', result: [END, 'a'] },
    });
    expect(await query('requests_total{instance="b",code="404"}')).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          {
            metric: { __name__: 'requests_total', code: '404', instance: 'b', job: 'shop' },
            value: [END, '1594'],
          },
        ],
      },
    });
    expect(await query('temperature{room="a\\\\b"}[30s]')).toEqual({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'temperature', room: 'a\\b' },
            values: [[START + 1683.099, '33']],
          },
        ],
      },
    });
    expect(await query('none')).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [] },
    });
  });

  it('answers over a range', async () => {
    const ask = await place(collectorOf());
    const range = [
      ['start', String(END - 120)],
      ['end', LAST],
      ['step', '1m'],
    ] as const;
    const { json } = await ask(withQuery('query_range', ['query', 'count(odd)'], ...range));
    expect(json).toEqual({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [
              [END - 120, '4'],
              [END - 60, '4'],
              [END, '4'],
            ],
          },
        ],
      },
    });
  });

  it('takes forms, whose values come first', async () => {
    const ask = await place(collectorOf());
    const { json } = await ask(
      withQuery('query', ['query', '1'], ['time', '7']),
      form(['query', '2']),
    );
    expect(json).toMatchObject({ data: { result: [7, '2'] } });
    const twice = await ask('query?time=7&query=1&query=2');
    expect(twice.json).toMatchObject({ data: { result: [7, '1'] } });
    const notForm = { method: 'POST', body: 'query=2', headers: { 'content-type': 'text/plain' } };
    const other = await ask('query?time=7&query=1', notForm);
    expect(other.json).toMatchObject({ data: { result: [7, '1'] } });
  });

  it.each([
    ['7.25', 7.25],
    ['7.2504', 7.25],
    ['-1e1', -10],
    ['2023-11-14T22:13:20.5Z', START + 0.5],
    ['2023-11-14T23:13:20.123456+01:00', START + 0.123],
    ['-292273086-05-16T16:47:06Z', -9_223_309_901_257_974],
  ])('reads the time %s', async (time, seconds) => {
    const ask = await place(collectorOf());
    const { json } = await ask(withQuery('query', ['query', '1'], ['time', time]));
    expect(json).toMatchObject({ data: { result: [seconds, '1'] } });
  });

  it('asks as of now unless a time is given', async () => {
    const ask = await place(collectorOf());
    const before = Date.now() / 1000;
    const { json } = await ask('query?query=time()');
    const [at, value] = (json as { data: { result: [number, string] } }).data.result;
    expect(at).toBeGreaterThanOrEqual(Math.floor(before * 1000) / 1000);
    expect(at).toBeLessThanOrEqual(Date.now() / 1000);
    expect(value).toBe(String(at));
  });

  it('cuts what is more than was asked for', async () => {
    const ask = await place(collectorOf());
    const limited = async (limit: string) =>
      (await ask(withQuery('query', ['query', 'odd'], ['time', LAST], ['limit', limit]))).json as {
        warnings?: string[];
        data: { result: unknown[] };
      };
    const some = await limited('3');
    expect(some.data.result.length).toBe(3);
    expect(some.warnings).toEqual(['results truncated due to limit']);
    for (const limit of ['4', '0']) {
      const all = await limited(limit);
      expect(all.data.result.length).toBe(4);
      expect(all.warnings).toBeUndefined();
    }
  });

  it('looks back as long as it is told to', async () => {
    const ask = await place(collectorOf());
    const later = String(END + 100);
    const found = async (...lookback: [string, string][]) => {
      const { json } = await ask(
        withQuery('query', ['query', 'odd'], ['time', later], ...lookback),
      );
      return (json as { data: { result: unknown[] } }).data.result.length;
    };
    expect(await found()).toBe(4);
    expect(await found(['lookback_delta', '1m'])).toBe(0);
    expect(await found(['lookback_delta', '600'])).toBe(4);
  });

  it('tells of infos and warnings', async () => {
    const ask = await place(collectorOf());
    const { json } = await ask(
      withQuery('query', ['query', 'rate(temperature[5m])'], ['time', LAST]),
    );
    expect(json).toMatchObject({
      status: 'success',
      infos: [
        'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "temperature" (1:6)',
      ],
    });
    const warned = await ask(
      withQuery('query', ['query', 'quantile(2, temperature)'], ['time', LAST]),
    );
    expect(warned.json).toMatchObject({
      warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'],
    });
  });

  it('compresses answers for those who take them so', async () => {
    const ask = await place(collectorOf());
    const path = withQuery('query', ['query', 'requests_total[1h]'], ['time', LAST]);
    const plain = await ask(path, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const handle = collectorOf().handler({ api: true });
    const headers = { 'accept-encoding': 'gzip' };
    const zipped = await handle(new Request(`http://localhost/api/v1/${path}`, { headers }));
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    const text = await new Response(
      zipped.body!.pipeThrough(new DecompressionStream('gzip')),
    ).text();
    expect(JSON.parse(text)).toEqual(plain.json);
  });

  it('answers many at a time, each with its own', async () => {
    const ask = await place(collectorOf());
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => ask(`query?query=${i}&time=${i}`)),
    );
    answers.forEach(({ json }, i) => {
      expect(json).toMatchObject({ data: { result: [i, String(i)] } });
    });
  });
});
