/** Makes collectors for tests. They log to a list, and are shut down after each test of the file. */
import {
  formatPrometheus,
  TelemetryCollector,
  type TelemetryCollectorOptions,
} from 'utilityfog-telemetry';
import { afterEach } from 'vitest';
import { type ParsedSample, parseText } from './formats/text-parser.ts';

export const LINKS = ['shared', 'message', 'inline'] as const;

const opened: TelemetryCollector[] = [];
const logs = new WeakMap<TelemetryCollector, string[]>();

afterEach(async () => {
  await Promise.all(opened.splice(0).map((collector) => collector.shutdown()));
});

/** The collector is in this thread unless the test asks for another link, since that starts fastest. */
export function makeCollector(options: TelemetryCollectorOptions = {}): TelemetryCollector {
  return kept({ link: 'inline', ...options }, (all) => new TelemetryCollector(all));
}

/** Makes a thread that the collector takes for another one, although it runs in this one. */
export function joinThread(
  owner: TelemetryCollector,
  options: TelemetryCollectorOptions = {},
): TelemetryCollector {
  return kept(options, (all) => TelemetryCollector.connect(owner.createPort(), all));
}

function kept(
  options: TelemetryCollectorOptions,
  make: (options: TelemetryCollectorOptions) => TelemetryCollector,
): TelemetryCollector {
  const log: string[] = [];
  const write = (message: string) => void log.push(message);
  const collector = make({ logger: { warn: write, error: write }, ...options });
  opened.push(collector);
  logs.set(collector, log);
  return collector;
}

/** What collectors without a logger of their own have logged. */
export function logOf(collector: TelemetryCollector): readonly string[] {
  return logs.get(collector)!;
}

/** Returns the samples of that name in the exposition. */
export async function samplesOf(
  collector: TelemetryCollector,
  name: string,
): Promise<ParsedSample[]> {
  const { samples } = parseText(await formatPrometheus(collector));
  return samples.filter((sample) => sample.name === name);
}

/** Returns the one sample of that name with these labels; `undefined` if there is none. */
export async function sampleOf(
  collector: TelemetryCollector,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const samples = await samplesOf(collector, name);
  const text = labelsText(labels);
  return samples.find((sample) => labelsText(sample.labels) === text)?.value;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns how many recordings were refused, or things failed, for that reason. */
export async function errors(collector: TelemetryCollector, reason: string): Promise<number> {
  return (await sampleOf(collector, 'telemetry_errors_total', { reason })) ?? 0;
}
