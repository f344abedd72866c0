import { describe, expect, it } from 'vitest';
import type { RemoteWriteOptions } from '../../src/formats/remote-write/options.ts';
import { remoteWrite } from '../../src/formats/remote-write/remote-write.ts';
import type { MetricFamily } from '../../src/model.ts';
import { rich, richSnapshot } from './any-family.ts';
import { at, bodiesOf, readAll, sentIn } from './remote-write-sent.ts';
import { bitsOf, STALE } from './remote-write-series.ts';

const none = { offset: 0, counts: [] };
const native = { schema: 0, zeroThreshold: 0, zeroCount: 3, positive: none, negative: none };

const written = (options: RemoteWriteOptions, ...families: MetricFamily[]) =>
  readAll(bodiesOf(remoteWrite.open(), richSnapshot(...families), options));

/** The series as text, with the labels in the order in which they were written. */
const labelsOf = (options: RemoteWriteOptions, ...families: MetricFamily[]) =>
  written(options, ...families).map(({ labels }) =>
    labels.map(([name, value]) => `${name}=${value}`).join(' '),
  );

describe('labels in remote write', () => {
  it('are sorted by their bytes', () => {
    const labelNames = ['b', 'Z', '_', '🚀', '\uffee', 'a.b'];
    const family = rich({ labelNames, labelValues: [['1', '2', '3', '4', '5', '6']] });
    expect(labelsOf({}, family)).toEqual(['Z=2 _=3 __name__=a a.b=6 b=1 \uffee=5 🚀=4']);
  });

  it('are left out if they are empty', () => {
    const family = rich({ labels: { c: '' }, labelNames: ['a', 'b'], labelValues: [['', 'x']] });
    expect(labelsOf({ extraLabels: { d: '' } }, family)).toEqual(['__name__=a b=x']);
  });

  it('of the series count more than extra ones, even if they are empty', () => {
    const extraLabels = { job: 'j', instance: 'i', zone: 'z', __name__: 'x' };
    const family = rich({
      labels: { zone: 'own' },
      labelNames: ['instance'],
      labelValues: [['here'], ['']],
    });
    expect(labelsOf({ extraLabels }, family)).toEqual([
      '__name__=a instance=here job=j zone=own',
      '__name__=a job=j zone=own',
    ]);
  });

  it('of the overflow series are its own', () => {
    const family = rich({ labelNames: ['a'], labelValues: [['1'], ['2']], numbers: [[1], [2]] });
    const series = [
      family.series[0],
      { labelNames: ['otel_metric_overflow'], labelValues: ['true'] },
    ];
    expect(labelsOf({}, { ...family, series })).toEqual([
      '__name__=a a=1',
      '__name__=a otel_metric_overflow=true',
    ]);
  });

  it('tell the parts of a family from each other, as scrapes do', () => {
    const histogram = {
      name: 'h',
      type: 'histogram',
      data: 'buckets',
      buckets: [1e-5, 0.5, 1, 2e6],
      numbers: [[7, 1, 1, 1, 1, 1]],
    } as const;
    const summary = {
      name: 's',
      type: 'summary',
      data: 'quantiles',
      quantiles: [0.5, 1],
      numbers: [[7, 2, 3, 4]],
    } as const;
    const states = {
      name: 'phase',
      type: 'stateset',
      data: 'states',
      states: ['idle', 'busy'],
      numbers: [[0, 1]],
    } as const;
    const families = [rich(histogram), rich(summary), rich(states)];
    const read = written({}, ...families);
    const lines = labelsOf({}, ...families).map((labels, i) => [
      labels.replace('__name__=', ''),
      read[i].samples[0].value,
    ]);
    expect(lines).toEqual([
      ['h_bucket le=1e-05', bitsOf(1)],
      ['h_bucket le=0.5', bitsOf(2)],
      ['h_bucket le=1.0', bitsOf(3)],
      ['h_bucket le=2e+06', bitsOf(4)],
      ['h_bucket le=+Inf', bitsOf(5)],
      ['h_sum', bitsOf(7)],
      ['h_count', bitsOf(5)],
      ['s quantile=0.5', bitsOf(3)],
      ['s quantile=1.0', bitsOf(4)],
      ['s_sum', bitsOf(7)],
      ['s_count', bitsOf(2)],
      ['phase phase=idle', bitsOf(0)],
      ['phase phase=busy', bitsOf(1)],
    ]);
  });

  it('lack the classic buckets of a histogram that has native ones, unless they are asked for', () => {
    const family = rich({
      type: 'histogram',
      data: 'buckets',
      buckets: [1],
      numbers: [[7, 1, 2]],
      natives: [native],
    });
    const classic = [
      '__name__=a_bucket le=1.0',
      '__name__=a_bucket le=+Inf',
      '__name__=a_sum',
      '__name__=a_count',
    ];
    expect(labelsOf({}, family)).toEqual(['__name__=a']);
    expect(labelsOf({ histograms: 'classic' }, family)).toEqual(classic);
    expect(labelsOf({ histograms: 'both' }, family)).toEqual(['__name__=a', ...classic]);
  });
});

