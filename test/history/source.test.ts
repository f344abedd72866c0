/** Compares what a history returns with a plain list of all scrapes. */
import { formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { parseText } from '../formats/text-parser.ts';
import { keyOf, makePast, matcher, type PlainSample, random, samplesIn } from './past.ts';

/** A number that is a label value as Prometheus 3 keeps it. */
function canonical(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** All scrapes, as a server would have them that forgets nothing. */
class Scrapes {
  readonly #series = new Map<string, PlainSample[]>();
  #present = new Set<string>();

  add(time: number, text: string): void {
    const present = new Set<string>();
    for (const { name, labels, value } of parseText(text).samples) {
      const { le, quantile, ...others } = labels;
      const own = {
        ...(le && { le: canonical(le) }),
        ...(quantile && { quantile: canonical(quantile) }),
      };
      const kept = Object.entries({ ...others, ...own, __name__: name }).filter(
        ([, one]) => one !== '',
      );
      const key = keyOf(Object.fromEntries(kept));
      present.add(key);
      this.#add(key, time, value);
    }
    for (const key of this.#present) if (!present.has(key)) this.#add(key, time, 'stale');
    this.#present = present;
  }

  between(after: number, upTo: number): Map<string, PlainSample[]> {
    const within = ([time]: PlainSample) => time > after && time <= upTo;
    const all = [...this.#series].map(([key, samples]) => [key, samples.filter(within)] as const);
    return new Map(
      all.filter(([, samples]) => samples.length > 0).map(([key, samples]) => [key, [...samples]]),
    );
  }

  #add(key: string, time: number, value: unknown): void {
    const samples = this.#series.get(key) ?? [];
    this.#series.set(key, samples);
    samples.push([time, value]);
  }
}

const VALUES = [
  0,
  -0,
  1,
  3,
  255,
  256,
  70_000,
  2 ** 40,
  2 ** 53,
  0.125,
  12.345,
  1e-9,
  1e300,
  NaN,
  Infinity,
  -Infinity,
];

/** Records something at random, and lets series and metrics come and go. */
function disturb(collector: TelemetryCollector, next: () => number): void {
  const some = (count: number) => Math.floor(next() * count);
  const labels = { kind: ['a', 'b', '', 'ä"\\\n'][some(4)] };
  const labelNames = ['kind'];
  const known = <M>(name: string, make: () => M) =>
    (collector.getMetric(name) as M | undefined) ?? make();
  const gauge = known('depth', () => collector.registerGauge('depth', 'Depth', { labelNames }));
  const counter = known('jobs_total', () =>
    collector.registerCounter('jobs_total', 'Jobs', { labelNames }),
  );
  const histogram = known('took_seconds', () =>
    collector.registerHistogram('took_seconds', 'Took', { labelNames, buckets: [0.5, 1, 1000] }),
  );
  const summary = known('wait_seconds', () =>
    collector.registerSummary('wait_seconds', 'Wait', { labelNames, quantiles: [0.5, 1] }),
  );
  const states = known('phase', () =>
    collector.registerStateSet('phase', 'Phase', { states: ['idle', 'busy'] }),
  );
  known('build_info', () =>
    collector.registerInfo('build_info', 'Build', { labels: { version: '1' } }),
  );
  const acts = [
    () => gauge.set(VALUES[some(VALUES.length)], labels),
    () => gauge.set(Math.round(next() * 1e5) / 100, labels),
    () => counter.increment(some(3) === 0 ? next() : some(1000), labels),
    () => histogram.observe(next() * 2, labels),
    () => summary.observe(next(), labels),
    () => states.set((['idle', 'busy'] as const)[some(2)]),
    () => gauge.remove(labels),
    () => histogram.remove(labels),
    () => some(10) === 0 && counter.clear(),
    () => some(10) === 0 && collector.unregister(['depth', 'took_seconds', 'phase'][some(3)]),
  ];
  for (let i = some(4); i >= 0; i--) acts[some(acts.length)]();
}

describe('a history', () => {
  it.each([1, 2, 3, 4, 5])('returns what all scrapes together have, seed %i', async (seed) => {
    const next = random(seed);
    const { collector, part, read, sample } = await makePast({}, { labels: { app: 'shop' } });
    const scrapes = new Scrapes();
    let time = 1_700_000_000;
    const begin = time;
    for (let run = 0; run < 200; run++) {
      disturb(collector, next);
      const snapshot = await read();
      scrapes.add(time, await formatPrometheus(collector));
      sample(snapshot, time);
      const [after, upTo] = [next(), next()]
        .map((one) => begin + one * (time - begin + 2))
        .sort((a, b) => a - b);
      if (run % 5 === 0)
        expect(await samplesIn(part, [], after, upTo)).toEqual(scrapes.between(after, upTo));
      time = Math.round((time + 5 + next()) * 1000) / 1000;
    }
    expect(await samplesIn(part)).toEqual(scrapes.between(0, Infinity));
  });

  it('finds series by any labels', async () => {
    const { collector, part, read, sample } = await makePast();
    const labelNames = ['a', 'b'];
    const gauge = collector.registerGauge('x', '', { labelNames });
    for (const a of ['1', '2']) for (const b of ['1', '']) gauge.set(1, { a, b });
    collector.registerGauge('y', '', { labelNames: ['a'] }).set(1, { a: '1' });
    sample(await read(), 1000);
    const found = async (...matchers: Parameters<typeof matcher>[]) => {
      const keys = [
        ...(
          await samplesIn(
            part,
            matchers.map((one) => matcher(...one)),
          )
        ).keys(),
      ];
      return keys.filter((key) => !key.startsWith('telemetry_')).sort();
    };
    expect(await found(['__name__', 'x'], ['a', '2'])).toEqual([
      'x[["a","2"],["b","1"]]',
      'x[["a","2"]]',
    ]);
    expect(await found(['__name__', 'x'], ['b', ''], ['a', (a) => a !== '2'])).toEqual([
      'x[["a","1"]]',
    ]);
    expect(await found(['a', '1'], ['b', ''])).toEqual(['x[["a","1"]]', 'y[["a","1"]]']);
    expect(await found(['__name__', (name) => /^[xz]$/.test(name)], ['b', '1'])).toHaveLength(2);
    expect(await found(['__name__', 'z'])).toEqual([]);
    expect(await found(['__name__', 'x'], ['__name__', 'y'])).toEqual([]);
    // A value is looked at once, however many series have it.
    let looks = 0;
    await found(['a', (value) => ++looks > 0 && value !== '']);
    expect(looks).toBe(3);
  });
});
