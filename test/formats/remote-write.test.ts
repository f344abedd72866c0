import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { chosenFormat } from '../../src/formats/negotiation.ts';
import { prometheusText } from '../../src/formats/prometheus-format.ts';
import type { RemoteWriteOptions } from '../../src/formats/remote-write/options.ts';
import { remoteWrite } from '../../src/formats/remote-write/remote-write.ts';
import type { MetricFamily, SeriesLabels, Snapshot } from '../../src/model.ts';
import { anySnapshot, LEGACY, ODD, rich } from './any-family.ts';
import { at, bodiesOf, crumbs, readAll, type Sent, sentIn } from './remote-write-sent.ts';
import { expectedSeries, plainHistogram } from './remote-write-series.ts';

const VERSIONS = ['1.0', '2.0'] as const;

describe('remote write', () => {
  it('is found by its name and version, and never by an Accept header', () => {
    const formats = [prometheusText, remoteWrite] as const;
    const asked = (version?: string) => chosenFormat(formats, { format: 'remote-write', version });
    expect(asked()).toMatchObject({ version: '1.0', contentType: 'application/x-protobuf' });
    expect(asked('2.0')).toMatchObject({
      version: '2.0',
      contentType: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    });
    for (const accept of ['application/x-protobuf', 'application/*', '*/*']) {
      expect(chosenFormat(formats, { accept }).format).toBe(prometheusText);
    }
  });

  it('has the bytes that the specification says', () => {
    const family = rich({ name: 'a', type: 'counter', labels: { l: 'v' }, numbers: [[1]] });
    const [first] = bodiesOf(remoteWrite.open(), at(1.5, family));
    expect(Buffer.from(first.bytes).toString('hex')).toBe(
      [
        '0a25', // a series of 37 bytes
        '0a0d', // a label of 13 bytes
        '0a085f5f6e616d655f5f120161', // its name and its value
        '0a06', // a label of 6 bytes
        '0a016c120176',
        '120c', // a sample of 12 bytes
        '09000000000000f03f', // 1
        '10dc0b', // 1500
      ].join(''),
    );
    const [second] = bodiesOf(remoteWrite.open(), at(1.5, family), { version: '2.0' });
    expect(Buffer.from(second.bytes).toString('hex')).toBe(
      [
        '2200', // the first text, which is empty
        '22085f5f6e616d655f5f',
        '220161',
        '22016c',
        '220176',
        '2a1c', // a series of 28 bytes
        '0a0401020304', // the numbers of its texts
        '2a06080118002000', // that it is a counter, without a description and without a unit
        '120c09000000000000f03f10dc0b',
      ].join(''),
    );
  });

  it.each(VERSIONS)('%s says of any snapshot what it is', (version) => {
    const options = fc.record({
      extraLabels: fc.constantFrom({}, { job: 'j', a: 'x', Z: 'y' }, { instance: '' }),
      histograms: fc.constantFrom('native', 'classic', 'both'),
      maxSeries: fc.constantFrom(1, 3, 2000),
      maxBytes: fc.constantFrom(1, 300, 1e6),
    });
    const snapshot = fc.oneof(anySnapshot(LEGACY), anySnapshot(ODD));
    fc.assert(
      fc.property(snapshot, options, (any, chosen) => {
        const bodies = bodiesOf(remoteWrite.open(), any, { version, ...chosen });
        for (const { ends, bytes } of bodies) {
          expect(ends.length).toBeGreaterThan(0);
          expect(ends.length).toBeLessThanOrEqual(chosen.maxSeries);
          expect(ends.length === 1 || bytes.length <= chosen.maxBytes).toBe(true);
        }
        const sent = sentIn(readAll(bodies));
        expectSent(sent, any, chosen, version);
        // And it stays so if bodies are split.
        const parts = readAll(bodies.flatMap(crumbs));
        expect(sentIn(parts)).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  it.each(VERSIONS)('%s remembers the last snapshot, and it does not show', (version) => {
    const step = fc.record({
      snapshot: fc.nat(1),
      families: fc.array(fc.nat(4), { maxLength: 5 }),
      items: fc.array(fc.nat(3), { maxLength: 4 }),
      change: fc.constantFrom(undefined, 0, 7, NaN),
      created: fc.constantFrom(undefined, 5),
      time: fc.constantFrom(-3600, -0.001, 0, 0.001, 30, NaN),
      isRead: fc.boolean(),
      isFinal: fc.constantFrom(false, false, false, true),
      options: fc.record({
        extraLabels: fc.constantFrom({}, {}, { job: 'j' }),
        histograms: fc.constantFrom('native', 'native', 'both', 'classic'),
        maxSeries: fc.constantFrom(5, 2000),
        maxBytes: fc.constantFrom(1e6, 400),
      }),
    });
    const snapshots = fc.tuple(anySnapshot(LEGACY), anySnapshot(LEGACY));
    fc.assert(
      fc.property(snapshots, fc.array(step, { minLength: 2, maxLength: 8 }), (all, steps) => {
        const writer = remoteWrite.open();
        const lists = new Map<string, readonly SeriesLabels[]>();
        let last = 0;
        let now = 1.6e9;
        let known = new Map<string, unknown>();
        for (const { options, ...one } of steps) {
          const chosen = all[one.snapshot].families
            .filter((_, i) => one.families.includes(i))
            .map((family) => {
              const some = withItems(family, one.items, lists);
              if (one.change !== undefined && some.data === 'number') some.values.fill(one.change);
              return one.created && some.created
                ? { ...some, created: some.series.map(() => one.created!) }
                : some;
            });
          now += one.time || 0;
          const any = at(Number.isNaN(one.time) ? NaN : now, ...chosen);
          const given = { ...options, version, final: one.isFinal };
          const { bodies, done } = runToEnd(writer.write(any, given));
          const sent = sentIn(readAll(bodies));
          if (!one.isRead) done();
          const expected = one.isFinal ? new Map() : expectedSeries(any, options);
          const live = new Map([...sent].filter(([, { isStale }]) => !isStale));
          if (!one.isFinal) expectSent(live, any, options, version);
          const gone = [...known.keys()].filter((key) => !expected.has(key));
          expect([...sent.keys()].filter((key) => !live.has(key)).sort()).toEqual(gone.sort());
          for (const { time } of sent.values()) {
            expect(time).toBeGreaterThan(last);
            const asked = Math.round(any.timestamp * 1000);
            expect(time).toBe(asked > last ? asked : last + 1);
          }
          last = Math.max(last + 1, Math.round(any.timestamp * 1000) || 0);
          known = expected;
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Returns the family with some of its series. The list is the same as long as the series are. */
function withItems(
  family: MetricFamily,
  chosen: readonly number[],
  lists: Map<string, readonly SeriesLabels[]>,
): MetricFamily {
  const items = family.series.map((_, i) => i).filter((i) => chosen.includes(i) || i === 0);
  const some = items.map((i) => family.series[i]);
  const before = lists.get(family.name);
  const isSame = before?.length === some.length && some.every((one, i) => one === before[i]);
  const series = isSame ? before : some;
  lists.set(family.name, series);
  const width = family.values.length / family.series.length;
  const numbers = items.flatMap((i) => [...family.values.subarray(i * width, (i + 1) * width)]);
  return {
    ...family,
    series,
    values: Float64Array.from(numbers),
    natives: family.natives && items.map((i) => family.natives![i]),
    created: family.created && items.map((i) => family.created![i]),
  };
}

/** Checks what was sent of a snapshot, but for exemplars. */
function expectSent(
  sent: ReadonlyMap<string, Sent>,
  any: Snapshot,
  options: RemoteWriteOptions,
  version: string,
): void {
  const expected = expectedSeries(any, options);
  expect([...sent.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, { value, histogram, start, metadata }] of expected) {
    const one = sent.get(key)!;
    expect(one.value).toBe(value);
    if (histogram) expect(plainHistogram(one.histogram as never)).toEqual(histogram);
    const isTold = version === '2.0' && start < one.time;
    expect(one.start).toBe(isTold ? start : 0);
    if (version === '2.0') expect(one.series.metadata).toEqual(metadata);
  }
}