describe('series that end in remote write', () => {
  const at1 = (...families: MetricFamily[]) => at(1, ...families);
  /** Returns the names of the series of which a second snapshot says that they have ended. */
  function ended(before: MetricFamily[], after: MetricFamily[]): string[] {
    const writer = remoteWrite.open();
    bodiesOf(writer, at1(...before));
    const sent = sentIn(readAll(bodiesOf(writer, at1(...after))));
    const stale = [...sent.values()].filter(({ isStale }) => isStale);
    return stale.map(({ series }) => series.labels.map(([, value]) => value).join(' '));
  }
  const labelNames = ['l'];

  it('are those of a series, of a part and of a family that is no longer there', () => {
    const two = rich({ labelNames, labelValues: [['x'], ['y']], numbers: [[1], [2]] });
    const one = { ...two, series: two.series.slice(1), values: Float64Array.of(2) };
    expect(ended([two], [one])).toEqual(['a x']);
    const parts = { type: 'summary', data: 'quantiles' } as const;
    const summary = rich({ ...parts, quantiles: [0.5, 1], numbers: [[1, 1, 1, 1]] });
    expect(ended([summary], [rich({ ...parts, quantiles: [1], numbers: [[1, 1, 1]] })])).toEqual([
      'a 0.5',
    ]);
    expect(ended([summary], [])).toEqual(['a 0.5', 'a 1.0', 'a_sum', 'a_count']);
  });

  it('are not those that are registered again, even by another family', () => {
    const labelValues = [['x']];
    const again = () => rich({ type: 'counter', labelNames, labelValues });
    expect(ended([again()], [again()])).toEqual([]);
    expect(ended([again()], [rich({ labelNames, labelValues })])).toEqual([]);
    const parts = { type: 'summary', data: 'quantiles', quantiles: [] } as const;
    const summary = rich({ ...parts, name: 's', numbers: [[1, 1]] });
    expect(ended([summary], [rich({ name: 's_sum' })])).toEqual(['s_count']);
  });

  it('end as what they were', () => {
    const writer = remoteWrite.open();
    const head = { type: 'histogram', data: 'buckets', buckets: [] } as const;
    bodiesOf(writer, at1(rich({ ...head, numbers: [[7, 2]], natives: [native] })));
    const [series] = readAll(bodiesOf(writer, at1()));
    expect(series.samples).toEqual([]);
    expect(series.histograms).toMatchObject([
      { count_int: 0, sum: STALE, zero_count_int: 0, timestamp: 1001 },
    ]);
  });

  it('are all of them in the end, and then there is nothing left to end', () => {
    const writer = remoteWrite.open();
    const last = at1(rich({ labelNames, labelValues: [['x'], ['y']], numbers: [[1], [2]] }));
    bodiesOf(writer, last);
    const final = sentIn(readAll(bodiesOf(writer, last, { final: true })));
    expect([...final.values()].map(({ value, time }) => [value, time])).toEqual([
      [STALE, 1001],
      [STALE, 1001],
    ]);
    expect(bodiesOf(writer, last, { final: true })).toEqual([]);
    // It goes on as if it had just begun.
    expect(sentIn(readAll(bodiesOf(writer, last))).size).toBe(2);
  });

  it('have not ended if nobody waited for the snapshot that lacks them', () => {
    const writer = remoteWrite.open();
    bodiesOf(writer, at1(rich({})));
    const given = writer.write(at1(), {});
    given.next();
    given.return(undefined as never);
    expect(readAll(bodiesOf(writer, at1())).length).toBe(1);
  });
});

