/**
 * What made watches useless: labels that no family can have beside ours took all scores away, a watch on scores grew with
 * each run, a slow expression held up the others, and what was kept could be such that nothing was told any more.
 */
import type { AnomalyReport, Labels, MetricFamily, PartHost } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import type { WatchedSeriesStatus } from '../../src/analytics/analyses.ts';
import { soundFamilies } from '../../src/collector/added-families.ts';
import { start } from '../../src/features/analytics/part.ts';
import { Watches } from '../../src/features/analytics/watches.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import { LabelSet } from '../../src/promql/label-set.ts';
import { randomOf } from '../analytics/random.ts';

type Vector = { elements: { labels: LabelSet; value: number }[] };

const NO_LABELS = LabelSet.of({});

/** A part beside which time passes as the test says. */
class Beside {
  now = 1_800_000_000;
  readonly told: AnomalyReport[] = [];
  readonly failures: string[] = [];
  readonly constants: Labels;
  readonly part: ReturnType<typeof start>;

  constructor(constants: Labels = {}, vector?: (expr: string) => Promise<Vector>) {
    this.constants = constants;
    const query = { engine: { vector }, language: { checked: () => {} } };
    const host = {
      clock: { now: () => this.now, elapsed: () => this.now },
      part: () => (vector ? query : undefined),
      hook: (_: string, told: AnomalyReport) => void this.told.push(told),
      event: () => {},
      fail: (_: string, message: string) => void this.failures.push(message),
      blobs: async () => undefined,
    };
    this.part = start(host as never as PartHost, { seriesLimit: 10_000, life: 'a' });
  }

  watch(name: string, target: object = { metric: 'x' }): void {
    const plan = { name, threshold: 0.9, quantiles: [0.5], target };
    (this.part.calls!.watch as (plan: object) => void)(plan);
  }

  series(name: string): WatchedSeriesStatus[] {
    return (this.part.calls!.series as (name: string) => WatchedSeriesStatus[])(name);
  }

  run(...families: MetricFamily[]): void {
    this.now += 10;
    const about = { timestamp: this.now, eventsCount: 0, running: true };
    this.part.sampled!({ ...about, families });
  }

  /** What the collector shows of it. It throws if that refuses some. */
  shown(name: string): Labels[] {
    const added = this.part.adds!();
    const { sound, refused } = soundFamilies(added, [], this.constants, READING_KINDS, 'legacy');
    expect(refused).toBeUndefined();
    const { series } = sound.find((family) => family.name === `telemetry_${name}`)!;
    return series.map(({ labelNames, labelValues }) =>
      Object.fromEntries(labelNames.map((label, i) => [label, labelValues[i]!])),
    );
  }
}

function gauge(name: string, series: readonly Labels[], labels: Labels = {}): MetricFamily {
  const own = series.map((one) => ({
    labelNames: Object.keys(one),
    labelValues: Object.values(one),
  }));
  return {
    ...{ name, description: '', unit: '', labels, type: 'gauge', data: 'number', series: own },
    ...{ labelNames: own[0]?.labelNames ?? [], values: new Float64Array(series.length).fill(1) },
  };
}

