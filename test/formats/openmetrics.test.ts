import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { canonicalNumber } from '../../src/formats/canonical-number.ts';
import type { FormatOptions, FormatWriter } from '../../src/formats/format.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import type { MetricFamily, Snapshot } from '../../src/model.ts';
import { anySnapshot, LEGACY, ODD, rich, richSnapshot } from './any-family.ts';
import { type OpenMetricsSample, parseOpenMetrics } from './openmetrics-parser.ts';

function textOf(writer: FormatWriter, snapshot: Snapshot, options: FormatOptions = {}): string {
  const { pieces, done } = runToEnd(writer.write(snapshot, options));
  const text = Buffer.concat(pieces).toString('utf8');
  done();
  return text;
}
const render = (...families: MetricFamily[]) =>
  textOf(openMetrics.open(), richSnapshot(...families));

describe('OpenMetrics', () => {
  it('renders each type as the specification prescribes', () => {
    const labelNames = ['method'];
    const counter = rich({
      name: 'http_requests_seconds_total',
      description: 'Seconds of "requests"',
      type: 'counter',
      unit: 'seconds',
      labelNames,
      labelValues: [['GET'], ['POST']],
      numbers: [[1027], [3]],
      created: [1600000000.5, 0],
    });
    const exemplar = { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 1632150000.25 };
    const text = render(
      {
        ...counter,
        exemplars: new Map([[counter.series[0], [exemplar]]]),
      },
      rich({ name: 'tank_volume', unit: 'litres', numbers: [[-0.5]] }),
      rich({ name: 'build_info', type: 'info', labels: { version: '1' } }),
      rich({
        name: 'phase',
        type: 'stateset',
        data: 'states',
        states: ['idle', 'busy'],
        numbers: [[0, 1]],
      }),
      rich({
        name: 'rpc_seconds',
        type: 'histogram',
        data: 'buckets',
        buckets: [0.1, 1],
        numbers: [[2.5, 1, 2, 3]],
        created: [1600000000],
      }),
      rich({
        name: 'size_bytes',
        type: 'summary',
        data: 'quantiles',
        quantiles: [0.5, 1],
        numbers: [[12, 3, 4, NaN]],
      }),
      rich({ name: 'strange', type: 'custom', numbers: [[7]] }),
      rich({ name: 'unused', labelNames, labelValues: [], numbers: [] }),
    );
    expect(text).toBe(`# TYPE http_requests_seconds counter
# UNIT http_requests_seconds seconds
# HELP http_requests_seconds Seconds of \\"requests\\"
http_requests_seconds_total{method="GET"} 1027 # {trace_id="abc"} 0.5 1632150000.25
http_requests_seconds_created{method="GET"} 1600000000.5
http_requests_seconds_total{method="POST"} 3
# TYPE tank_volume gauge
tank_volume -0.5
# TYPE build info
build_info{version="1"} 1
# TYPE phase stateset
phase{phase="idle"} 0
phase{phase="busy"} 1
# TYPE rpc_seconds histogram
rpc_seconds_bucket{le="0.1"} 1
rpc_seconds_bucket{le="1.0"} 3
rpc_seconds_bucket{le="+Inf"} 6
rpc_seconds_sum 2.5
rpc_seconds_count 6
rpc_seconds_created 1600000000
# TYPE size_bytes summary
size_bytes{quantile="0.5"} 4
size_bytes{quantile="1.0"} NaN
size_bytes_sum 12
size_bytes_count 3
# TYPE strange unknown
strange 7
# TYPE unused gauge
# EOF
`);
  });

  it('is nothing but its end without families', () => {
    expect(render()).toBe('# EOF\n');
  });

  it('shows of a histogram with native buckets alone the sum, the count and one bucket', () => {
    const none = { offset: 0, counts: [] };
    const native = { schema: 3, zeroThreshold: 0, zeroCount: 2, positive: none, negative: none };
    const family = rich({
      type: 'histogram',
      data: 'buckets',
      buckets: [],
      natives: [native],
      numbers: [[0, 2]],
    });
    const exemplar = { labels: { id: '1' }, value: 0, timestamp: 0 };
    expect(
      render({ ...family, exemplars: new Map([[family.series[0], [undefined, exemplar]]]) }),
    ).toBe('# TYPE a histogram\na_bucket{le="+Inf"} 2 # {id="1"} 0\na_sum 0\na_count 2\n# EOF\n');
  });

  it('gives a counter the suffix that it lacks', () => {
    expect(render(rich({ name: 'jobs', type: 'counter' }))).toBe(
      '# TYPE jobs counter\njobs_total 1\n# EOF\n',
    );
  });

  it.each([
    ['jobs_total counter, jobs gauge', 'jobs_total unknown jobs_total, jobs gauge jobs'],
    ['jobs gauge, jobs_total counter', 'jobs gauge jobs, jobs_total unknown jobs_total'],
    ['jobs counter, jobs_total counter', 'jobs unknown jobs, jobs_total unknown jobs_total'],
    ['jobs counter, jobs_total gauge', 'jobs unknown jobs, jobs_total gauge jobs_total'],
    ['jobs counter, jobs_created gauge', 'jobs unknown jobs, jobs_created gauge jobs_created'],
    ['a_info info, a counter', 'a_info unknown a_info, a counter a_total'],
    ['x_total counter, x_info info', 'x counter x_total, x_info unknown x_info'],
    ['_total counter', '_total unknown _total'],
  ])('keeps names apart: %s', (given, expected) => {
    const families = given.split(', ').map((one) => {
      const [name, type] = one.split(' ');
      return rich({ name, type });
    });
    const parsed = parseOpenMetrics(render(...families));
    expect(
      parsed.map(({ name, type, samples }) => `${name} ${type} ${samples[0].name}`).join(', '),
    ).toBe(expected);
  });

  it('leaves out what readers refuse: sums that are no counters, long exemplars, negative quantiles', () => {
    const family = rich({
      name: 'h',
      type: 'histogram',
      data: 'buckets',
      buckets: [1],
      numbers: [[-1, 2, 0]],
    });
    const labels = { id: 'x'.repeat(127) };
    const exemplars = new Map([[family.series[0], [{ labels, value: 1, timestamp: 1 }]]]);
    expect(
      render(
        { ...family, exemplars },
        rich({
          name: 'below',
          type: 'histogram',
          data: 'buckets',
          buckets: [-1],
          numbers: [[5, 0, 1]],
        }),
        rich({
          name: 's',
          type: 'summary',
          data: 'quantiles',
          quantiles: [0.1],
          numbers: [[-3, 1, -3]],
        }),
      ),
    ).toBe(`# TYPE h histogram
h_bucket{le="1.0"} 2
h_bucket{le="+Inf"} 2
# TYPE below histogram
below_bucket{le="-1.0"} 0
below_bucket{le="+Inf"} 1
# TYPE s summary
s_count 1
# EOF
`);
  });

  it('has no created samples where another family has that name', () => {
    const counted = { type: 'histogram', data: 'buckets', buckets: [], numbers: [[1, 1]] } as const;
    const text = render(rich({ name: 'h', ...counted, created: [5] }), rich({ name: 'h_created' }));
    expect(text.match(/^h_created .*/gm)).toEqual(['h_created 1']);
  });

  it('parses, and reads back as what it was, for any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot(LEGACY), (any) => {
        const parsed = parseOpenMetrics(textOf(openMetrics.open(), any));
        expect(parsed.map(({ help = '' }) => help)).toEqual(
          any.families.map((family) => family.description.toWellFormed()),
        );
        any.families.forEach((family, i) => {
          expect(parsed[i].samples).toEqual(
            expectedSamples(family, parsed[i].name, parsed[i].type),
          );
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each(['allow-utf-8', 'underscores', 'dots', 'values'] as const)(
    'parses for any snapshot with odd names, written by %s',
    (escaping) => {
      fc.assert(
        fc.property(anySnapshot(ODD), (any) => {
          const parsed = parseOpenMetrics(textOf(openMetrics.open(), any, { escaping }));
          expect(parsed).toHaveLength(any.families.length);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('remembers the last snapshot, and it does not show', () => {
    const labelNames = ['i'];
    // There are more lines than fit a chunk, so that there are several chunks.
    const all = Array.from({ length: 1500 }, (_, i) => ({ labelNames, labelValues: [`${i}é`] }));
    const known = [all, all.slice(0, 1100)];
    const step = fc.record({
      list: fc.nat(1),
      changed: fc.constantFrom(0, 1, 7, 1000),
      value: fc.oneof(fc.double(), fc.nat()),
      created: fc.constantFrom(undefined, 0, 5, 1632150000.25),
      example: fc.constantFrom(undefined, 'a', 'abc'),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const writer = openMetrics.open();
        const created = Float64Array.from({ length: 1500 }, (_, i) => i % 3);
        const values: Record<number, number> = {};
        for (const { list, changed, value, example, isRead, ...rest } of steps) {
          const series = known[list];
          for (let i = 0; i < changed; i++) {
            values[(i * 37) % 1500] = value;
            created[(i * 41) % 1500] = rest.created ?? 0;
          }
          const exemplar = { labels: { id: example ?? '' }, value: 1, timestamp: 2 };
          const family = rich({
            type: 'histogram',
            data: 'buckets',
            buckets: [1],
            labelNames,
            numbers: series.map((_, i) => [values[i] ?? i, i, 1]),
            created: rest.created === undefined ? undefined : created.slice(0, series.length),
          });
          const exemplars = example
            ? new Map(series.flatMap((one, i) => (i % 5 ? [] : [[one, [exemplar]] as const])))
            : undefined;
          const any = richSnapshot({ ...family, series, exemplars });
          const { pieces, done } = runToEnd(writer.write(any, {}));
          const text = Buffer.concat(pieces).toString('utf8');
          if (!isRead) done();
          expect(text === textOf(openMetrics.open(), any)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** Returns the samples that a family stands for, straight from the definition of the types. */
function expectedSamples(family: MetricFamily, name: string, type: string): OpenMetricsSample[] {
  return family.series.flatMap((series, i): OpenMetricsSample[] => {
    const labels = {
      ...family.labels,
      ...Object.fromEntries(series.labelNames.map((one, j) => [one, series.labelValues[j]])),
    };
    const width = family.values.length / family.series.length;
    const numbers = [...family.values.subarray(i * width, (i + 1) * width)].map((one) => one + 0);
    const examples = family.exemplars?.get(series) ?? [];
    const example = (slot: number) => {
      const found =
        family.data === 'buckets' && family.buckets.length === 0
          ? examples.find((one) => one)
          : examples[slot];
      if (!found || [...Object.entries(found.labels).flat().join('')].length > 128) return {};
      const { timestamp, value } = found;
      return {
        exemplar: { labels: found.labels, value: value + 0, timestamp: timestamp || undefined },
      };
    };
    const created = family.created?.[i];
    const createdSample = created ? [{ name: `${name}_created`, labels, value: created }] : [];
    if (type === 'counter') {
      return [
        { name: `${name}_total`, labels, value: numbers[0], ...example(0) },
        ...createdSample,
      ];
    }
    if (type === 'info') return [{ name: `${name}_info`, labels, value: 1 }];
    if (family.data === 'number') return [{ name, labels, value: numbers[0] }];
    if (family.data === 'states') {
      return family.states.map((state, j) => ({
        name,
        labels: { ...labels, [name]: state },
        value: numbers[j],
      }));
    }
    const [sum, ...rest] = numbers;
    if (family.data === 'quantiles') {
      const [count, ...values] = rest;
      return [
        ...family.quantiles.flatMap((quantile, j) =>
          values[j] < 0
            ? []
            : [
                {
                  name,
                  labels: { ...labels, quantile: canonicalNumber(quantile) },
                  value: values[j],
                },
              ],
        ),
        ...(sum >= 0 ? [{ name: `${name}_sum`, labels, value: sum }] : []),
        { name: `${name}_count`, labels, value: count },
        ...createdSample,
      ];
    }
    let count = 0;
    const buckets = [...family.buckets, Infinity].map((bound, j) => {
      count += rest[j];
      const le = bound === Infinity ? '+Inf' : canonicalNumber(bound);
      return { name: `${name}_bucket`, labels: { ...labels, le }, value: count, ...example(j) };
    });
    const isCounter = sum >= 0 && !(family.buckets[0] < 0);
    const ends = [
      { name: `${name}_sum`, labels, value: sum },
      { name: `${name}_count`, labels, value: count },
    ];
    return [...buckets, ...(isCounter ? ends : []), ...createdSample];
  });
}
