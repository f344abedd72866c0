/** Tests what `collect` callbacks of every kind may return, and callbacks for several metrics. */
import { formatJSON, formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const anything = (value: unknown) => value as never;
const STATES = ['idle', 'busy', 'gone'] as const;

/** Resolves to the lines of these metrics, in the order of the text. */
async function linesOf(collector: TelemetryCollector, ...names: string[]): Promise<string[]> {
  const text = await formatPrometheus(collector);
  return text.split('\n').filter((line) => names.some((name) => line.startsWith(name)));
}

/** What another library has counted, as a callback returns it. */
const counted = (counts: readonly number[], sum: number) => ({
  buckets: [0.1, 1, Infinity].map((le, i) => ({ le, count: counts[i]! })),
  sum,
});

describe.each(LINKS)('a collect callback over the %s link', (link) => {
  it('gives a counter the total of its source, also after that has started anew', async () => {
    const collector = makeCollector({ link });
    let total = 10;
    collector.registerCounter('a_total', '', { collect: () => total });
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total 10']);
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total 10']);
    total = 12.5;
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total 12.5']);
    total = 3;
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total 3']);
  });

  it('gives series, and takes those away that it no longer names', async () => {
    const collector = makeCollector({ link });
    let rooms: [string, number][] = [
      ['lobby', 3],
      ['arena', 5],
    ];
    const series = () => rooms.map(([room, value]) => ({ value, labels: { room } }));
    const labelNames = ['room'] as const;
    const counter = collector.registerCounter('joined_total', '', { labelNames, collect: series });
    collector.registerGauge('players', '', { labelNames, collect: async () => series() });
    collector.registerInfo('room_info', '', {
      labelNames,
      collect: () => rooms.map(([room]) => ({ labels: { room } })),
    });
    collector.registerStateSet('room_state', '', {
      labelNames,
      states: STATES,
      collect: () => rooms.map(([room, n]) => ({ value: STATES[n > 4 ? 1 : 0], labels: { room } })),
    });
    collector.registerHistogram('stay_seconds', '', {
      labelNames,
      buckets: [0.1, 1],
      collect: () => rooms.map(([room, n]) => ({ ...counted([1, n, n], n / 2), labels: { room } })),
    });
    const names = ['joined_total', 'players', 'room_info', 'stay_seconds_count'] as const;
    expect(await linesOf(collector, ...names)).toEqual([
      'joined_total{room="lobby"} 3',
      'joined_total{room="arena"} 5',
      'players{room="lobby"} 3',
      'players{room="arena"} 5',
      'room_info{room="lobby"} 1',
      'room_info{room="arena"} 1',
      'stay_seconds_count{room="lobby"} 3',
      'stay_seconds_count{room="arena"} 5',
    ]);
    const busy = /^room_state\{room="(\w+)",room_state="busy"\} 1$/m;
    expect(busy.exec(await formatPrometheus(collector))?.[1]).toBe('arena');
    rooms = [
      ['arena', 6],
      ['attic', 1],
    ];
    expect((await linesOf(collector, ...names)).sort()).toEqual([
      'joined_total{room="arena"} 6',
      'joined_total{room="attic"} 1',
      'players{room="arena"} 6',
      'players{room="attic"} 1',
      'room_info{room="arena"} 1',
      'room_info{room="attic"} 1',
      'stay_seconds_count{room="arena"} 6',
      'stay_seconds_count{room="attic"} 1',
    ]);
    // What the application had of a series that is gone is gone as well.
    expect(counter.getValue({ room: 'lobby' }).value).toBe(0);
    rooms = [];
    expect(await linesOf(collector, ...names, 'room_state')).toEqual([]);
    expect(await errors(collector, 'invalid_value')).toBe(0);
  });

  it('gives a histogram what another one has counted', async () => {
    const collector = makeCollector({ link });
    const source = new TelemetryCollector().registerHistogram('x', '', { buckets: [0.1, 1] });
    source.observe(0.05);
    source.observe(5);
    collector.registerHistogram('took_seconds', '', {
      buckets: [0.1, 1],
      labels: { of: 'them' },
      collect: () => source.getValue(),
    });
    const constants = 'of="them"';
    const expected = (...[first, second, all, sum]: number[]) => [
      `took_seconds_bucket{${constants},le="0.1"} ${first}`,
      `took_seconds_bucket{${constants},le="1"} ${second}`,
      `took_seconds_bucket{${constants},le="+Inf"} ${all}`,
      `took_seconds_sum{${constants}} ${sum}`,
      `took_seconds_count{${constants}} ${all}`,
    ];
    expect(await linesOf(collector, 'took_seconds')).toEqual(expected(1, 1, 2, 5.05));
    source.observe(0.5);
    expect(await linesOf(collector, 'took_seconds')).toEqual(expected(1, 2, 3, 5.55));
    source.reset();
    source.observe(0.5);
    expect(await linesOf(collector, 'took_seconds')).toEqual(expected(0, 1, 1, 0.5));
  });

  it('gives the states that are on', async () => {
    const collector = makeCollector({ link });
    let state: (typeof STATES)[number] = 'busy';
    collector.registerStateSet('phase', '', { states: STATES, collect: () => state });
    collector.registerStateSet('flags', '', {
      states: STATES,
      multiple: true,
      collect: () => ({ value: ['idle', 'gone'] }),
    });
    const on = async (name: string) =>
      (await samplesOf(collector, name))
        .filter(({ value }) => value === 1)
        .map(({ labels }) => labels[name]);
    expect(await on('phase')).toEqual(['busy']);
    expect(await on('flags')).toEqual(['idle', 'gone']);
    state = 'gone';
    expect(await on('phase')).toEqual(['gone']);
  });

  it('may record by itself, through the metric that it is given', async () => {
    const collector = makeCollector({ link });
    collector.registerCounter('a_total', '', { collect: (counter) => counter.increment(2) });
    collector.registerHistogram('h', '', {
      buckets: [1],
      async collect(histogram) {
        this.observe(0.5);
        histogram.observe(2);
      },
    });
    collector.registerStateSet('phase', '', {
      states: STATES,
      collect: (phase) => phase.set('gone'),
    });
    await formatPrometheus(collector);
    expect(await linesOf(collector, 'a_total', 'h_count', 'phase{phase="gone"}')).toEqual([
      'a_total 4',
      'h_count 4',
      'phase{phase="gone"} 1',
    ]);
  });

  it('that has never come back leaves its metric out, of any kind', async () => {
    const collector = makeCollector({ link, collectTimeout: 0.45 });
    const collect = () => new Promise<never>(() => {});
    collector.registerCounter('stuck_total', '', { collect });
    collector.registerHistogram('stuck_seconds', '', { collect });
    collector.registerInfo('stuck_info', '', { collect });
    collector.registerStateSet('stuck_state', '', { states: STATES, collect });
    // The application records by itself, so there is something to show.
    collector.registerCounter('own_total', '', { collect }).increment();
    collector.registerStateSet('own_state', '', { states: STATES, collect }).set('idle');
    expect(await linesOf(collector, 'stuck')).toEqual([]);
    const { metrics } = JSON.parse(await formatJSON(collector));
    expect(Object.keys(metrics).filter((name) => name.startsWith('stuck'))).toEqual([]);
    expect(await linesOf(collector, 'own_total', 'own_state{own_state="idle"}')).toEqual([
      'own_total 1',
      'own_state{own_state="idle"} 1',
    ]);
    expect(await errors(collector, 'collect_late')).toBeGreaterThanOrEqual(6);
  });

  it('adds up over threads, and each removes only what it has', async () => {
    const owner = makeCollector({ link });
    const thread = joinThread(owner, { link: link === 'inline' ? 'shared' : link });
    const rooms = new Map([
      [owner, ['lobby', 'arena']],
      [thread, ['lobby', 'attic']],
    ]);
    for (const one of [owner, thread]) {
      one.registerCounter('joined_total', '', {
        labelNames: ['room'],
        collect: () => rooms.get(one)!.map((room) => ({ value: 5, labels: { room } })),
      });
    }
    await thread.flush();
    const sorted = async () => (await linesOf(owner, 'joined_total')).sort();
    expect(await sorted()).toEqual([
      'joined_total{room="arena"} 5',
      'joined_total{room="attic"} 5',
      'joined_total{room="lobby"} 10',
    ]);
    rooms.set(owner, ['arena']);
    expect(await sorted()).toEqual([
      'joined_total{room="arena"} 5',
      'joined_total{room="attic"} 5',
      'joined_total{room="lobby"} 5',
    ]);
  });
});

describe.each(LINKS)('onCollect() over the %s link', (link) => {
  it('calls back before each reading, for several metrics, until it is removed', async () => {
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    const gauge = collector.registerGauge('g');
    let calls = 0;
    const remove = collector.onCollect(async () => {
      calls++;
      await null;
      counter.increment();
      gauge.set(calls);
    });
    expect(await linesOf(collector, 'a_total', 'g ')).toEqual(['a_total 1', 'g 1']);
    expect((await collector.getSnapshot()).metrics.g).toMatchObject({ value: 2 });
    remove();
    remove();
    expect(await linesOf(collector, 'a_total', 'g ')).toEqual(['a_total 2', 'g 2']);
    expect(calls).toBe(2);
  });

  it('calls back where it is given only once the collector runs, and with no other metric', async () => {
    const collector = makeCollector({ link });
    await collector.flush();
    const called = vi.fn();
    collector.onCollect(called);
    await formatPrometheus(collector);
    expect(called).toHaveBeenCalledTimes(1);
    await collector.flush();
    expect(called).toHaveBeenCalledTimes(2);
    // What says that there is a callback is a metric of the library.
    expect(await linesOf(collector, 'telemetry_events_total')).toEqual([
      'telemetry_events_total 0',
    ]);
  });

  it('comes before the callbacks of metrics, which may use what it found', async () => {
    const collector = makeCollector({ link });
    let found = 0;
    collector.registerGauge('g', '', { collect: () => found });
    collector.onCollect(() => {
      found = 7;
    });
    expect(await linesOf(collector, 'g ')).toEqual(['g 7']);
  });

  it('counts and logs callbacks that fail or are late, and goes on', async () => {
    const collector = makeCollector({ link, collectTimeout: 0.45, strict: true });
    collector.registerGauge('g', '', { collect: () => 5 });
    const stuck = vi.fn(() => new Promise(() => {}));
    collector.onCollect(stuck);
    collector.onCollect(function broken() {
      throw new Error('no');
    });
    collector.onCollect(async () => {
      throw Symbol('odd');
    });
    expect(await linesOf(collector, 'g ')).toEqual(['g 5']);
    expect(await linesOf(collector, 'g ')).toEqual(['g 5']);
    expect(stuck).toHaveBeenCalledTimes(1);
    expect(await errors(collector, 'collect')).toBeGreaterThanOrEqual(4);
    expect(await errors(collector, 'collect_late')).toBeGreaterThanOrEqual(1);
    const log = logOf(collector).join('\n');
    expect(log).toContain('onCollect(broken) failed: Error: no');
    expect(log).toMatch(/onCollect\(\w*\) is not back after 0\.45 seconds/);
  });

  it('works in a thread that has joined', async () => {
    const owner = makeCollector({ link });
    const thread = joinThread(owner, { link: link === 'inline' ? 'shared' : link });
    const gauge = thread.registerGauge('theirs');
    let calls = 0;
    thread.onCollect(() => gauge.set(++calls));
    await thread.flush();
    const [line] = await linesOf(owner, 'theirs ');
    expect(Number(line?.split(' ')[1])).toBe(calls);
    expect(calls).toBeGreaterThan(0);
  });
});

describe('onCollect()', () => {
  it('never throws, whatever the function is like', async () => {
    const collector = makeCollector({ strict: true });
    const { proxy, revoke } = Proxy.revocable(() => {}, {});
    collector.onCollect(proxy);
    collector.onCollect(
      Object.defineProperty(() => Promise.reject(Object.create(null)), 'name', {
        get() {
          throw new Error('no');
        },
      }),
    );
    revoke();
    collector.registerGauge('g', '', { collect: () => 5 });
    expect(await linesOf(collector, 'g ')).toEqual(['g 5']);
    expect(await errors(collector, 'collect')).toBeGreaterThanOrEqual(2);
  });

  it.each([undefined, null, 5, 'x', {}, []])('refuses %j', (callback) => {
    const collector = makeCollector();
    expect(() => collector.onCollect(anything(callback))).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });
});

describe('what a callback returns', () => {
  const odd: [string, object, unknown[]][] = [
    ['counter', {}, [-1, Number.NaN, Infinity, '5', null, 5n, {}, [{}], [[]], true]],
    ['gauge', {}, ['5', null, 5n, {}, [null], new Map([[1, 2]])]],
    ['info', {}, [2, 'x', null, { value: 0 }]],
    ['stateSet', { states: STATES }, ['Busy', '', 1, null, {}, { value: [] }, { value: STATES }]],
    ['stateSet', { states: STATES, multiple: true }, ['Busy', { value: ['idle', 'x'] }, [[5]]]],
    [
      'histogram',
      { buckets: [0.1, 1] },
      [
        5,
        {},
        { buckets: [], sum: 0 },
        { buckets: null, sum: 0 },
        { buckets: counted([1, 2, 3], 1).buckets },
        { ...counted([1, 2, 3], 1), sum: '1' },
        counted([2, 1, 3], 1),
        counted([-1, 1, 3], 1),
        counted([0.5, 1, 3], 1),
        counted([1, 2, Infinity], 1),
        { buckets: [...counted([1, 2, 3], 1).buckets, { le: 2, count: 4 }], sum: 1 },
        { buckets: counted([1, 2, 3], 1).buckets.slice(0, 2), sum: 1 },
        { buckets: [{ le: 0.2, count: 1 }, ...counted([1, 2, 3], 1).buckets.slice(1)], sum: 1 },
        { buckets: new Array(3), sum: 1 },
      ],
    ],
  ];
  const cases = odd.flatMap(([kind, options, values]) =>
    values.map((value, i) => [`${kind} (${i})`, kind, options, value] as const),
  );

  it.each(cases)(
    'is refused, counted and logged if it is none, %s',
    async (_, kind, options, value) => {
      const collector = makeCollector({ strict: true });
      const register = `register${kind[0]!.toUpperCase()}${kind.slice(1)}` as 'registerGauge';
      collector[register]('odd_info', '', anything({ ...options, collect: () => value }));
      collector.registerGauge('sound', '', { collect: () => 1 });
      expect(await linesOf(collector, 'odd_info', 'sound')).toEqual(['sound 1']);
      expect(await errors(collector, 'invalid_value')).toBeGreaterThanOrEqual(1);
      expect(await errors(collector, 'collect')).toBe(0);
      const log = logOf(collector).join();
      expect(log).toMatch(/odd_info: collect returned .*; it may return .*, or nothing/);
    },
  );

  it('is refused series by series; what is wrong with one changes nothing in it', async () => {
    const collector = makeCollector();
    let second: unknown = { value: 2, labels: { n: 'b' } };
    collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      collect: () => [{ value: 1, labels: { n: 'a' } }, second] as never,
    });
    const both = ['a_total{n="a"} 1', 'a_total{n="b"} 2'];
    expect(await linesOf(collector, 'a_total')).toEqual(both);
    second = { value: -1, labels: { n: 'b' } };
    expect(await linesOf(collector, 'a_total')).toEqual(both);
    expect(await errors(collector, 'invalid_value')).toBeGreaterThanOrEqual(1);
    // It comes twice: the first counts.
    second = { value: 9, labels: { n: 'a' } };
    expect(await linesOf(collector, 'a_total')).toEqual(both.slice(0, 1));
    expect(logOf(collector).join()).not.toContain('a_total: the labels');
    for (const labels of [undefined, {}, { m: 1 }, { n: 1, m: 1 }, { n: {} }, 'b', null]) {
      second = { value: 2, labels };
      expect(await linesOf(collector, 'a_total')).toEqual(both.slice(0, 1));
    }
    expect(await errors(collector, 'invalid_labels')).toBeGreaterThanOrEqual(7);
    expect(logOf(collector).join()).toContain('the labels must be exactly: n');
  });

  it('is not recorded at all if a getter in it throws', async () => {
    const collector = makeCollector();
    const broken = {
      get value(): number {
        throw new Error('no');
      },
      labels: { n: 'b' },
    };
    let isBroken = false;
    collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      collect: () => (isBroken ? [broken] : [{ value: 1, labels: { n: 'a' } }]),
    });
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total{n="a"} 1']);
    isBroken = true;
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total{n="a"} 1']);
    expect(await errors(collector, 'collect')).toBeGreaterThanOrEqual(1);
  });

  it('stays in one series when the application records it, too', async () => {
    const collector = makeCollector();
    let total = 5;
    const counter = collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      collect: () => [{ value: total, labels: { n: 1 } }],
    });
    const bound = counter.labels({ n: 1 });
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total{n="1"} 5']);
    bound.increment(2);
    counter.increment(1, { n: 1 });
    expect(counter.getValue({ n: 1 }).value).toBe(8);
    total = 20;
    expect(await linesOf(collector, 'a_total')).toEqual(['a_total{n="1"} 20']);
    bound.increment();
    expect(counter.getValue({ n: 1 }).value).toBe(21);
  });

  it('adds up in the overflow series, and leaves it when there is room again', async () => {
    const collector = makeCollector({ seriesLimit: 2 });
    let hosts = [1, 2, 3, 4];
    collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      collect: () => hosts.map((n) => ({ value: n, labels: { n } })),
    });
    collector.registerHistogram('h', '', {
      labelNames: ['n'],
      buckets: [0.1, 1],
      collect: () => hosts.map((n) => ({ ...counted([n, n, n], n), labels: { n } })),
    });
    const overflow = '{otel_metric_overflow="true"}';
    for (let i = 0; i < 2; i++) {
      expect(await linesOf(collector, 'a_total', 'h_count')).toEqual([
        'a_total{n="1"} 1',
        'a_total{n="2"} 2',
        `a_total${overflow} 7`,
        'h_count{n="1"} 1',
        'h_count{n="2"} 2',
        `h_count${overflow} 7`,
      ]);
    }
    hosts = [3, 4];
    expect((await linesOf(collector, 'a_total')).sort()).toEqual([
      'a_total{n="3"} 3',
      'a_total{n="4"} 4',
      `a_total${overflow} 0`,
    ]);
  });

  it('is not stored: the source has it after a restart', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const run = async (total: number) => {
      const collector = makeCollector({ persist });
      collector.registerCounter('theirs_total', '', { collect: () => total });
      collector.registerCounter('ours_total').increment(3);
      collector.onCollect(() => {});
      collector.recordEvent('e', 1);
      const lines = await linesOf(collector, 'theirs', 'ours', 'telemetry_events_total');
      await collector.shutdown();
      return lines;
    };
    expect(await run(100)).toEqual([
      'theirs_total 100',
      'ours_total 3',
      'telemetry_events_total 1',
    ]);
    expect(await run(105)).toEqual([
      'theirs_total 105',
      'ours_total 6',
      'telemetry_events_total 2',
    ]);
  });

  it('is stored again once the metric has no callback any more', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const first = makeCollector({ persist, onDuplicate: 'reuse' });
    first.registerCounter('a_total', '', { collect: () => 5 });
    await first.flush();
    first.registerCounter('a_total').increment(2);
    await first.shutdown();
    const second = makeCollector({ persist });
    second.registerCounter('a_total');
    expect(await linesOf(second, 'a_total')).toEqual(['a_total 7']);
  });

  it('is what is shown at the edge, too', async () => {
    const collector = new EdgeCollector({ labels: { service_instance_id: 'x' } });
    onTestFinished(() => collector.shutdown());
    let total = 5;
    collector.registerCounter('a_total', '', {
      labelNames: ['n'],
      collect: () => [{ value: total, labels: { n: 1 } }],
    });
    const gauge = collector.registerGauge('g');
    collector.onCollect(() => gauge.set(total * 2));
    const id = 'service_instance_id="x"';
    expect(await linesOf(collector, 'a_total', 'g{')).toEqual([
      `a_total{${id},n="1"} 5`,
      `g{${id}} 10`,
    ]);
    total = 6;
    expect(await linesOf(collector, 'a_total', 'g{')).toEqual([
      `a_total{${id},n="1"} 6`,
      `g{${id}} 12`,
    ]);
  });
});
