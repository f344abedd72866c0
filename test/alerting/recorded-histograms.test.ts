/** Tests that rules record native histograms: for queries, for scrapers and over a restart. */
import { formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { describe, expect, it } from 'vitest';
import { LINKS, logOf, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { evaluatedGroup } from './evaluated-group.ts';

const RULES = `groups:
  - name: took
    interval: 100ms
    rules:
      - {record: 'job:took_seconds', expr: 'sum without (route) (took_seconds{route=~"[ab]"})'}
      - {record: 'job:took_seconds:rate', expr: 'sum(rate(took_seconds[1h]))'}
      - {record: 'job:took_seconds:count', expr: 'histogram_count(job:took_seconds)'}
`;

const makeWatched = (options: object = {}) =>
  makeCollector({
    use: [history(), promql(), alerting({ rules: RULES })],
    collectionInterval: 0.05,
    ...options,
  });

const observe = (collector: TelemetryCollector) =>
  collector.registerHistogram('took_seconds', '', { native: { schema: 0 }, labelNames: ['route'] });

/** Returns the count of a native histogram that a query finds now; `undefined` if there is none. */
async function countOf(collector: TelemetryCollector, expr: string): Promise<number | undefined> {
  const { result } = await collector.query(expr);
  const [one] = result as { histogram?: [number, { count: string }] }[];
  return one?.histogram && Number(one.histogram[1].count);
}

describe.each(LINKS)('a rule that records native histograms, %s link', (link) => {
  it('stores and shows them until they are gone', async () => {
    const collector = makeWatched({ link, labels: { app: 'shop' } });
    const took = observe(collector);
    for (const route of ['a', 'b', 'c']) took.observe(3, { route });
    took.observe(100, { route: 'b' });
    await collector.startCollection();
    await expect.poll(() => countOf(collector, 'job:took_seconds')).toBe(3);
    await expect.poll(() => formatPrometheus(collector)).toContain('job:took_seconds:count');
    const lines = (await formatPrometheus(collector)).split('\n');
    expect(lines.filter((line) => line.startsWith('job:took_seconds'))).toEqual(
      expect.arrayContaining([
        'job:took_seconds_bucket{app="shop",le="+Inf"} 3',
        'job:took_seconds_sum{app="shop"} 106',
        'job:took_seconds_count{app="shop"} 3',
        'job:took_seconds:count{app="shop"} 3',
      ]),
    );
    expect(lines).toContain('# TYPE job:took_seconds histogram');
    for (const route of ['a', 'b']) took.remove({ route });
    await expect.poll(() => countOf(collector, 'job:took_seconds')).toBeUndefined();
    await expect.poll(() => formatPrometheus(collector)).not.toContain('job:took_seconds_count');
    // It was a histogram before it was gone.
    expect(await countOf(collector, 'last_over_time(job:took_seconds[1m])')).toBe(3);
    expect(logOf(collector)).toEqual([]);
  });

  it('says that rates may fall', async () => {
    const collector = makeWatched({ link });
    const took = observe(collector);
    await collector.startCollection();
    took.observe(1, { route: 'a' });
    await expect.poll(() => countOf(collector, 'took_seconds')).toBe(1);
    took.observe(1, { route: 'a' });
    const isThere = async () => (await countOf(collector, 'job:took_seconds:rate'))! > 0;
    await expect.poll(isThere).toBe(true);
    expect(await formatPrometheus(collector)).toContain('# TYPE job:took_seconds:rate untyped');
    const warnings = async () =>
      (await collector.query('rate(job:took_seconds:rate[1m])')).warnings;
    const isNoCounter = expect.stringContaining('this native histogram metric is not a counter');
    await expect.poll(warnings).toEqual([isNoCounter]);
  });
});

describe('a rule that records native histograms', () => {
  it('goes on after a restart', async () => {
    const persist = { persist: { name: 'app', directory: await makeFolder() } };
    const one = makeWatched(persist);
    observe(one).observe(3, { route: 'a' });
    await one.startCollection();
    await expect.poll(() => countOf(one, 'job:took_seconds')).toBe(1);
    await one.shutdown();
    const other = makeWatched(persist);
    observe(other);
    // Nothing was evaluated yet: this is what the first one has stored.
    const earlier = async () => (await countOf(other, 'last_over_time(job:took_seconds[1m])')) ?? 0;
    await expect.poll(earlier).toBe(1);
    await other.startCollection();
    await expect.poll(() => formatPrometheus(other)).toContain('job:took_seconds_count 1');
    expect(logOf(other)).toEqual([]);
  });

  it('stores none with negative counts, says so, and stores the others', async () => {
    const NONE = { indices: [], counts: [] };
    const series = ['1', '-1'].map((sign) => ({
      labels: { __name__: 'h', sign },
      samples: [
        [
          0,
          {
            ...{ schema: 0, zeroThreshold: 0, zeroCount: 0, count: Number(sign), sum: 1 },
            ...{ positive: { indices: [1], counts: [Number(sign)] }, negative: NONE },
            counterReset: 'gauge',
          },
        ],
      ] as never,
    }));
    const rules = { groups: [{ name: 'g', rules: [{ record: 'r', expr: 'h' }] }] };
    const { group, stored } = evaluatedGroup(rules, series);
    await group.evaluate(0);
    expect(stored[0].samples).toMatchObject([
      { labels: { __name__: 'r', sign: '1' }, value: { count: 1 } },
    ]);
    expect(group.rules[0].error).toBe(
      'positive side: bucket number 1 has observation count of -1: histogram has a bucket whose observation count is negative',
    );
  });
});
