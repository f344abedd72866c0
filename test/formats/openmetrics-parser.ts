/** A sample as a reader of OpenMetrics sees it. */
export interface OpenMetricsSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: Omit<OpenMetricsSample, 'name' | 'exemplar'> & {
    readonly timestamp?: number | undefined;
  };
}

export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit?: string;
  readonly help?: string;
  readonly samples: readonly OpenMetricsSample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [''],
};

/**
 * Reads OpenMetrics 1.0.0 and throws at what the specification forbids. It was written from the specification
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/), not from the renderer.
 */
export function parseOpenMetrics(text: string): OpenMetricsFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('it does not end with # EOF');
  const families: Family[] = [];
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const meta = /^# (TYPE|UNIT|HELP) ((?:[a-zA-Z_:][\w:]*)|"(?:\\.|[^"\\])*") (.*)$/s.exec(line);
    if (!meta) {
      families.at(-1)!.add(parseSample(line));
      continue;
    }
    const name = meta[2].startsWith('"') ? unescaped(meta[2].slice(1, -1)) : meta[2];
    if (meta[1] === 'TYPE') families.push(new Family(name, meta[3]));
    else families.at(-1)!.describe(name, meta[1], meta[3]);
  }
  const taken = new Set<string>();
  for (const family of families) {
    family.check();
    for (const suffix of new Set(['', ...SUFFIXES[family.type]])) {
      if (taken.has(family.name + suffix)) throw new Error(`${family.name}${suffix} clashes`);
      taken.add(family.name + suffix);
    }
  }
  return families.map(({ name, type, unit, help, samples }) => ({
    name,
    type,
    ...(unit !== undefined && { unit }),
    ...(help !== undefined && { help }),
    samples,
  }));
}

class Family {
  unit: string | undefined;
  help: string | undefined;
  readonly samples: OpenMetricsSample[] = [];
  readonly #groups: string[] = [];

  constructor(
    readonly name: string,
    readonly type: string,
  ) {
    if (!Object.hasOwn(SUFFIXES, type)) throw new Error(`type ${type}`);
  }

  describe(name: string, what: string, text: string): void {
    if (name !== this.name || this.samples.length > 0) throw new Error(`${what} ${name} is late`);
    if (what === 'UNIT') {
      if (this.unit !== undefined || this.help !== undefined) throw new Error('UNIT is late');
      if (!name.endsWith(`_${text}`) || /info|stateset/.test(this.type)) throw new Error('UNIT');
      this.unit = text;
    } else {
      if (this.help !== undefined) throw new Error('HELP twice');
      this.help = unescaped(text);
    }
  }

