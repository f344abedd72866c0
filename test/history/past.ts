/** Makes a history that tests feed by hand, beside a collector in the thread of the test. */
import type { Feature, PartHost, Snapshot, TelemetryCollectorOptions } from 'utilityfog-telemetry';
import type { HistoryPart } from '../../src/features/history/history-part.ts';
import type { Matcher } from '../../src/promql/matcher.ts';
import type { Series } from '../../src/promql/source.ts';
import { makeCollector } from '../collectors.ts';

interface PartModule {
  start(host: object, config: object): HistoryPart | Promise<HistoryPart>;
}
const dist = new URL('../../dist/', import.meta.url);
export const { start } = (await import(new URL('history-part.js', dist).href)) as PartModule;

/** A sample as tests compare it: a time, and a number, or `stale`, or a histogram. */
export type PlainSample = readonly [time: number, value: unknown];

export interface Past {
  readonly collector: ReturnType<typeof makeCollector>;
  readonly part: HistoryPart;
  /** Resolves to what the collector knows now. */
  read(): Promise<Snapshot>;
  /** Lets the history see that, as of another time: seconds since 1970. */
  sample(snapshot: Snapshot, time: number): void;
}

export async function makePast(
  config: object = {},
  options: TelemetryCollectorOptions = {},
): Promise<Past> {
  let host!: PartHost;
  let part!: HistoryPart;
  const feature: Feature = {
    name: 'history',
    code: {
      module: async () => ({
        name: 'history',
        async start(given: PartHost) {
          host = given;
          part = await start(given, { retention: 3600, maxBytes: 60e6, labels: {}, ...config });
          // The runs of the collector are not what tests feed.
          return { ...part, sampled: undefined } as never;
        },
      }),
    },
    api: () => undefined,
  };
  const collector = makeCollector({ link: 'inline', use: [feature], ...options });
  await collector.getSnapshot();
  return {
    collector,
    part,
    read: () => host.read(),
    sample: (snapshot, timestamp) => part.sampled!({ ...snapshot, timestamp }),
  };
}

/** A matcher for equality, or for what a function says. */
export function matcher(name: string, value: string | ((value: string) => boolean)): Matcher {
  return typeof value === 'string'
    ? { name, op: '=', value, matches: (other) => other === value }
    : { name, op: '=~', value: String(value), matches: value };
}

/** Returns what a source has, by the keys of the label sets. Times are seconds. */
export async function samplesIn(
  { source }: HistoryPart,
  matchers: readonly Matcher[] = [],
  after = -Infinity,
  upTo = Infinity,
): Promise<Map<string, PlainSample[]>> {
  const found = new Map<string, PlainSample[]>();
  for (const series of await source.select(matchers, after * 1000, upTo * 1000)) {
    found.set(keyOf(series.labels.toObject()), plain(series));
  }
  return found;
}

export function keyOf(labels: Readonly<Record<string, string>>): string {
  const { __name__, ...others } = labels;
  return `${__name__}${JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function plain({ times, values, begin, end, kinds, histograms }: Series): PlainSample[] {
  const samples: PlainSample[] = [];
  for (let i = begin; i < end; i++) {
    const kind = kinds?.[i] ?? 0;
    samples.push([times[i] / 1000, [values[i], 'stale', histograms?.[i], 'absent'][kind]]);
  }
  return samples;
}

/** Returns a generator of numbers from 0 up to 1 that depend on the seed alone. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
