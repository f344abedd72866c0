/** Series that nobody records go, over several threads, by a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { OwnerSession } from '../../src/collector/sessions.ts';
import { type BoundCounter, recordingCounter } from '../../src/kinds/counter/recording.ts';
import { type BoundGauge, recordingGauge } from '../../src/kinds/gauge/recording.ts';
import { attachMemory } from '../../src/links/attached-memory.ts';
import { directLink } from '../../src/links/direct-link.ts';
import type { LinkOwner } from '../../src/links/link.ts';
import { Registry } from '../../src/metrics/registry.ts';
import type { IdleSeries } from '../../src/model.ts';
import { ThreadMemory } from '../../src/pages/thread-memory.ts';
import { servicesHere } from '../../src/places/collector-services.ts';
import { partInWorker } from '../../src/places/part-code.ts';
import type { OwnerClient } from '../../src/protocol/client.ts';
import type { CollectorService } from '../../src/protocol/service.ts';
import { ManualClock } from './manual-clock.ts';

const AFTER = 60;

class Thread {
  readonly registry = new Registry({
    shared: true,
    seriesLimit: 100,
    logger: { warn() {}, error() {} },
    onRegister() {},
    onErasure() {},
    sendExemplars: () => undefined,
    after: () => () => {},
  });
  /** Runs before the thread does what the collector asks. */
  meanwhile = () => {};
  readonly asked: IdleSeries[] = [];
  readonly client: Partial<OwnerClient> = {
    refresh: async () => false,
    collected: async () => {},
    expire: async (idle) => {
      this.asked.push(...idle);
      this.meanwhile();
      this.registry.expire(idle);
    },
    warn: async () => {},
    delivery: async () => {},
    keep: async () => {},
    threadLeft: async () => {},
    collectionRan: async () => {},
    erase: async () => {},
  };

  async join(service: CollectorService, main: boolean): Promise<void> {
    const memory = new ThreadMemory(this.registry.cells);
    const events = () => ({ eventsSent: 0 });
    const owner = { memory, main, events, onJoined() {}, onRefused() {} } as unknown as LinkOwner;
    const channel = { service, fail() {}, close() {} };
    attachMemory(this.registry, memory, directLink('shared', channel as never, owner));
    await service.arrived();
    // Its heartbeat is not watched, since it has none.
    memory.beat(Infinity);
  }

  counter(labelNames = ['n']) {
    const options = { labelNames, expireAfter: AFTER };
    return this.registry.register(recordingCounter, 'a_total', '', options);
  }
}

/** Makes a collector with several threads in this one. @param given threads that had another collector */
async function start(threads = 1, given: readonly Thread[] = []) {
  const clock = new ManualClock();
  const all = [...given, ...Array.from({ length: threads }, () => new Thread())];
  const services = {
    ...servicesHere({ loadPart: partInWorker }),
    clock,
    inSlices: async <R>(work: Iterator<void, R>) => runToEnd(work),
  };
  const session = new OwnerSession(all[0]!.client as OwnerClient, services);
  await session.configure({
    ...{ interval: 1e6, eventLimit: 10, seriesLimit: 100, labels: {}, names: 'legacy' },
    ...{ mortal: false, persist: undefined, handover: undefined, erased: [], parts: [] },
  });
  await all[0]!.join(session, true);
  const join = async (thread = new Thread()) => {
    const joined = new OwnerSession(thread.client as OwnerClient, services);
    const { collector } = session as unknown as { collector: object };
    Object.assign(joined, { collector });
    await thread.join(joined, false);
    return thread;
  };
  for (const thread of all.slice(1)) await join(thread);
  const shown = async (name: string) => {
    const { metrics } = (await session.snapshot()) as {
      metrics: Record<string, { value: number; labels: Record<string, string> }[]>;
    };
    const series = [metrics[name] ?? []].flat();
    return Object.fromEntries(
      series.map(({ labels, value }) => [Object.values(labels).join(), value]),
    );
  };
  return { clock, all, session, shown, join };
}

