/** Tests native buckets whose thread ends before it has heard of a reset, or while they are merged. */
import { describe, expect, it } from 'vitest';
import { ExemplarLimit } from '../../src/collector/exemplar-limit.ts';
import { RemoteThread, type ThreadHost } from '../../src/collector/remote-thread.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import { blockWith, countsIn } from '../../src/kinds/native/native-counts.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { MemoryReader } from '../../src/pages/thread-reader.ts';
import type { ThreadClient } from '../../src/protocol/client.ts';
import { makeCollector } from '../collectors.ts';

const NATIVE = { schema: 5, maxBuckets: 160, zeroThreshold: 2 ** -128, reduces: true };
const ID = 1;

/** Returns the block of a series that has observed the values. */
function blockOf(...values: readonly number[]): number[] {
  const histogram = makeCollector().registerHistogram('h', '', { native: true });
  for (const value of values) histogram.observe(value);
  const { cells, index } = histogram.single;
  return blockWith(countsIn(cells, index, NATIVE, 0));
}

function makeThread() {
  const pages = [new Float64Array(4096)];
  const reader: MemoryReader = {
    ...{ pages, heartbeat: Infinity },
    setPage() {},
    addSegment() {},
    acknowledge() {},
    drain() {},
  };
  const never = new Promise<never>(() => {});
  const client = { refresh: () => never, erase: () => never } as unknown as ThreadClient;
  const table = new SeriesTable(READING_KINDS, 100);
  const host: ThreadHost = {
    table,
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
  };
  const hello = { control: new ArrayBuffer(0), direct: true, main: false, eventsSent: 0 };
  const thread = new RemoteThread(1, reader, hello, client, host);
  const definition = {
    ...{ name: 'h', description: '', type: 'histogram', unit: '' },
    ...{ labelNames: ['n'], labels: {}, shape: { buckets: [], native: NATIVE } },
  };
  thread.family(ID, definition, false);
  const write = (address: number, block: readonly number[]) => pages[0]!.set(block, address);
  const read = () => {
    const family = table.families.get('h');
    if (!family) return {};
    const { series, values } = runToEnd(family.read({}, 2000));
    const pairs = series.map(({ labelValues }, i) => {
      return [labelValues[0], { sum: values[2 * i], count: values[2 * i + 1] }] as const;
    });
    return Object.fromEntries(pairs);
  };
  return { thread, write, read, table };
}

describe('native buckets that are merged in parts', () => {
  it('are all there, although a series is removed meanwhile and its number is taken', () => {
    const { thread, write, table } = makeThread();
    const names = ['a', 'b', 'c', 'd'];
    names.forEach((name, i) => {
      write(1000 * i, blockOf(1 + i));
      thread.series(ID, 1000 * i, [name], false);
    });
    const family = table.families.get('h')!;
    const sums: number[] = [];
    const merging = family.merge((_, [sum]) => void sums.push(sum!));
    merging.next();
    expect(sums).toEqual([1]);
    family.delete(['a']);
    runToEnd(merging);
    expect(sums).toEqual([1, 2, 3, 4]);
  });
});

describe('a thread with native buckets that ends before it has heard of a reset', () => {
  it('leaves what it has observed since, wherever its blocks have gone', () => {
    const { thread, write, read } = makeThread();
    write(0, blockOf(1, 2));
    write(1000, blockOf(1));
    thread.series(ID, 0, ['moved'], false);
    thread.series(ID, 1000, ['stays'], false);
    thread.erase({ what: 'reset', family: 'h', id: 1 });
    expect(read()).toEqual({ moved: { sum: 0, count: 0 }, stays: { sum: 0, count: 0 } });
    write(2000, blockOf(1, 2, 1e6));
    thread.seriesMoved(ID, 0, 2000, ['moved'], false);
    // It has grown again, and another series has the first block by now.
    write(3000, blockOf(1, 2, 1e6, 1e-6));
    thread.seriesMoved(ID, 2000, 3000, ['moved'], false);
    write(0, blockOf(1, 1, 1, 1, 1));
    thread.series(ID, 0, ['new'], false);
    thread.leave();
    expect(read()).toEqual({
      moved: { sum: expect.closeTo(1e6 + 1e-6, 9), count: 2 },
      new: { sum: 5, count: 5 },
    });
  });

  it.each([NaN, -1, 0.5, 1e9, Infinity])('leaves nothing of a block of %d cells', (size) => {
    const { thread, write, read } = makeThread();
    write(0, blockOf(1, 2));
    thread.series(ID, 0, ['a'], false);
    thread.erase({ what: 'reset', family: 'h', id: 1 });
    write(1, [size]);
    thread.leave();
    expect(read()).toEqual({});
  });
});
