/** Tests since when series count, where clocks, threads and collectors change. */
import { Worker } from 'node:worker_threads';
import type { JsonScalar, TelemetryCollector } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AbsentThread } from '../../src/collector/absent-thread.ts';
import { ExemplarLimit } from '../../src/collector/exemplar-limit.ts';
import { RemoteThread, type ThreadHost } from '../../src/collector/remote-thread.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { MemoryReader } from '../../src/pages/thread-reader.ts';
import type { ThreadClient } from '../../src/protocol/client.ts';
import { makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const FAMILY = {
  ...{ name: 'a_total', description: '', type: 'counter', unit: '' },
  ...{ labelNames: ['n'], labels: {}, shape: {} },
};

/** Makes a thread that speaks to a collector whose clock stands at 2000. */
function makeThread() {
  const pages = [new Float64Array(512)];
  const reader: MemoryReader = {
    ...{ pages, heartbeat: Infinity },
    setPage() {},
    addSegment() {},
    acknowledge() {},
    drain() {},
  };
  const never = new Promise<never>(() => {});
  const client = { refresh: () => never, erase: () => never } as unknown as ThreadClient;
  const host = (): ThreadHost => ({
    table: new SeriesTable(READING_KINDS, 100),
    now: () => 2000,
    exemplarLimit: new ExemplarLimit(),
    isDone: () => false,
    hasArrived() {},
    makeRoom() {},
    refused() {},
    conflict() {},
    overflowed() {},
    expired() {},
    erased() {},
    fail() {},
  });
  const hello = { control: new ArrayBuffer(0), direct: true, main: false, eventsSent: 0 };
  const first = host();
  const thread = new RemoteThread(1, reader, hello, client, first, { mirrored: true });
  thread.addPage(1, new Float64Array(512));
  thread.family(1, FAMILY, false);
  const createdIn = ({ table }: ThreadHost) => table.families.get('a_total')!.created;
  /** What the collector says, and what the one would that replaces it. */
  const created = () => {
    const part = thread.unkept()!;
    const pageZero = { ...part, pages: [...part.pages, [0, pages[0]!] as const] };
    const next = host();
    new AbsentThread({ id: 1, lock: undefined, unheard: [] }, [pageZero], next);
    return [createdIn(first), createdIn(next)];
  };
  return { thread, created };
}

async function createdOf(collector: TelemetryCollector, name: string): Promise<number> {
  const { metrics } = await collector.getSnapshot();
  const [entry] = [metrics[name] ?? []].flat() as JsonScalar[];
  return Number(entry?.created);
}

describe('since when a series counts', () => {
  afterEach(() => void vi.useRealTimers());

  it('is the same for a collector that replaces another, overflow series included', () => {
    const { thread, created } = makeThread();
    thread.time(1000);
    thread.series(1, 0, ['a'], false);
    thread.series(1, 1, [], true);
    expect(created()).toEqual([
      [1000, 1000],
      [1000, 1000],
    ]);
  });

  it('is the same when the mirror of a thread begins anew', () => {
    const { thread, created } = makeThread();
    thread.time(1000);
    thread.series(1, 0, ['a'], false);
    thread.unkept();
    thread.notKept();
    thread.series(1, 1, ['b'], false);
    expect(created()).toEqual([
      [1000, 1000],
      [1000, 1000],
    ]);
  });

  it.each([Number.NaN, -1, 1e12])('is now if a thread says %d', (seconds) => {
    const { thread, created } = makeThread();
    thread.time(seconds);
    thread.series(1, 0, ['a'], false);
    expect(created()).toEqual([[2000], [2000]]);
  });

  it('is not before the series was cleared, although the worker has died since', async () => {
    const workers: Worker[] = [];
    const worker = () => {
      workers.push(new Worker(new URL('../../dist/worker.js', import.meta.url)));
      return workers.at(-1)!;
    };
    const collector = makeCollector({ link: 'auto', worker });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    await collector.flush();
    const registered = Date.now();
    while (Date.now() <= registered + 1);
    counter.clear();
    await collector.flush();
    expect(await createdOf(collector, 'a_total')).toBeGreaterThan(registered / 1000);
    await workers[0]!.terminate();
    expect(await createdOf(collector, 'a_total')).toBeGreaterThan(registered / 1000);
  });

  it('is not in the future, although a clock was ahead when it was stored', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1.8e12 });
    const persist = { name: 'app', directory: await makeFolder() };
    const register = (collector: TelemetryCollector) =>
      collector.registerCounter('a_total', '', { labelNames: ['n'] });
    const first = makeCollector({ persist });
    register(first).increment(1, { n: 'x' });
    await first.shutdown();
    vi.setSystemTime(1.7e12);
    const second = makeCollector({ persist });
    register(second);
    expect(await createdOf(second, 'a_total')).toBe(1.7e9);
  });
});