describe('scores are shown', () => {
  it.each<[string, Labels, Labels, Labels]>([
    [
      'our names',
      { watch: 'a', statistic: 'b' },
      {},
      { exported_watch: 'a', exported_statistic: 'b' },
    ],
    [
      'our names, and those that they get',
      { statistic: 'a', exported_statistic: 'b' },
      {},
      { exported_exported_statistic: 'a', exported_statistic: 'b' },
    ],
    [
      'the name of the overflow series',
      { otel_metric_overflow: 'true' },
      {},
      { exported_otel_metric_overflow: 'true' },
    ],
    ['long values', { zone: '\ud800'.repeat(5000) }, {}, { zone: expect.any(String) as never }],
    ['names that few readers take', { 'a.b': 'c' }, {}, {}],
  ])('beside %s', (_, labels, constants, others) => {
    const beside = new Beside(constants);
    beside.watch('w');
    beside.run(gauge('x', [labels], constants));
    expect(beside.shown('anomaly_score')).toEqual([{ watch: 'w', statistic: '', ...others }]);
    expect(beside.shown('watched_series')).toEqual([{ watch: 'w' }]);
  });

  it('where every series has a label of our names', () => {
    const beside = new Beside({ watch: 'ours', statistic: 'too' });
    beside.watch('w');
    beside.run(gauge('x', [{ zone: 'a' }], beside.constants));
    const own = { exported_watch: 'w', exported_statistic: '' };
    expect(beside.shown('anomaly_score')).toEqual([{ ...own, zone: 'a' }]);
    expect(beside.shown('watched_series')).toEqual([{ exported_watch: 'w' }]);
  });

  it('where series have thousands of labels together', () => {
    const beside = new Beside();
    for (let i = 0; i < 40; i++) {
      const labels = Array.from({ length: 50 }, (_, k) => [`l${i}_${k}`, 'a']);
      beside.watch(`w${i}`, { metric: `x${i}` });
      beside.run(gauge(`x${i}`, [Object.fromEntries(labels) as Labels]));
    }
    beside.run();
    expect(beside.shown('watched_series')).toHaveLength(40);
    expect(beside.shown('anomaly_score').length).toBeLessThanOrEqual(40);
  });
});

it('a watch on scores does not watch its own', () => {
  const beside = new Beside();
  beside.watch('w');
  beside.watch('scores', { metric: 'telemetry_anomaly_score' });
  for (let i = 0; i < 30; i++) {
    beside.run(gauge('x', [{ zone: 'a' }]), ...beside.part.adds!());
    const watched = beside.series('scores').map(({ labels }) => labels.watch);
    expect(watched).toEqual(i === 0 ? [] : ['w']);
  }
  expect(beside.shown('anomaly_score')).toHaveLength(2);
});

describe('expressions', () => {
  const element = (value: number) => ({ elements: [{ labels: NO_LABELS, value }] });

  it('go on while one of them is slow', async () => {
    const never = new Promise<Vector>(() => {});
    const asked: string[] = [];
    const beside = new Beside({}, (expr) => {
      asked.push(expr);
      return expr === 'slow' ? never : Promise.resolve(element(1));
    });
    beside.watch('slow', { expr: 'slow' });
    beside.watch('quick', { expr: 'quick' });
    for (let i = 0; i < 5; i++) {
      beside.run();
      await new Promise(setImmediate);
    }
    expect(asked.filter((expr) => expr === 'slow')).toHaveLength(1);
    expect(asked.filter((expr) => expr === 'quick')).toHaveLength(5);
    expect(beside.series('quick')).toHaveLength(1);
  });

  /** Watches an expression that suddenly gives another value, until an anomaly is told of it. */
  async function sentence(name: string, expr: string, sudden: number, labels = NO_LABELS) {
    let value = 0;
    const beside = new Beside({}, async () => ({ elements: [{ labels, value }] }));
    const { uniform } = randomOf(2);
    beside.watch(name, { expr });
    for (let i = 0; i < 400 && beside.told.length === 0; i++) {
      value = i < 300 ? 10 + uniform() : sudden;
      beside.run();
      await new Promise(setImmediate);
    }
    return beside.told[0]?.text;
  }

  it('are called as their watch, and told beside that', async () => {
    const zone = LabelSet.of({ zone: 'a' });
    expect(await sentence('lost_share', 'a / b', 70)).toMatch(
      /^lost_share \(a \/ b\) is 70, but 10\.\d+ was expected;/,
    );
    expect(await sentence('lost_share', 'a / b', 70, zone)).toMatch(
      /^lost_share \(a \/ b\) with zone="a" is 70, /,
    );
    expect(await sentence('a / b', 'a / b', 70)).toMatch(/^a \/ b is 70, /);
  });

  it('that become infinite are said to be', async () => {
    expect(await sentence('share', 'a / b', Infinity)).toMatch(
      /^share \(a \/ b\) is infinite, but 10/,
    );
  });

  it.each(['answers', 'fails'])(
    'that are stopped say no more when the evaluation %s',
    async (how) => {
      let settle = (_: Promise<Vector>) => {};
      const answer = new Promise<Vector>((resolve) => {
        settle = resolve;
      });
      const beside = new Beside({}, () => answer);
      beside.watch('w', { expr: 'e' });
      beside.run();
      (beside.part.calls!.stop as (name: string) => void)('w');
      const isAnswered = how === 'answers';
      settle(
        isAnswered ? Promise.resolve(element(1)) : Promise.reject(new Error('it took too long')),
      );
      await new Promise(setImmediate);
      expect(beside.failures).toEqual([]);
      expect(beside.series('w')).toEqual([]);
      expect(beside.shown('watched_series')).toEqual([]);
    },
  );
});