  add(sample: OpenMetricsSample): void {
    const suffix = SUFFIXES[this.type].find((one) => this.name + one === sample.name);
    if (suffix === undefined) throw new Error(`${sample.name} is not of ${this.name}`);
    const { value, labels, exemplar } = sample;
    const isCount = /^_(total|bucket|sum|count)$/.test(suffix);
    if (isCount && !(value >= 0)) throw new Error(`${sample.name} is ${value}`);
    if (/^_(bucket|count)$/.test(suffix) && !Number.isInteger(value)) throw new Error('no count');
    if (suffix === '_created' && !(value > 0)) throw new Error('created');
    if (exemplar && suffix !== '_total' && suffix !== '_bucket') throw new Error('exemplar');
    if (this.type === 'info' && value !== 1) throw new Error('info');
    if (this.type === 'stateset' && value !== 0 && value !== 1) throw new Error('state');
    if (this.type === 'stateset' && labels[this.name] === undefined) throw new Error('no state');
    if (this.type === 'summary' && suffix === '' && (value < 0 || !(Number(labels.quantile) >= 0)))
      throw new Error('quantile');
    const own = { histogram: 'le', summary: 'quantile', stateset: this.name }[this.type];
    const group = JSON.stringify(
      Object.entries(labels)
        .filter(([one]) => one !== own)
        .sort(),
    );
    if (this.#groups.at(-1) !== group && this.#groups.includes(group))
      throw new Error('interleaved');
    this.#groups.push(group);
    const isSame = (one: OpenMetricsSample) =>
      one.name === sample.name && JSON.stringify(one.labels) === JSON.stringify(labels);
    if (this.samples.some(isSame)) throw new Error(`${sample.name} is there twice`);
    this.samples.push(sample);
  }

  /** Checks the histograms. */
  check(): void {
    if (this.type !== 'histogram') return;
    for (const group of new Set(this.#groups)) {
      const samples = this.samples.filter((_, i) => this.#groups[i] === group);
      const ending = (end: string) => samples.filter(({ name }) => name === this.name + end);
      const buckets = ending('_bucket').map(({ labels, value }) => ({
        le: number(labels.le),
        value,
      }));
      if (buckets.at(-1)?.le !== Infinity) throw new Error('+Inf is missing');
      buckets.forEach(({ le, value }, i) => {
        if (i > 0 && (le <= buckets[i - 1].le || value < buckets[i - 1].value))
          throw new Error('order');
      });
      const [sum] = ending('_sum');
      const [count] = ending('_count');
      if (!sum !== !count) throw new Error('sum and count go together');
      if (sum && buckets[0].le < 0) throw new Error('a sum beside negative buckets');
      if (count && count.value !== buckets.at(-1)!.value) throw new Error('count');
    }
  }
}

function parseSample(line: string): OpenMetricsSample {
  const reader = { line, at: 0 };
  const bare = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? '';
  reader.at = bare.length;
  const { labels, name = bare } = readLabels(reader);
  if (name === '') throw new Error(`no name: ${line}`);
  const value = number(readWord(reader));
  if (reader.at === line.length) return { name, labels, value };
  if (!line.startsWith(' # {', reader.at)) throw new Error(`rest of ${JSON.stringify(line)}`);
  reader.at += 3;
  const exemplar = readLabels(reader).labels;
  if ([...Object.entries(exemplar).flat().join('')].length > 128) throw new Error('too long');
  const seen = number(readWord(reader));
  const timestamp = reader.at < line.length ? number(readWord(reader)) : undefined;
  if (reader.at < line.length) throw new Error(`rest of ${JSON.stringify(line)}`);
  return { name, labels, value, exemplar: { labels: exemplar, value: seen, timestamp } };
}

interface Reader {
  readonly line: string;
  at: number;
}

function readWord(reader: Reader): string {
  const word = /^ ([^ ]+)/.exec(reader.line.slice(reader.at));
  if (!word) throw new Error(`no value in ${JSON.stringify(reader.line)}`);
  reader.at += word[0].length;
  return word[1];
}

/** Reads labels in braces, with a quoted name of the metric among them if it has one. */
function readLabels(reader: Reader): { labels: Record<string, string>; name?: string } {
  const { line } = reader;
  const labels: [string, string][] = [];
  let metric: string | undefined;
  if (line[reader.at] === '{') {
    reader.at++;
    while (line[reader.at] !== '}') {
      const pair =
        /^(?:([a-zA-Z_]\w*)|"((?:\\.|[^"\\])*)")(?:="((?:\\.|[^"\\])*)")?(,|(?=\}))/s.exec(
          line.slice(reader.at),
        );
      if (!pair) throw new Error(`no label at ${reader.at} of ${JSON.stringify(line)}`);
      reader.at += pair[0].length;
      const name = pair[1] ?? unescaped(pair[2]);
      if (pair[3] !== undefined) labels.push([name, unescaped(pair[3])]);
      else if (metric === undefined && pair[1] === undefined) metric = name;
      else throw new Error(`a label without a value in ${JSON.stringify(line)}`);
    }
    reader.at++;
  }
  if (new Set(labels.map(([name]) => name)).size < labels.length) throw new Error('label twice');
  return { labels: Object.fromEntries(labels), ...(metric !== undefined && { name: metric }) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    if (!'n\\"'.includes(character) || character === '') throw new Error(`\\${character}`);
    return character === 'n' ? '\n' : character;
  });
}

function number(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return NaN;
  if (!/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}
