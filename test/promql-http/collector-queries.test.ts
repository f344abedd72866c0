/** Tests `collector.query()` and its like, over each link, with the real history. */
import type { Feature } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { history } from 'utilityfog-telemetry/history';
import { promql, QueryError } from 'utilityfog-telemetry/promql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';
import { collectorOf, pastOf, START, waitingPast } from './asking.ts';

describe.each(LINKS)('%s link', (link) => {
  const start = async () => {
    const collector = makeCollector({ link, use: [history(), promql()], collectionInterval: 3600 });
    collector
      .registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] })
      .increment(3, { kind: 'a' });
    await collector.startCollection();
    await expect
      .poll(async () => ((await collector.query('jobs_total')).result as unknown[]).length)
      .toBe(1);
    return collector;
  };

  it('answers queries', async () => {
    const collector = await start();
    const { resultType, result, warnings, infos } = await collector.query(
      'sum by (kind) (jobs_total) * 2',
    );
    expect({ resultType, warnings, infos }).toEqual({
      resultType: 'vector',
      warnings: [],
      infos: [],
    });
    expect(result).toEqual([{ metric: { kind: 'a' }, value: [expect.any(Number), '6'] }]);
    expect(await collector.query('1', { time: 5 })).toMatchObject({
      resultType: 'scalar',
      result: [5, '1'],
    });
    const range = await collector.queryRange('time()', { start: 0, end: 2, step: 1 });
    expect(range).toMatchObject({
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [0, '0'],
            [1, '1'],
            [2, '2'],
          ],
        },
      ],
    });
    expect((await collector.diagnostics()).failed).toEqual([]);
  });

  it('brings errors with their kind and place', async () => {
    const collector = await start();
    const failing = collector.query('sum(\n  jobs_total');
    await expect(failing).rejects.toBeInstanceOf(QueryError);
    await expect(failing).rejects.toMatchObject({
      name: 'QueryError',
      kind: 'parse',
      message: 'unclosed left parenthesis',
      position: { line: 2, column: expect.any(Number) },
    });
    await expect(collector.query('rate(jobs_total)')).rejects.toMatchObject({ kind: 'type' });
    await expect(
      collector.query('label_replace(jobs_total, "a", "b", "c", "[")'),
    ).rejects.toMatchObject({ kind: 'execution' });
    await expect(collector.queryRange('1', { start: 0, end: 1e9, step: 1 })).rejects.toMatchObject({
      kind: 'limit',
      message: /^exceeded maximum resolution/,
    });
  });

  it('gives the tree of an expression', async () => {
    const collector = await start();
    expect(await collector.parsePromQL('rate(x{a=~"b.*"}[5m])')).toMatchObject({
      kind: 'call',
      name: 'rate',
      args: [
        {
          kind: 'matrix-selector',
          range: 300_000,
          selector: {
            name: 'x',
            matchers: expect.arrayContaining([{ name: 'a', op: '=~', value: 'b.*' }]),
          },
        },
      ],
    });
    await expect(collector.parsePromQL('x{')).rejects.toMatchObject({
      kind: 'parse',
      errors: [{ line: 1, column: 3 }],
    });
  });

  it('tells editors of all errors of an expression', async () => {
    const collector = await start();
    const wrong = collector.parsePromQL('rate(x) + abs("x")');
    await expect(wrong).rejects.toBeInstanceOf(QueryError);
    await expect(wrong).rejects.toMatchObject({
      kind: 'type',
      position: { line: 1, column: 6 },
      errors: [
        {
          message: expect.stringMatching(/^expected type range vector/),
          line: 1,
          column: 6,
          start: 5,
          end: 6,
        },
        {
          message: expect.stringMatching(/^expected type instant vector/),
          line: 1,
          column: 15,
          start: 14,
          end: 17,
        },
      ],
    });
    await expect(collector.query('rate(x)')).rejects.toMatchObject({ errors: undefined });
  });

  it('gives up when the signal aborts', async () => {
    const collector = await start();
    const controller = new AbortController();
    const asked = collector.query('jobs_total', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect(collector.query('1', { signal: controller.signal })).rejects.toThrow('enough');
    expect((await collector.query('1')).resultType).toBe('scalar');
  });
});

it('answers queries at the edge', async () => {
  const collector = new EdgeCollector({ use: [history(), promql()] });
  onTestFinished(() => collector.shutdown());
  expect((await collector.query('1 + 1', { time: 1 })).result).toEqual([1, '2']);
  await expect(collector.query('(')).rejects.toMatchObject({ kind: 'parse' });
  const handle = collector.handler({ api: true });
  const answer = await handle(new Request('https://edge.example/api/v1/query?query=2&time=1'));
  expect(await answer.json()).toEqual({
    status: 'success',
    data: { resultType: 'scalar', result: [1, '2'] },
  });
});

describe('without the features', () => {
  const past = pastOf([]);
  it.each([
    ['neither', []],
    ['no history', [promql()]],
    ['no promql', [past]],
    ['the wrong order', [promql(), past]],
  ] as [string, Feature[]][])('says what to use: %s', async (_, use) => {
    const collector = makeCollector({ use });
    const error = { code: 'invalid_option', message: 'queries need `use: [history(), promql()]`' };
    await expect(collector.query('1')).rejects.toMatchObject(error);
    await expect(collector.queryRange('1', { start: 0, end: 1, step: 1 })).rejects.toMatchObject(
      error,
    );
    await expect(collector.parsePromQL('1')).rejects.toMatchObject(error);
    expect(() => collector.handler({ api: true })).toThrow(error.message);
    await expect(collector.serve({ port: 0, api: true })).rejects.toThrow(
      'use: [history(), promql()]',
    );
  });

  it('says so to threads that have joined', async () => {
    const collector = joinThread(collectorOf([]));
    await expect(collector.query('1')).rejects.toThrow('use: [history(), promql()]');
  });
});

