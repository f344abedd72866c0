import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { remoteWrite } from '../../src/formats/remote-write/remote-write.ts';
import { splitBody } from '../../src/formats/remote-write/split-body.ts';
import type { MetricFamily, SeriesLabels } from '../../src/model.ts';
import { rich } from './any-family.ts';
import { at, bodiesOf, crumbs, readAll, sentIn } from './remote-write-sent.ts';

const VERSIONS = ['1.0', '2.0'] as const;
const labelNames = ['i'];

/** Makes series that count how often somebody looks at their labels. */
function watched(count: number, looked: { times: number }): readonly SeriesLabels[] {
  return Array.from({ length: count }, (_, i) => ({
    labelNames,
    get labelValues() {
      looked.times++;
      return [`${i}`];
    },
  }));
}

const counters = (series: readonly SeriesLabels[], name = 'a'): MetricFamily => ({
  ...rich({ name, type: 'counter', labelNames }),
  series,
  values: Float64Array.from(series, (_, i) => i),
});

describe.each(VERSIONS)('bodies of remote write %s', (version) => {
  it('are as large as they may be, and no larger', () => {
    const series = watched(5000, { times: 0 });
    const sizes = (maxSeries?: number, maxBytes?: number) =>
      bodiesOf(remoteWrite.open(), at(1, counters(series)), { version, maxSeries, maxBytes });
    expect(sizes().map(({ ends }) => ends.length)).toEqual([2000, 2000, 1000]);
    const small = sizes(2000, 20_000);
    expect(small.length).toBeGreaterThan(5);
    for (const { bytes } of small.slice(0, -1)) {
      expect(bytes.length).toBeLessThanOrEqual(20_000);
      expect(bytes.length).toBeGreaterThan(19_900);
    }
    expect(sentIn(readAll(small)).size).toBe(5000);
  });

  it('have small families together', () => {
    const families = Array.from({ length: 50 }, (_, i) => rich({ name: `m${i}` }));
    expect(bodiesOf(remoteWrite.open(), at(1, ...families), { version })).toHaveLength(1);
  });

  it('do not encode labels again, and no other body when a family gets more series', () => {
    const looked = { times: 0 };
    const writer = remoteWrite.open();
    const series = watched(5000, looked);
    const few = rich({ name: 'z' });
    const write = (family: MetricFamily, time: number) => {
      looked.times = 0;
      const all = readAll(bodiesOf(writer, at(time, family, few), { version }));
      return { looks: looked.times, all: sentIn(all) };
    };
    expect(write(counters(series), 1).looks).toBe(5000);
    const family = counters(series);
    family.values.fill(7);
    const { looks, all } = write(family, 2);
    expect(looks).toBe(0);
    expect([...new Set([...all.values()].map(({ time }) => time))]).toEqual([2000]);
    const more = [...series, ...watched(1, looked)].map((one, i) =>
      i < 5000 ? one : { labelNames, labelValues: ['new'] },
    );
    // The last thousand are in the same body.
    expect(write(counters(more), 3).looks).toBe(1000);
    expect(write(counters(more.slice(0, 4999)), 4).all.size).toBe(5002);
  });

  it('stay as they are while somebody reads them', () => {
    const writer = remoteWrite.open();
    const family = counters(watched(3, { times: 0 }));
    const write = (time: number) => runToEnd(writer.write(at(time, family), { version }));
    const first = write(1);
    const copy = first.bodies[0].bytes.slice();
    const second = write(2);
    expect(first.bodies[0].bytes).toEqual(copy);
    first.done();
    second.done();
    const third = write(3);
    expect(third.bodies[0].bytes.buffer).toBe(second.bodies[0].bytes.buffer);
    expect(sentIn(readAll(third.bodies)).values().next().value?.time).toBe(3000);
  });

  it('can be split until each has one series, with the texts that it needs', () => {
    const families = [
      rich({ name: 'a', description: 'A', labels: { l: 'v' }, type: 'counter', created: [0.5] }),
      rich({ name: 'b', description: 'B', unit: 'bytes' }),
      rich({ name: 'c', description: 'A' }),
    ].map((family) => ({
      ...family,
      exemplars: new Map([
        [family.series[0], [{ labels: { id: family.name }, value: 1, timestamp: 1 }]],
      ]),
    }));
    const [body] = bodiesOf(remoteWrite.open(), at(1, ...families), { version });
    const parts = crumbs(body);
    expect(parts).toHaveLength(3);
    expect(readAll(parts)).toEqual(readAll([body]));
    expect(() => splitBody(parts[0])).toThrow('a body of 1 series cannot be split');
  });

  it('are written in short slices', () => {
    const family = counters(watched(20_000, { times: 0 }));
    const writer = remoteWrite.open();
    const slices = (final: boolean) => {
      const work = writer.write(at(1, family), { version, final });
      let count = 1;
      while (!work.next().done) count++;
      return count;
    };
    expect(slices(false)).toBeGreaterThan(20_000 / 200);
    expect(slices(true)).toBeGreaterThan(20_000 / 200);
  });

  it('have times that never repeat, although a time gets longer', () => {
    const writer = remoteWrite.open();
    const times = [1, 1, 0, NaN, 5, 1e7, 1.7e9].map((time) => {
      const all = readAll(bodiesOf(writer, at(time, rich({})), { version }));
      return all[0].samples[0].timestamp;
    });
    expect(times).toEqual([1000, 1001, 1002, 1003, 5000, 1e10, 1.7e12]);
  });
});
