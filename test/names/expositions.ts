/** Reads everything that a collector can answer, each with a parser of its format. */
import {
  CONTENT_TYPES,
  type Escaping,
  formatJSON,
  formatOpenMetrics,
  formatPrometheus,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { parseOpenMetrics } from '../formats/openmetrics-parser.ts';
import { type Message, readFamilies } from '../formats/protobuf-reader.ts';
import { type ParsedSample, parseText } from '../formats/text-parser.ts';

export const SCHEMES: readonly Escaping[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

type Sample = Pick<ParsedSample, 'name' | 'labels'>;

export interface Read {
  /** The format, its version, and the scheme if it has one. */
  readonly what: string;
  readonly scheme: Escaping | undefined;
  readonly samples: readonly Sample[];
}

/** Throws if a parser does, or if anything is there twice. */
export async function readAll(collector: TelemetryCollector): Promise<readonly Read[]> {
  const old = await formatPrometheus(collector);
  const all: Read[] = [
    { what: 'text 0.0.4', scheme: 'underscores', samples: parseText(old).samples },
    { what: 'json', scheme: undefined, samples: jsonSamples(await formatJSON(collector)) },
  ];
  for (const scheme of SCHEMES) {
    const text = await formatPrometheus(collector, { version: '1.0.0', escaping: scheme });
    all.push({ what: 'text 1.0.0', scheme, samples: parseText(text, true).samples });
    const openMetrics = parseOpenMetrics(await formatOpenMetrics(collector, { escaping: scheme }));
    const samples = openMetrics.flatMap((family) => family.samples);
    all.push({ what: 'openmetrics', scheme, samples });
    const messages = readFamilies(await protobufOf(collector, scheme));
    all.push({ what: 'protobuf', scheme, samples: messages.flatMap(messageSamples) });
  }
  for (const { what, scheme, samples } of all) {
    const known = new Set<string>();
    for (const { name, labels } of samples) {
      const series = JSON.stringify([name, Object.entries(labels).sort()]);
      if (known.has(series)) throw new Error(`${what}, ${scheme}: ${series} is there twice`);
      known.add(series);
    }
  }
  return all;
}

async function protobufOf(collector: TelemetryCollector, scheme: Escaping): Promise<Uint8Array> {
  const accept = `${CONTENT_TYPES.protobuf};escaping=${scheme}`;
  const request = new Request('http://localhost/metrics', { headers: { accept } });
  const response = await collector.handler()(request);
  if (!response.headers.get('content-type')?.includes(`escaping=${scheme}`)) {
    throw new Error(`answered as ${response.headers.get('content-type')}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function messageSamples({ name, metric }: Message): Sample[] {
  return (metric as Message[]).map(({ label }) => {
    const pairs = (label as { name: string; value: string }[]).map(
      (pair) => [pair.name, pair.value] as const,
    );
    if (new Set(pairs.map(([one]) => one)).size < pairs.length) throw new Error('label twice');
    return { name: name as string, labels: Object.fromEntries(pairs) };
  });
}

function jsonSamples(text: string): Sample[] {
  const metrics = JSON.parse(text).metrics as Record<string, Sample | Sample[]>;
  return Object.entries(metrics).flatMap(([name, series]) =>
    [series].flat().map(({ labels }) => ({ name, labels })),
  );
}