describe('a series that expires', () => {
  it('stays for as long as somebody records it', async () => {
    const { clock, all, shown } = await start();
    const gauge = all[0]!.registry.register(recordingGauge, 'g', '', { expireAfter: AFTER });
    const latest = all[0]!.registry.register(recordingGauge, 'latest', '', {
      ...{ expireAfter: AFTER, combine: 'last' },
    } as object);
    const counter = all[0]!.counter();
    for (let i = 0; i < 10; i++) {
      // The value that it has is a value, too.
      gauge.set(7);
      latest.set(7);
      counter.increment(1, { n: 'busy' } as never);
      await clock.pass(AFTER - 10);
    }
    expect(await shown('a_total')).toEqual({ busy: 10 });
    expect(await shown('g')).toEqual({ '': 7 });
    await clock.pass(AFTER + 10);
    expect(await shown('a_total')).toEqual({});
    expect([await shown('g'), await shown('latest')]).toEqual([{}, {}]);
    gauge.set(7);
    expect(await shown('g')).toEqual({ '': 7 });
    expect(await shown('telemetry_series_expired_total')).toEqual({ a_total: 1, g: 1, latest: 1 });
  });

  it('gives its cells back, and its place within the series limit', async () => {
    const { clock, all, shown } = await start();
    const [{ registry }] = all as [Thread];
    registry.seriesLimit = 10;
    const counter = all[0]!.counter();
    let pages = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 10; i++) counter.increment(1, { n: `${round} ${i}` } as never);
      expect(Object.keys(await shown('a_total'))).toHaveLength(10);
      await clock.pass(2 * AFTER);
      if (round === 1) pages = registry.cells.filled[0]!;
    }
    expect(registry.cells.filled).toEqual([pages]);
    expect(await shown('telemetry_series_overflow_total')).toEqual({});
    expect(await shown('telemetry_series_expired_total')).toEqual({ a_total: 500 });
  });

  it('stays if it was recorded after the collector looked', async () => {
    const { clock, all, shown } = await start();
    const [thread] = all as [Thread];
    const bound = thread.counter().labels({ n: 'x' } as never);
    bound.increment(5);
    thread.meanwhile = () => bound.increment(1);
    await shown('a_total');
    await clock.pass(1.5 * AFTER);
    expect(thread.asked).not.toEqual([]);
    expect(await shown('a_total')).toEqual({ x: 6 });
    expect(await shown('telemetry_series_expired_total')).toEqual({});
  });

  it('keeps what others had counted if one thread goes on', async () => {
    const { clock, all, shown } = await start(3);
    const bound = all.map((thread) => thread.counter().labels({ n: 'x' } as never));
    for (const [i, one] of bound.entries()) one.increment(10 ** i);
    all[1]!.meanwhile = () => bound[1]!.increment(1);
    await shown('a_total');
    await clock.pass(1.5 * AFTER);
    expect(await shown('a_total')).toEqual({ x: 112 });
    all[1]!.meanwhile = () => {};
    // The handles of the threads that let it go take new cells. The total goes on.
    for (const one of bound) one.increment(1000);
    expect(await shown('a_total')).toEqual({ x: 3112 });
    await clock.pass(1.5 * AFTER);
    expect(await shown('a_total')).toEqual({});
    bound[2]!.increment(2);
    expect(await shown('a_total')).toEqual({ x: 2 });
    expect(await shown('telemetry_series_expired_total')).toEqual({ a_total: 1 });
  });

  it('goes with what an ended thread has left of it', async () => {
    const { clock, all, session, shown } = await start(2);
    for (const thread of all) thread.counter().increment(1, { n: 'x' } as never);
    const { collector } = session as unknown as {
      collector: { threads: { all: Set<object> }; leave(id: number, thread: object): void };
    };
    const [, second] = [...collector.threads.all];
    collector.leave(-1, second!);
    expect(await shown('a_total')).toEqual({ x: 2 });
    await clock.pass(1.5 * AFTER);
    expect(await shown('a_total')).toEqual({});
  });

  it('does not make a stuck thread answer for each look', async () => {
    const { clock, all, shown } = await start();
    const [thread] = all as [Thread];
    thread.counter().increment(1, { n: 'x' } as never);
    await shown('a_total');
    let asked = 0;
    thread.client.expire = () => {
      asked++;
      return new Promise(() => {});
    };
    await clock.pass(20 * AFTER);
    expect(asked).toBe(1);
    expect(await shown('a_total')).toEqual({ x: 1 });
  });
});