describe('the options', () => {
  it.each([
    [{ timeout: 0 }, 'promql() timeout must be a positive number of seconds'],
    [{ lookback: '5m' }, 'promql() lookback must be a positive number of seconds'],
    [{ concurrency: 0 }, 'promql() concurrency must be a whole number above 0'],
    [{ maxSamples: 1.5 }, 'promql() maxSamples must be a whole number above 0'],
    [{ experimental: 1 }, 'promql() experimental must be true or false'],
  ])('%j are refused', (options, message) => {
    const make = () => promql(options as never);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it.each([
    ['query', [5], 'query() expr must be a text'],
    ['query', ['1', { time: 'now' }], 'query() time must be a number of seconds since 1970'],
    ['query', ['1', { timeout: -1 }], 'query() timeout must be a positive number'],
    ['query', ['1', { signal: {} }], 'query() signal must be'],
    ['queryRange', ['1'], 'queryRange() start must be a number of seconds since 1970'],
    [
      'queryRange',
      ['1', { start: 0, end: 1, step: 0 }],
      'queryRange() step must be a positive number',
    ],
    ['parsePromQL', [null], 'parsePromQL() expr must be a text'],
  ] as const)('of %s() are checked: %j', async (method, args, message) => {
    const collector = collectorOf();
    await expect((collector[method] as (...all: unknown[]) => unknown)(...args)).rejects.toThrow(
      message,
    );
  });

  it('hold for queries', async () => {
    const use = (options: object) => [
      pastOf([{ labels: { __name__: 'x' }, samples: [[START, 1]] }]),
      promql(options),
    ];
    const short = makeCollector({ use: use({ lookback: 10 }) });
    expect((await short.query('x', { time: START + 9 })).result).toHaveLength(1);
    expect((await short.query('x', { time: START + 11 })).result).toHaveLength(0);
    const few = makeCollector({ use: use({ maxSamples: 10 }) });
    await expect(
      few.queryRange('x', { start: START, end: START + 20, step: 1 }),
    ).rejects.toMatchObject({ kind: 'limit', message: /too many samples/ });
    const plain = makeCollector({ use: use({}) });
    await expect(plain.query('limitk(1, x)', { time: START })).rejects.toMatchObject({
      kind: 'type',
    });
    const experimental = makeCollector({ use: use({ experimental: true }) });
    expect((await experimental.query('limitk(1, x)', { time: START })).result).toHaveLength(1);
  });
});

describe('many queries', () => {
  it('run a few at a time, and the others in order', async () => {
    const { past, selects } = waitingPast();
    const collector = makeCollector({ use: [past, promql({ concurrency: 2 })] });
    const ended: number[] = [];
    const all = [0, 1, 2, 3].map(async (i) => {
      await collector.query(`x${i}`);
      ended.push(i);
    });
    await expect.poll(() => selects.length).toBe(2);
    // What is asked meanwhile shows that no other has begun.
    await collector.parsePromQL('1');
    expect(selects.length).toBe(2);
    for (let i = 0; i < 4; i++) {
      await expect.poll(() => selects.length).toBeGreaterThan(i);
      selects[i]!();
      await all[i];
    }
    expect(ended).toEqual([0, 1, 2, 3]);
  });

  it('wait no longer than they may, and leave the queue', async () => {
    const { past, selects } = waitingPast();
    const collector = makeCollector({ use: [past, promql({ concurrency: 1 })] });
    const first = collector.query('x');
    await expect.poll(() => selects.length).toBe(1);
    await expect(collector.query('y', { timeout: 0.01 })).rejects.toMatchObject({
      name: 'QueryError',
      kind: 'limit',
      message: 'query timed out in queue',
    });
    selects[0]!();
    expect((await first).result).toEqual([]);
  });

  it('are refused when too many wait', async () => {
    const { past, selects } = waitingPast();
    const collector = makeCollector({ use: [past, promql({ concurrency: 1 })] });
    const controllers = Array.from({ length: 513 }, () => new AbortController());
    const waiting = controllers.map(({ signal }) =>
      collector.query('x', { signal }).catch(() => 'given up'),
    );
    await expect.poll(() => selects.length).toBe(1);
    await expect(collector.query('x')).rejects.toMatchObject({
      kind: 'limit',
      message: /queries wait already/,
    });
    for (const controller of controllers) controller.abort();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['given up']));
    selects[0]!();
    const last = collector.query('1');
    expect((await last).resultType).toBe('scalar');
  });

  it('end with the collector', async () => {
    const { past, selects } = waitingPast();
    const collector = makeCollector({ use: [past, promql()] });
    const asked = collector.query('x');
    const failed = expect(asked).rejects.toThrow();
    await expect.poll(() => selects.length).toBe(1);
    await collector.shutdown();
    await failed;
    expect(logOf(collector)).toEqual([]);
  });
});
