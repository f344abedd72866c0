/** Tests evaluations one by one, at times that the test says. */
import { describe, expect, it } from 'vitest';
import { RememberedAlerts } from '../../src/features/alerting/remembered-alerts.ts';
import { LabelSet } from '../../src/promql/label-set.ts';
import type { MemorySeries } from '../../src/promql/memory-source.ts';
import { evaluatedGroup } from './evaluated-group.ts';

/** Series with a sample every 10 seconds. */
const series = (...all: (readonly [string, readonly (number | undefined)[]])[]): MemorySeries[] =>
  all.map(([a, values]) => ({
    labels: { __name__: 'x', a },
    samples: values.map((value, i) => [i * 10, value ?? 'stale'] as const),
  }));

const only = (rule: object, group: object = {}) => ({
  groups: [{ name: 'g', ...group, rules: [rule] }],
});
const N = undefined;

async function evaluations(made: ReturnType<typeof evaluatedGroup>, count: number) {
  for (let i = 0; i < count; i++) await made.group.evaluate(i * 10_000);
  return made;
}

describe('an alert', () => {
  it('goes through its states', async () => {
    const rule = { alert: 'A', expr: 'x > 0', for: '20s', keep_firing_for: '15s' };
    const made = evaluatedGroup(only(rule), series(['1', [1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1]]));
    const { transitions } = await evaluations(made, 11);
    expect(transitions).toEqual([
      'A{"a":"1"} pending', // 0
      'A{"a":"1"} inactive', // 10
      'A{"a":"1"} pending', // 20
      'A{"a":"1"} firing', // 40
      'A{"a":"1"} resolved', // gone since 70, kept at 80, over at 90
      'A{"a":"1"} pending', // 100
    ]);
  });

  it('is known for 15 minutes after it is over', async () => {
    const made = evaluatedGroup(only({ alert: 'A', expr: 'x > 0' }), series(['1', [1, 0]]));
    const [{ run }] = made.group.rules as [(typeof made.group.rules)[0]];
    await made.group.evaluate(0);
    await made.group.evaluate(10_000);
    await made.group.evaluate(910_000);
    expect([...run.states!.all]).toMatchObject([{ state: 'inactive', resolvedAt: 10_000 }]);
    await made.group.evaluate(910_001);
    expect([...run.states!.all]).toEqual([]);
  });

  it('has the labels of the rule, which templates may remove', async () => {
    const labels = { b: '{{ $labels.a }}{{ $value }}', a: '', c: '{{ $labels.none }}' };
    const { group, stored } = evaluatedGroup(
      only({ alert: 'A', expr: 'x', labels }),
      series(['1', [7]]),
    );
    await group.evaluate(0);
    const [{ run }] = group.rules as [(typeof group.rules)[0]];
    expect([...run.states!.all].map((one) => one.labels.toObject())).toEqual([
      { alertname: 'A', b: '17' },
    ]);
    // Prometheus shows the template of a label that it has left empty.
    expect(stored[0]!.samples[0]).toEqual({
      labels: { __name__: 'ALERTS', alertname: 'A', alertstate: 'firing', b: '17', c: labels.c },
      value: 1,
    });
  });
});

describe('an evaluation that fails', () => {
  it.each([
    [
      'two alerts have the same labels',
      { alert: 'A', expr: 'x', labels: { a: 'same' } },
      'vector contains metrics with the same labelset after applying alert labels',
    ],
    [
      'two series have the same labels',
      { record: 'y', expr: 'x', labels: { a: 'same' } },
      'vector contains metrics with the same labelset after applying rule labels',
    ],
    ['there are too many series', { record: 'y', expr: 'x' }, 'exceeded limit of 1 with 2 series'],
    ['there are too many alerts', { alert: 'A', expr: 'x' }, 'exceeded limit of 1 with 2 alerts'],
  ])('since %s, stores nothing', async (_, rule, error) => {
    const made = evaluatedGroup(only(rule, { limit: 1 }), series(['1', [1]], ['2', [1]]));
    await made.group.evaluate(0);
    expect(made.group.rules[0]!.error).toBe(error);
    expect(made.stored).toEqual([]);
    expect(made.group.counts).toMatchObject({ evaluations: 1, failures: 1 });
  });

  it('changes nothing of what was known', async () => {
    const all: MemorySeries[] = [
      ...series(['1', [1, 1, 1, 1]]),
      // Two with the same label at a time make the operation fail.
      {
        labels: { __name__: 'x', a: '1', b: '2' },
        samples: [
          [20, 1],
          [30, 'stale'],
        ],
      },
    ];
    const made = evaluatedGroup(only({ alert: 'A', expr: 'x / on(a) x' }), all);
    await evaluations(made, 3);
    expect(made.group.rules[0]!.error).toMatch(/found duplicate series/);
    expect([...made.group.rules[0]!.run.states!.all]).toMatchObject([{ state: 'firing' }]);
    expect(made.stored).toHaveLength(2);
    await made.group.evaluate(30_000);
    expect(made.group.rules[0]!.error).toBeUndefined();
    expect(made.transitions).toEqual(['A{"a":"1"} firing']);
    expect(made.group.counts).toMatchObject({ evaluations: 4, failures: 1 });
  });
});