describe('exemplars in remote write', () => {
  const exemplar = (id: string, value: number, timestamp: number) => ({
    labels: { trace_id: id, span_id: '' },
    value,
    timestamp,
  });
  const histogram = rich({
    type: 'histogram',
    data: 'buckets',
    buckets: [1, 2],
    numbers: [[0, 1, 1, 1]],
    natives: [native],
  });
  const examples = [
    exemplar('late', 0.5, 3),
    exemplar('x'.repeat(121), 2, 1),
    exemplar('early', 7, 2),
  ];
  const withExamples = {
    ...histogram,
    exemplars: new Map([[histogram.series[0], examples]]),
  };
  const late = { labels: [['trace_id', 'late']], value: bitsOf(0.5), timestamp: 3000 };
  const early = { labels: [['trace_id', 'early']], value: bitsOf(7), timestamp: 2000 };

  it.each(['1.0', '2.0'])(
    '%s has those of a native histogram once the server has it, in the order of their times',
    (version) => {
      const writer = remoteWrite.open();
      const sent = [1, 2, 3].map((time) => {
        const [{ exemplars }] = readAll(bodiesOf(writer, at(time, withExamples), { version }));
        return exemplars;
      });
      expect(sent).toEqual([[], [early, late], []]);
    },
  );

  it.each(['1.0', '2.0'])('%s has those of buckets with their bucket', (version) => {
    const all = written({ version, histograms: 'classic' }, withExamples);
    expect(all.map(({ exemplars }) => exemplars)).toEqual([[late], [], [early], [], []]);
  });

  it.each(['1.0', '2.0'])(
    '%s has each of them once, and those without a time as of now',
    (version) => {
      const writer = remoteWrite.open();
      const counter = rich({ type: 'counter' });
      const [series] = counter.series;
      const some = [exemplar('a', 1, 0), exemplar('b', 1, 0)];
      const sent = [0, 0, 1, undefined, 1].map((which, i) => {
        const exemplars = which === undefined ? undefined : new Map([[series, [some[which]]]]);
        const bodies = bodiesOf(writer, at(i + 1, { ...counter, exemplars }), { version });
        const [read] = readAll(bodies);
        return read.exemplars.map(({ labels, timestamp }) => [labels[0][1], timestamp]);
      });
      expect(sent).toEqual([[['a', 1000]], [], [['b', 3000]], [], [['b', 5000]]]);
    },
  );

  it.each(['1.0', '2.0'])('%s has none that is not later than the one before', (version) => {
    const writer = remoteWrite.open();
    const counter = rich({ type: 'counter' });
    const [series] = counter.series;
    const sent = [5, 4, undefined, 5, 6].map((recorded, i) => {
      const one = recorded && [exemplar(`${i}`, 1, recorded)];
      const exemplars = one ? new Map([[series, one]]) : undefined;
      const [read] = readAll(bodiesOf(writer, at(i + 1, { ...counter, exemplars }), { version }));
      return read.exemplars.map(({ timestamp }) => timestamp);
    });
    expect(sent).toEqual([[5000], [], [], [], [6000]]);
  });

  it('are those of what counts', () => {
    const gauge = rich({});
    const exemplars = new Map([[gauge.series[0], [exemplar('a', 1, 1)]]]);
    expect(written({}, { ...gauge, exemplars })[0].exemplars).toEqual([]);
  });
});