describe('what was kept', () => {
  const plan = { name: 'w', threshold: 0.9, quantiles: [0.5], target: { metric: 'x' } };
  const kept = (watches: unknown[], series: unknown[]) =>
    JSON.stringify({ life: 'a', watches, series });

  it.each([
    kept([{ ...plan, threshold: -1 }], []),
    kept([{ ...plan, quantiles: [7] }], []),
    kept([], [['k', 1, 1e300, 0, '']]),
    kept([], [['k', 1e300, 1, 0, '']]),
    kept([], [['k', -1, 1, 0, '']]),
  ])('is refused: %s', (state) => {
    expect(() => new Beside().part.keeps!.restore(state)).toThrow('is not sound');
  });

  it('loses only the watches that cannot begin', () => {
    const beside = new Beside();
    const damaged = { ...plan, name: 'damaged', detector: { parts: 'level' } };
    beside.part.keeps!.restore(kept([damaged, plan], []));
    beside.run(gauge('x', [{}]));
    expect(beside.shown('watched_series')).toEqual([{ watch: 'w' }]);
    expect(beside.failures).toEqual([expect.stringContaining('parts must be a list')]);
  });
});

describe('what a watch is given', () => {
  const watches = () => {
    const plans: { name: string; quantiles: number[] }[] = [];
    const call = async (_: string, plan: unknown) => void plans.push(plan as never);
    return { plans, watches: new Watches(call, () => {}) };
  };

  it.each([
    { parts: 'level' },
    { parts: [] },
    { parts: ['levels'] },
    { season: 'year' },
    { season: Number.NaN },
    [],
    7,
  ])('must be sound: detector %j', (detector) => {
    expect(() => watches().watches.add('x', { detector: detector as never })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  it('is a name that can be a label', async () => {
    const { plans, watches: added } = watches();
    for (const name of [`${'a'.repeat(199)}😀`, '\ud800', '__proto__', '"\n\\', '\0']) {
      await added.add('x', { name, quantiles: [0.5, 0.5] }).series();
    }
    const begun = plans.filter((plan) => typeof plan === 'object');
    expect(begun.map(({ name }) => name)).toEqual([
      `${'a'.repeat(199)}\ufffd`,
      '\ufffd',
      '__proto__',
      '"\n\\',
      '\0',
    ]);
    expect(begun[0]!.quantiles).toEqual([0.5]);
    const beside = new Beside();
    for (const { name } of begun) beside.watch(name);
    beside.run(gauge('x', [{ zone: 'a' }]));
    expect(beside.shown('anomaly_score')).toHaveLength(5);
  });
});

it('the labels of a report have those of the series, also one that is called as ours', () => {
  const beside = new Beside();
  const { uniform } = randomOf(1);
  beside.watch('w');
  let total = 0;
  const family = gauge('x', [{ statistic: 'own' }]);
  for (let i = 0; i < 300; i++) {
    total += i >= 297 ? 1e6 : 100 + uniform();
    beside.run({ ...family, type: 'counter', values: Float64Array.of(total) } as MetricFamily);
  }
  expect(beside.told[0]?.labels).toEqual({ statistic: 'rate', exported_statistic: 'own' });
});
