/** Tests how native histograms are written that were worked out from others, whose counts are fractions or may fall. */
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { type CompactBodies, compact } from '../../src/formats/compact/compact.ts';
import type { Format } from '../../src/formats/format.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import { renderPrometheusText } from '../../src/formats/prometheus-text.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import { remoteWrite } from '../../src/formats/remote-write/remote-write.ts';
import type { MetricFamily, NativeHistogram } from '../../src/model.ts';
import { rich, richSnapshot } from './any-family.ts';
import { metricsOf, pointsIn, requestBytes } from './otlp-writer.ts';
import { type Message, readFamilies } from './protobuf-reader.ts';
import { bodiesOf, readAll } from './remote-write-sent.ts';
import { bitsOf } from './remote-write-series.ts';

const HALVES: NativeHistogram = {
  schema: 3,
  zeroThreshold: 0.5,
  zeroCount: 0.5,
  positive: { offset: 4, counts: [1.5, 0, 2.25] },
  negative: { offset: -1, counts: [0.25], infinite: 0.5 },
};
const SUM = 7;
const COUNT = 5;

const family = (native: NativeHistogram, count = COUNT): MetricFamily =>
  rich({
    ...{ type: 'histogram', data: 'buckets', buckets: [] },
    ...{ numbers: [[SUM, count]], natives: [native] },
  });
const counter = family({ ...HALVES, floats: { mayFall: false } });
const gauge = family({ ...HALVES, floats: { mayFall: true } });
const none = { offset: 0, counts: [] };
const whole = { schema: 0, zeroThreshold: 0, zeroCount: 3, positive: none, negative: none };

function rendered(format: Format, one: MetricFamily): Buffer {
  const { pieces, done } = runToEnd(format.open().write(richSnapshot(one), {}));
  const bytes = Buffer.concat(pieces);
  done();
  return bytes;
}

describe('a native histogram that was worked out', () => {
  it('has fractions in protobuf, and is of the type of a gauge if it may fall', () => {
    const [first] = readFamilies(rendered(metricFamilies, counter));
    const [second] = readFamilies(rendered(metricFamilies, gauge));
    expect([first.type, second.type]).toEqual([4, 5]);
    const { histogram } = (first.metric as Message[])[0];
    expect((second.metric as Message[])[0].histogram).toEqual(histogram);
    expect(histogram).toEqual({
      ...{ sample_count_float: COUNT, sample_sum: SUM, bucket: [], schema: 3 },
      ...{ zero_threshold: 0.5, zero_count_float: 0.5, exemplars: [] },
      negative_span: [
        { offset: -1, length: 1 },
        { offset: 8193, length: 1 },
      ],
      ...{ negative_delta: [], negative_count: [0.25, 0.5] },
      positive_span: [{ offset: 4, length: 3 }],
      ...{ positive_delta: [], positive_count: [1.5, 0, 2.25] },
    });
  });

  it('tells Prometheus 2 that it is native, which would else take it for a classic one', () => {
    const [{ metric }] = readFamilies(
      rendered(metricFamilies, family({ ...whole, floats: { mayFall: true } })),
    );
    const [{ histogram }] = metric as [{ histogram: Message }];
    expect(histogram.zero_threshold).toBe(Number.MIN_VALUE);
  });

  it.each(['1.0', '2.0'] as const)('has fractions and a hint in remote write %s', (version) => {
    const sent = (one: MetricFamily) =>
      readAll(bodiesOf(remoteWrite.open(), richSnapshot(one), { version }));
    const fractions = {
      ...{ count_float: COUNT, sum: bitsOf(SUM), schema: 3 },
      ...{ zero_threshold: 0.5, zero_count_float: 0.5 },
      ...{ negative_deltas: [], negative_counts: [0.25, 0.5] },
      ...{ positive_deltas: [], positive_counts: [1.5, 0, 2.25] },
    };
    const [{ histograms, metadata }] = sent(counter);
    expect(histograms).toMatchObject([fractions]);
    expect(histograms[0]).not.toHaveProperty('reset_hint');
    const [falling] = sent(gauge);
    expect(falling.histograms).toMatchObject([{ ...fractions, reset_hint: 3 }]);
    expect([metadata?.type, falling.metadata?.type]).toEqual(
      version === '2.0' ? [3, 4] : [undefined, undefined],
    );
  });

  it('shows its sum and its count as text', () => {
    const lines = ['a_bucket{le="+Inf"} 5', 'a_sum 7', 'a_count 5', ''].join('\n');
    expect(renderPrometheusText(richSnapshot(counter))).toBe(`# TYPE a histogram\n${lines}`);
    expect(renderPrometheusText(richSnapshot(gauge))).toBe(`# TYPE a untyped\n${lines}`);
    expect(rendered(openMetrics, counter).toString()).toBe(`# TYPE a histogram\n${lines}# EOF\n`);
    expect(rendered(openMetrics, gauge).toString()).toBe(
      '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 5\na_gsum 7\na_gcount 5\n# EOF\n',
    );
  });

  it('is left out of OTLP, which has neither fractions nor gauges, unless it is whole and grows', () => {
    const [point] = pointsIn(metricsOf(family({ ...whole, floats: { mayFall: false } }, 3)));
    expect(point).toMatchObject({ count: '3', zeroCount: '3', sum: SUM });
    for (const native of [counter, gauge, family({ ...whole, floats: { mayFall: true } }, 3)]) {
      expect(requestBytes(richSnapshot(native))).toHaveLength(0);
    }
  });

  it('is left out of what pages send to a relay, too', () => {
    const points = (one: MetricFamily) => {
      const { parts } = runToEnd(compact.open().write(richSnapshot(one), {})) as CompactBodies;
      return parts.map(({ count }) => count);
    };
    expect(points(family({ ...whole, floats: { mayFall: false } }, 3))).toEqual([1]);
    for (const native of [counter, gauge, family({ ...whole, floats: { mayFall: true } }, 3)]) {
      expect(points(native)).toEqual([]);
    }
  });
});