describe('a handle of a series that has expired', () => {
  const expired = async () => {
    const { clock, all, shown } = await start();
    const counter = all[0]!.counter();
    const old = counter.labels({ n: 'x' } as never) as BoundCounter;
    old.increment(5);
    await shown('a_total');
    await clock.pass(1.5 * AFTER);
    expect(await shown('a_total')).toEqual({});
    return { all, counter, old, shown };
  };

  it('records into the series that took its place', async () => {
    const { counter, old, shown } = await expired();
    counter.increment(1, { n: 'x' } as never);
    old.increment(1);
    counter.increment(1, { n: 'x' } as never);
    expect(await shown('a_total')).toEqual({ x: 3 });
  });

  it('shares the series with a handle that was bound since', async () => {
    const { counter, old, shown } = await expired();
    const newer = counter.labels({ n: 'x' } as never);
    for (let i = 0; i < 3; i++) {
      newer.increment(1);
      old.increment(10);
    }
    expect(await shown('a_total')).toEqual({ x: 33 });
    counter.remove({ n: 'x' } as never);
    newer.increment(1);
    expect(await shown('telemetry_errors_total')).toEqual({ removed_series: 1 });
  });

  it('refuses what a handle refuses', async () => {
    const { all, old, shown } = await expired();
    old.increment(Number.NaN);
    expect(await shown('telemetry_errors_total')).toEqual({ invalid_value: 1 });
    all[0]!.registry.unregister('a_total');
    old.increment(1);
    const gauge = all[0]!.registry.register(recordingGauge, 'g', '', {});
    (gauge.single as BoundGauge).set(1);
    expect(await shown('a_total')).toEqual({});
    expect(await shown('telemetry_errors_total')).toEqual({ invalid_value: 1, removed_series: 1 });
  });
});

/** Ends a thread, as the collector sees it. */
const leave = (session: OwnerSession, at: number) => {
  const { collector } = session as unknown as {
    collector: { threads: { all: Set<object> }; leave(id: number, thread: object): void };
  };
  collector.leave(-1, [...collector.threads.all][at]!);
};

describe('a series that is recorded does not expire', () => {
  it('if threads that count the same come and go', async () => {
    const { clock, all, session, shown, join } = await start();
    all[0]!.counter();
    for (let i = 0; i < 10; i++) {
      const thread = await join();
      thread.counter().increment(1, { n: 'x' } as never);
      await clock.pass(AFTER / 6);
      expect(await shown('a_total')).toEqual({ x: i + 1 });
      leave(session, 1);
    }
  });

  it('if another thread comes to the count of one that has ended', async () => {
    const { clock, all, session, shown } = await start(2);
    all[1]!.counter().increment(1, { n: 'x' } as never);
    const mine = all[0]!.counter();
    await shown('a_total');
    await clock.pass(20);
    leave(session, 1);
    await clock.pass(35);
    mine.increment(1, { n: 'x' } as never);
    await shown('a_total');
    await clock.pass(12);
    expect(await shown('a_total')).toEqual({ x: 2 });
  });

  it('if it is reset and set to the same again and again', async () => {
    const { clock, all, session, shown } = await start();
    const options = { labelNames: ['n'], expireAfter: AFTER };
    const gauge = all[0]!.registry.register(recordingGauge, 'g', '', options);
    const counter = all[0]!.counter();
    await shown('g');
    for (let i = 0; i < 30; i++) {
      for (const metric of [gauge, counter]) {
        metric.resetSeries();
        await session.reset({ what: 'reset', family: metric.name });
      }
      gauge.set(7, { n: 'x' } as never);
      counter.increment(1, { n: 'x' } as never);
      await clock.pass(AFTER / 10);
    }
    expect(await shown('telemetry_series_expired_total')).toEqual({});
    for (let i = 0; i < 30; i++) {
      gauge.resetSeries();
      await session.reset({ what: 'reset', family: 'g' });
      await clock.pass(AFTER / 10);
    }
    expect(await shown('telemetry_series_expired_total')).toEqual({ a_total: 1, g: 1 });
  });

  it('in another thread that has recorded it for the first time just now', async () => {
    const { clock, all, shown } = await start(2);
    const [one, other] = all as [Thread, Thread];
    const theirs = other.counter();
    one.counter().increment(5, { n: 'x' } as never);
    one.meanwhile = () => {
      one.meanwhile = () => {};
      theirs.increment(1, { n: 'x' } as never);
    };
    await shown('a_total');
    await clock.pass(1.5 * AFTER);
    expect(await shown('a_total')).toEqual({ x: 6 });
  });
});

