/** Every exposition of a collector with any names can be read, whatever a scraper asks for. */
import fc from 'fast-check';
import {
  formatOpenMetrics,
  formatPrometheus,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { checkMetrics } from '../backends/promtool.ts';
import { askPython } from '../backends/python.ts';
import { LINKS, logOf, makeCollector } from '../collectors.ts';
import { prometheusClientPath, promtoolPath, requirePart } from '../parts.ts';
import { type Read, readAll, SCHEMES } from './expositions.ts';
import { everyKind, labelsOf, NASTY } from './nasty.ts';

/** Returns what the samples of a family are called that is written with that name. */
function isSampleOf(name: string, sample: string): boolean {
  return ['', '_total', '_created', '_bucket', '_sum', '_count', '_info'].some((end) =>
    [name, name.replace(/_(total|info)$/, '')].some((start) => start + end === sample),
  );
}

/** Follows https://prometheus.io/docs/instrumenting/escaping_schemes/ character by character. */
function escaped(name: string, scheme: string): string {
  if (scheme === 'allow-utf-8' || /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return name;
  const characters = [...name].map((character, i) => {
    const isLegal = /[a-zA-Z:]/.test(character) || (i > 0 && /[0-9]/.test(character));
    if (isLegal) return character;
    if (scheme === 'underscores') return '_';
    if (scheme === 'dots') return character === '.' ? '_dot_' : '__';
    return character === '_' ? '__' : `_${character.codePointAt(0)!.toString(16)}_`;
  });
  return `${scheme === 'values' ? 'U__' : ''}${characters.join('')}`;
}

function expectAll(read: readonly Read[], families: readonly string[]): void {
  for (const { what, scheme = 'allow-utf-8', samples } of read) {
    const names = new Set(samples.map(({ name }) => name));
    for (const family of families) {
      const written = escaped(family, scheme);
      const found = [...names].some((name) => isSampleOf(written, name));
      if (!found) throw new Error(`${what}, ${scheme}: no ${JSON.stringify(family)}`);
    }
  }
}

describe.each(LINKS)('a collector with odd names, %s link', (link) => {
  it.each(NASTY)('such as %j can be read in every format', async (name) => {
    const collector = makeCollector({
      link,
      names: 'utf8',
      labels: { [labelsOf(name).ofAll]: name },
    });
    const families = everyKind(collector, name);
    const read = await readAll(collector);
    expectAll(read, families);
    for (const { scheme, samples } of read) {
      if (scheme !== undefined && scheme !== 'allow-utf-8') continue;
      const { ofAll, constant, varying } = labelsOf(name);
      const { labels } = samples.find((sample) => sample.labels[varying] === 'v')!;
      expect(labels).toMatchObject({ [ofAll]: name, [constant]: '1' });
    }
    const { metrics } = await collector.getSnapshot();
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...families]));
    expect(logOf(collector)).toEqual([]);
  });
});

describe('names that are nothing but one character', () => {
  it.each([
    '\0',
    '\n',
    '\r',
    '"',
    '\\',
    '{',
    '}',
    ' ',
    '#',
    '=',
    ',',
    '.',
    '-',
    '0',
    '\u2028',
    '花',
  ])('%j', async (name) => {
    const collector = makeCollector({ names: 'utf8' });
    collector.registerCounter<string>(name, name, { labelNames: [name] }).increment(1, {
      [name]: name,
    });
    expectAll(await readAll(collector), [name]);
  });
});

