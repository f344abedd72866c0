/**
 * The collector gives way while it reads, and then its threads make, remove and leave series. What it
 * reads must be what it would have read at once when it began.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExemplarLimit } from '../../src/collector/exemplar-limit.ts';
import { RemoteThread, type ThreadHost } from '../../src/collector/remote-thread.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { SeriesTable } from '../../src/collector/series-table.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { FamilyDefinition, MetricFamily } from '../../src/model.ts';
import { addressOf } from '../../src/pages/layout.ts';
import type { MemoryReader } from '../../src/pages/thread-reader.ts';
import type { ThreadClient } from '../../src/protocol/client.ts';

/** There are so many buckets that a part of a reading has few series. */
const BUCKETS = Array.from({ length: 2045 }, (_, i) => i);
const FAMILY: FamilyDefinition = {
  name: 'h',
  description: '',
  type: 'histogram',
  unit: '',
  labelNames: ['who'],
  labels: {},
  shape: { buckets: BUCKETS },
};
const WIDTH = BUCKETS.length + 2;
const ID = 1;
const SERIES_LIMIT = 8;

/** The value of cells that belong to another series by now. */
const TAKEN = -1e12;

const never = new Promise<never>(() => {});
const client = { refresh: () => never, erase: () => never } as unknown as ThreadClient;

class TestThread {
  readonly #cells = new Float64Array(100 * WIDTH);
  readonly #joined: RemoteThread;
  readonly #places = new Map<string, number>();
  #blocks = 0;
  #recorded = 0;

  constructor(table: SeriesTable) {
    const reader: MemoryReader = {
      pages: [this.#cells],
      heartbeat: Infinity,
      setPage() {},
      addSegment() {},
      acknowledge() {},
      drain() {},
    };
    const host: ThreadHost = {
      hasArrived() {},
      makeRoom() {},
      refused() {},
      exemplarLimit: new ExemplarLimit(),
      table,
      now: () => 0,
      conflict() {},
      overflowed() {},
      expired() {},
      isDone: () => false,
      erased() {},
      fail() {},
    };
    const hello = { control: new ArrayBuffer(0), direct: true, main: false, eventsSent: 0 };
    this.#joined = new RemoteThread(1, reader, hello, client, host);
    this.register();
  }

  register(): void {
    this.#joined.family(ID, FAMILY, false);
  }

  record(who: string): void {
    if (this.#places.has(who)) return;
    const index = this.#blocks++ * WIDTH;
    this.#cells[index] = ++this.#recorded;
    this.#cells[index + 1 + (this.#recorded % 1000)] = 1;
    this.#places.set(who, index);
    this.#joined.series(ID, addressOf(0, index), [who], false);
  }

  remove(who: string): void {
    const index = this.#places.get(who);
    if (index === undefined) return;
    this.#places.delete(who);
    this.#joined.seriesRemoved(ID, addressOf(0, index), [who], false);
    this.#cells.fill(TAKEN, index, index + WIDTH);
  }

  erase(who: string): void {
    this.#joined.seriesErased(ID, [who], 0);
  }

  unregister(erased: boolean): void {
    this.#joined.familyRemoved(ID, erased, 0);
    this.#forget();
  }

  leave(): void {
    this.#joined.leave();
    this.#forget();
  }

  #forget(): void {
    this.#places.clear();
    this.#cells.fill(TAKEN);
  }
}

const thread = fc.nat(2);
const who = fc.constantFrom(...'abcdefghijkl');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('record' as const), thread, who }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('remove', 'erase'), thread, who }) },
  fc.record({ what: fc.constantFrom('unregister', 'register anew', 'leave'), thread, who }),
  { weight: 2, arbitrary: fc.record({ what: fc.constant('begin' as const), thread, who }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('read on' as const), thread, who }) },
);

const readable = ({ series, values }: MetricFamily) =>
  series.map(({ labelValues }, i) => [
    ...labelValues,
    ...values.slice(i * WIDTH, (i + 1) * WIDTH).filter((value) => value !== 0),
  ]);

describe('a reading in parts', () => {
  it('gives what there was when it began', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const table = new SeriesTable(READING_KINDS, SERIES_LIMIT);
        const threads = [0, 1, 2].map(() => new TestThread(table));
        const underWay: { work: Iterator<void, MetricFamily>; expected: unknown }[] = [];
        const readOn = (index: number) => {
          const { work, expected } = underWay[index];
          const { done, value } = work.next();
          if (!done) return;
          underWay.splice(index, 1);
          expect(readable(value)).toEqual(expected);
        };
        for (const { what, thread, who } of steps) {
          const one = threads[thread];
          if (what === 'record') {
            // A reading may include what is recorded meanwhile in a series that it has yet to read.
            const family = table.families.get(FAMILY.name)!;
            const isNew = family.size < SERIES_LIMIT && family.find([who], false) === undefined;
            if (underWay.length === 0 || isNew) one.record(who);
          } else if (what === 'remove') one.remove(who);
          else if (what === 'erase') {
            one.erase(who);
            for (const each of threads) each.remove(who);
          } else if (what === 'unregister') {
            one.unregister(true);
            for (const each of threads) each.unregister(false);
            for (const each of threads) each.register();
          } else if (what === 'register anew') {
            one.unregister(false);
            one.register();
          } else if (what === 'leave') {
            one.leave();
            threads[thread] = new TestThread(table);
          } else if (what === 'begin') {
            const family = table.families.get(FAMILY.name)!;
            const expected = readable(runToEnd(family.read({}, 0)));
            const work = family.read({}, 0);
            underWay.push({ work, expected });
            readOn(underWay.length - 1);
          } else if (underWay.length > 0) {
            readOn(thread % underWay.length);
          }
        }
        while (underWay.length > 0) readOn(0);
      }),
      { numRuns: 500 },
    );
  });

  it('has each family once, whatever is registered anew meanwhile', () => {
    const table = new SeriesTable(READING_KINDS, SERIES_LIMIT);
    const names = ['a', 'b', 'c'];
    const define = (name: string) => table.define({ ...FAMILY, name })!;
    for (const name of names) table.series(define(name), ['x'], false);
    const work = table.read({}, 0);
    work.next();
    for (const name of names) {
      table.delete(table.families.get(name)!);
      table.series(define(name), ['y'], false);
    }
    expect(runToEnd(work).map(({ name }) => name)).toEqual(names);
  });
});