describe('threads that do not answer', () => {
  it('keep nobody else from letting series go', async () => {
    const { clock, all, shown } = await start(2);
    all[1]!.counter().increment(1, { n: 'x' } as never);
    all[1]!.client.expire = () => new Promise(() => {});
    await shown('a_total');
    await clock.pass(2 * AFTER);
    all[0]!.counter().increment(1, { n: 'y' } as never);
    await shown('a_total');
    await clock.pass(20 * AFTER);
    expect(await shown('a_total')).toEqual({ x: 1 });
  });

  it('do not make others let their parts of a gauge go', async () => {
    const { clock, all, shown } = await start(2);
    const gauges = all.map(({ registry }) =>
      registry.register(recordingGauge, 'g', '', { labelNames: ['n'], expireAfter: AFTER }),
    );
    const other = all[1]!.registry.register(recordingGauge, 'other', '', { expireAfter: AFTER });
    other.set(1);
    all[1]!.client.expire = () => new Promise(() => {});
    await shown('g');
    // This asks the second thread, which never answers.
    await clock.pass(1.5 * AFTER);
    gauges[0]!.set(10, { n: 'x' } as never);
    gauges[1]!.set(5, { n: 'x' } as never);
    await shown('g');
    await clock.pass(1.5 * AFTER);
    gauges[0]!.decrement(1, { n: 'x' } as never);
    expect(await shown('g')).toEqual({ x: 14 });
  });
});

describe('a thread', () => {
  it('says to the next collector what it has let go, if the one before has not kept it', async () => {
    const first = await start(2);
    const [owner, thread] = first.all as [Thread, Thread];
    const [mine, theirs] = [owner, thread].map((one) => one.counter().labels({ n: 'x' } as never));
    mine!.increment(5);
    theirs!.increment(1000);
    await first.shown('a_total');
    // The thread does what it was asked, and the collector does not live to hear of it.
    let told: IdleSeries | undefined;
    thread.client.expire = async ([asked]) => {
      told ??= asked;
    };
    owner.client.expire = async () => {};
    while (!told) await first.clock.pass(1);
    thread.registry.expire([told]);
    theirs!.increment(1);
    const second = await start(0, [owner, thread]);
    expect(await second.shown('a_total')).toEqual({ x: 1006 });
    // It says so once.
    const third = await start(0, [owner, thread]);
    expect(await third.shown('a_total')).toEqual({ x: 6 });
  });

  it('cannot make others lose what expires nowhere', async () => {
    const { all, session, shown } = await start(2);
    const { own } = (session as unknown as { collector: { own: { error(reason: string): void } } })
      .collector;
    own.error('thread_unreadable');
    const errors = all[1]!.registry.all.find(({ name }) => name === 'telemetry_errors_total')!;
    all[1]!.registry.fail('thread_unreadable', 'x');
    expect(await shown('telemetry_errors_total')).toEqual({ thread_unreadable: 2 });
    const series = errors.of(['thread_unreadable']) as BoundCounter;
    errors.expire({
      ...{ family: errors.name, labelValues: ['thread_unreadable'], activity: 1 },
      address: series.address,
    });
    expect(await shown('telemetry_errors_total')).toEqual({ thread_unreadable: 1 });
  });

  it('that does not expire its gauges can record those that do elsewhere', async () => {
    const { clock, all, shown } = await start(2);
    const [one, other] = all as [Thread, Thread];
    const expiring = { labelNames: ['n'], expireAfter: AFTER };
    one.registry.register(recordingGauge, 'g', '', expiring).set(1, { n: 'x' } as never);
    const theirs = other.registry.register(recordingGauge, 'g', '', { labelNames: ['n'] });
    theirs.set(2, { n: 'x' } as never);
    theirs.set(100, { n: 'y' } as never);
    expect(await shown('g')).toEqual({ x: 3, y: 100 });
    await clock.pass(1.5 * AFTER);
    expect(await shown('g')).toEqual({});
    theirs.set(2, { n: 'x' } as never);
    expect(await shown('g')).toEqual({ x: 2 });
  });

  it('shows a series again that gets a callback after it has expired', async () => {
    const { clock, all, shown } = await start();
    const [{ registry }] = all as [Thread];
    const gauge = registry.register(recordingGauge, 'g', '', { expireAfter: AFTER });
    gauge.set(1);
    await shown('g');
    await clock.pass(1.5 * AFTER);
    expect(await shown('g')).toEqual({});
    gauge.collectWith({ collect: () => 7, expireAfter: AFTER } as never);
    gauge.set(7);
    expect(await shown('g')).toEqual({ '': 7 });
  });
});
