/** Reads our OpenMetrics with the parser of Prometheus' client for Python, which checks more than the server. */
import fc from 'fast-check';
import { formatOpenMetrics } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import type { Labels, Snapshot } from '../../src/model.ts';
import { makeCollector } from '../collectors.ts';
import { anySnapshot, LEGACY, ODD } from '../formats/any-family.ts';
import { parseOpenMetrics } from '../formats/openmetrics-parser.ts';
import { prometheusClientPath, requirePart } from '../parts.ts';
import { askPython } from './python.ts';

interface ReadSample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: string;
  readonly exemplar: {
    readonly labels: Record<string, string>;
    readonly value: string;
    readonly timestamp: string | null;
  } | null;
}
interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

/** Resolves to what was read of each text, or why it was refused. */
const read = (texts: readonly string[]) =>
  askPython<(ReadFamily[] | { refused: string })[]>(
    prometheusClientPath(),
    'read_openmetrics.py',
    [],
    texts,
  );

/** This parser takes a quote or a brace in a label of an exemplar for its end, even with a backslash before it. */
function withoutEnds(snapshot: Snapshot): Snapshot {
  const bare = (labels: Labels) =>
    Object.fromEntries(
      Object.entries(labels).map(([name, text]) => [name, text.replace(/["\\{}]/g, '')]),
    );
  const families = snapshot.families.map(({ exemplars, ...family }) => ({
    ...family,
    exemplars:
      exemplars &&
      new Map(
        [...exemplars].map(([series, list]) => [
          series,
          list.map((one) => one && { ...one, labels: bare(one.labels) }),
        ]),
      ),
  }));
  return { ...snapshot, families };
}

const textOf = (snapshot: Snapshot) =>
  Buffer.concat(runToEnd(openMetrics.open().write(snapshot, {})).pieces).toString('utf8');

/** Reads a number as Python writes it. */
const toNumber = (text: string) => Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));

function asOurs({ name, type, unit, help, samples }: ReadFamily) {
  return {
    name,
    type,
    unit,
    help: help.trim(),
    samples: samples.map(({ exemplar, value, ...rest }) => ({
      ...rest,
      value: toNumber(value),
      exemplar: exemplar && {
        labels: exemplar.labels,
        value: toNumber(exemplar.value),
        timestamp: exemplar.timestamp === null ? null : toNumber(exemplar.timestamp),
      },
    })),
  };
}

describe.skipIf(!requirePart('prometheusClient', prometheusClientPath()))(
  "the parser of Prometheus' client for Python",
  () => {
    it('reads any snapshot as what it is', async () => {
      const texts = fc.sample(anySnapshot(LEGACY).map(withoutEnds), 300).map(textOf);
      const results = await read(texts);
      results.forEach((result, i) => {
        if ('refused' in result) throw new Error(`${result.refused}:\n${texts[i]}`);
        const expected = parseOpenMetrics(texts[i]).map(({ unit = '', help = '', ...family }) => ({
          ...family,
          unit,
          // It leaves out spaces at the ends.
          help: help.trim(),
          samples: family.samples.map(({ exemplar, ...sample }) => ({
            ...sample,
            exemplar: exemplar ? { ...exemplar, timestamp: exemplar.timestamp ?? null } : null,
          })),
        }));
        expect(result.map(asOurs)).toEqual(expected);
      });
    });

    it('reads names that were escaped', async () => {
      const texts = fc.sample(anySnapshot(ODD).map(withoutEnds), 300).map(textOf);
      const results = await read(texts);
      results.forEach((result, i) => {
        if ('refused' in result) throw new Error(`${result.refused}:\n${texts[i]}`);
      });
    });

    it('reads what a collector has recorded, with exemplars', async () => {
      const collector = makeCollector();
      const exemplar = { trace_id: 'é\u{1f600}\n', n: -1e-7 };
      const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
      counter.increment(0.1, { n: '"' }, { exemplar });
      const buckets = [0.5, 2];
      for (const native of [false, true]) {
        const name = native ? 'both_seconds' : 'classic_seconds';
        const histogram = collector.registerHistogram(name, '', { buckets, native });
        for (const value of [-Infinity, 1, Infinity]) histogram.observe(value, {}, { exemplar });
      }
      const text = await formatOpenMetrics(collector);
      const [result] = await read([text]);
      if ('refused' in result) throw new Error(`${result.refused}:\n${text}`);
      const examples = result
        .map(asOurs)
        .flatMap(({ samples }) => samples)
        .flatMap(({ name, exemplar }) => (exemplar ? [[name, exemplar]] : []));
      const labels = { trace_id: 'é\u{1f600}\n', n: '-1e-7' };
      const bucket = (name: string) =>
        [-Infinity, 1, Infinity].map((value) => [
          `${name}_bucket`,
          { labels, value, timestamp: expect.any(Number) },
        ]);
      expect(examples).toEqual([
        ['a_total', { labels, value: 0.1, timestamp: expect.any(Number) }],
        ...bucket('classic_seconds'),
        ...bucket('both_seconds'),
      ]);
    });

    it('refuses what is wrong', async () => {
      const [result] = await read(['# TYPE a_total counter\na_total 1\n# EOF\n']);
      expect(result).toHaveProperty('refused');
    });
  },
);