/** Some names are alike, so that some are refused. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.stringMatching(/^[ab._: é0-]{1,3}(_total|_sum|_count|_info)?$/u),
  fc.constantFrom('U__a_2e_b', 'U__a_2d_b', 'a_dot_b', '__proto__', 'constructor', 'toJSON'),
);
const anyLabels = fc.array(
  fc.oneof(
    anyName,
    fc.constantFrom('le', 'quantile', 'otel_metric_overflow', 'otel.metric.overflow'),
  ),
  { maxLength: 3 },
);
const anyMetric = fc.record({
  name: anyName,
  kind: fc.constantFrom('Counter', 'Gauge', 'Histogram', 'Summary', 'Info', 'StateSet'),
  labelNames: anyLabels,
  constant: fc.option(anyName, { nil: undefined }),
});
type AnyMetric = typeof anyMetric extends fc.Arbitrary<infer T> ? T : never;

/** Registers and records a metric. Returns the code of the refusal if it is refused. */
function register(
  collector: TelemetryCollector,
  { name, kind, labelNames, constant }: AnyMetric,
): string | undefined {
  const labels = constant === undefined ? {} : { [constant]: 'c' };
  const options = { labelNames, labels, ...(kind === 'StateSet' && { states: ['x', 'y'] }) };
  try {
    const metric = collector[`register${kind}` as 'registerGauge'](name, 'A "name"\n', options);
    metric.labels(Object.fromEntries(labelNames.map((label, i) => [label, i])) as never);
    return undefined;
  } catch (error) {
    if (error instanceof TelemetryError) return error.code;
    throw error;
  }
}

describe('a collector with any names', () => {
  it('can be read in every format', { timeout: 240_000 }, async () => {
    const codes = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyMetric, { minLength: 1, maxLength: 6 }),
        fc.option(anyName, { nil: undefined }),
        async (metrics, constant) => {
          const isLabel = constant && !constant.startsWith('__') && constant.isWellFormed();
          const isReserved = constant === 'otel.metric.overflow' || constant === 'le';
          const labels = isLabel && !isReserved ? { [constant]: 'k' } : {};
          const collector = makeCollector({ names: 'utf8', labels });
          const taken = metrics.filter((metric) => {
            const code = register(collector, metric);
            codes.add(code);
            return code === undefined;
          });
          const families = taken.map(({ name }) => name);
          // That label wins over a constant one of the same name, and there is always one series.
          expectAll(await readAll(collector), families);
          await collector.shutdown();
        },
      ),
      { numRuns: 150 },
    );
    expect([...codes]).toEqual(
      expect.arrayContaining([undefined, 'invalid_name', 'invalid_label', 'name_conflict']),
    );
  });

  it('refuses two if there are schemes that write them the same, and no others', () => {
    const valid = anyName.filter((name) => name.isWellFormed());
    fc.assert(
      fc.property(valid, valid, (one, other) => {
        fc.pre(one !== other);
        const collector = makeCollector({ names: 'utf8' });
        collector.registerCounter(one);
        const written = new Set(SCHEMES.map((scheme) => escaped(one, scheme)));
        const isSame = SCHEMES.some((scheme) => written.has(escaped(other, scheme)));
        const register = () => collector.registerCounter(other);
        if (isSame) expect(register).toThrow('write the same samples');
        else register();
      }),
      { numRuns: 2000 },
    );
  });
});

/** Resolves to what a collector with metrics of every kind writes that are called like that. */
async function escapedTexts(name: string, format: typeof formatOpenMetrics): Promise<string[]> {
  const collector = makeCollector({ names: 'utf8', labels: { [labelsOf(name).ofAll]: name } });
  everyKind(collector, name);
  const schemes = ['underscores', 'dots', 'values'] as const;
  return Promise.all(schemes.map((escaping) => format(collector, { escaping })));
}

describe.skipIf(!requirePart('promtool', promtoolPath()))('promtool', () => {
  it('reads what stands for odd names', { timeout: 120_000 }, async () => {
    for (const name of NASTY) {
      for (const text of await escapedTexts(name, formatPrometheus)) {
        expect([name, (await checkMetrics(text)).parseError]).toEqual([name, undefined]);
      }
    }
  });
});

describe.skipIf(!requirePart('prometheusClient', prometheusClientPath()))(
  "the parser of Prometheus' client for Python",
  () => {
    it('reads what stands for odd names', { timeout: 120_000 }, async () => {
      const all = NASTY.map((name) => escapedTexts(name, formatOpenMetrics));
      const texts = (await Promise.all(all)).flat();
      const python = prometheusClientPath();
      const read = await askPython<object[]>(python, 'read_openmetrics.py', [], texts);
      expect(read.filter((one) => 'refused' in one)).toEqual([]);
      expect(read).toHaveLength(texts.length);
    });
  },
);