describe('what is stored', () => {
  it('ends when it is gone, and looks back by the offset', async () => {
    const made = evaluatedGroup(
      only({ record: 'y', expr: 'x > 0', labels: { b: '1' } }, { query_offset: '10s' }),
      series(['1', [1, N]], ['2', [1, 1]]),
    );
    await made.group.evaluate(10_000);
    await made.group.evaluate(20_000);
    const labels = (a: string) => ({ __name__: 'y', a, b: '1' });
    expect(made.stored).toEqual([
      { time: 0, samples: ['1', '2'].map((a) => ({ labels: labels(a), value: 1 })) },
      {
        time: 10_000,
        samples: [
          { labels: labels('2'), value: 1 },
          { labels: labels('1'), value: 'stale' },
        ],
      },
    ]);
  });

  it('is a series without labels for a scalar', async () => {
    const made = evaluatedGroup(only({ record: 'y', expr: '1 + 1' }), []);
    await made.group.evaluate(0);
    expect(made.stored[0]!.samples).toEqual([{ labels: { __name__: 'y' }, value: 2 }]);
  });
});

describe('after a restart', () => {
  const options = { outageTolerance: 3600, gracePeriod: 600 };

  /** Returns since when an alert counts that was seen pending for so many seconds, after a gap of so many. */
  async function restored(hold: string, pending: number, gap: number) {
    const rule = { alert: 'A', expr: 'x', for: hold };
    const samples = [[0, 1] as const];
    const all = [{ labels: { __name__: 'x' }, samples }];
    const first = evaluatedGroup(only(rule), all, { lookback: 100_000 });
    await first.group.evaluate(0);
    await first.group.evaluate(pending * 1000);
    const kept = new RememberedAlerts(options).write([first.group]);
    const remembered = new RememberedAlerts(options);
    remembered.restore(JSON.parse(JSON.stringify(kept)));
    const next = evaluatedGroup(only(rule), all, {
      lookback: 100_000,
      earlier: (of, labels, time) => remembered.earlier(of, labels, time),
    });
    await next.group.evaluate((pending + gap) * 1000);
    const [alert] = [...next.group.rules[0]!.run.states!.all];
    return { since: alert!.activeAt / 1000, transitions: next.transitions };
  }

  it.each([
    ['a page that is loaded again goes on counting', '1m', 30, 10, 0, []],
    ['a gap does not count', '20m', 300, 400, 400, []],
    ['there are ten minutes left at least', '20m', 1100, 400, 1100 + 400 + 600 - 1200, []],
    ['a short rule need not wait so long', '5m', 200, 400, 400, []],
    ['what fires goes on firing', '1m', 60, 1000, 0, []],
    ['after an hour all is new', '20m', 300, 3601, 3901, ['A{} pending']],
  ])('%s', async (_, hold, pending, gap, since, transitions) => {
    expect(await restored(hold, pending, gap)).toEqual({ since, transitions });
  });

  it('what was not found again is kept for the next restart', async () => {
    const remembered = new RememberedAlerts(options);
    const kept = {
      ...{ rule: 'A', labels: { alertname: 'A' }, seenAt: 1000, activeAt: 0, firedAt: 1000 },
    };
    remembered.restore([kept]);
    remembered.restore([{ ...kept, seenAt: 500 }]);
    expect(remembered.write([])).toEqual([kept]);
    remembered.expire(3_601_001);
    expect(remembered.write([])).toEqual([]);
    expect(remembered.earlier({ name: 'A' } as never, LabelSet.of({}), 0)).toBeUndefined();
  });
});
