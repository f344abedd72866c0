/** Tests that what writers remember never shows, whatever is asked for in which order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { FormatOptions, FormatWriter } from '../../src/formats/format.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import { cachedPrometheusText } from '../../src/formats/prometheus-text-cache.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import { VariantCache } from '../../src/formats/variant-cache.ts';
import { ESCAPINGS } from '../../src/kinds/escaping.ts';
import type { Snapshot } from '../../src/model.ts';
import { anySnapshot, ODD, rich, richSnapshot } from './any-family.ts';

function bytesOf(writer: FormatWriter, snapshot: Snapshot, options: FormatOptions): Buffer {
  const { pieces, done } = runToEnd(writer.write(snapshot, options));
  const bytes = Buffer.concat(pieces);
  done();
  return bytes;
}

/** Names that are the same as others when they are escaped, or without their suffix. */
const CLASHING = richSnapshot(
  ...[
    rich({ name: 'a.b', type: 'counter', created: [5], labels: { 'l.m': '1' } }),
    rich({ name: 'a_b' }),
    rich({ name: 'a_b_total', type: 'counter', created: [7] }),
    rich({ name: 'a', type: 'stateset', data: 'states', states: ['x'], numbers: [[1]] }),
    rich({ name: 'a_info', type: 'info' }),
  ].map((family) => ({
    ...family,
    exemplars: new Map([
      [family.series[0], [{ labels: { 'trace.id': 'x' }, value: 1, timestamp: 1 }]],
    ]),
  })),
);

it('only the two variants that were asked for last are remembered', () => {
  let made = 0;
  const cache = new VariantCache(() => ++made);
  const ask = (variants: string) => [...variants].map((variant) => cache.of(variant));
  expect(ask('abab')).toEqual([1, 2, 1, 2]);
  expect(ask('cbca')).toEqual([3, 2, 3, 4]);
});

describe.each([cachedPrometheusText, openMetrics, metricFamilies])('$name', (format) => {
  it('writes the same as a writer that remembers nothing', () => {
    const step = fc.record({
      families: fc.array(fc.nat(4), { maxLength: 5 }),
      escaping: fc.constantFrom(...ESCAPINGS),
      change: fc.nat(2),
    });
    const snapshot = fc.oneof(fc.constant(CLASHING), anySnapshot(ODD));
    fc.assert(
      fc.property(
        snapshot,
        fc.array(step, { maxLength: 8 }),
        ({ families: all, ...rest }, steps) => {
          const writer = format.open();
          for (const { families: chosen, escaping, change } of steps) {
            const families = all.filter((_, i) => chosen.includes(i));
            for (const { values, data } of families) {
              if (change > 0 && data === 'number') values.fill(change);
            }
            const any = { ...rest, families };
            const bytes = bytesOf(writer, any, { escaping });
            expect(bytes.equals(bytesOf(format.open(), any, { escaping }))).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
