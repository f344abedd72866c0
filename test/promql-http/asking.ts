/** Asks Prometheus' HTTP API of a collector whose history holds what a test gives it. */
import type { Feature, HandlerOptions, Part, TelemetryCollector } from 'utilityfog-telemetry';
import { promql } from 'utilityfog-telemetry/promql';
import { memorySource } from 'utilityfog-telemetry/promql/engine';
import { makeCollector } from '../collectors.ts';

export interface GivenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly samples: readonly (readonly [number, number])[];
}

export type Metadata = Readonly<Record<string, { type: string; help: string; unit: string }>>;

/** When the samples of `SHOP` begin. Seconds since 1970. */
export const START = 1_700_000_000;
/** Seconds between them. Windows that end at whole seconds then begin at no sample. */
const STEP = 17.001;
const COUNT = 100;
/** Whole seconds after all samples. */
export const END = START + 1700;

function given(
  labels: Readonly<Record<string, string>>,
  valueAt: (number: number) => number,
): GivenSeries {
  const samples = Array.from(
    { length: COUNT },
    (_, i) => [Math.round((START + i * STEP) * 1000) / 1000, valueAt(i)] as const,
  );
  return { labels, samples };
}

/** Requests to some servers, and a few gauges with values and labels that need care. */
export const SHOP: readonly GivenSeries[] = [
  ...['a', 'b', 'c'].flatMap((instance, i) =>
    ['200', '404', '500'].map((code, j) =>
      given(
        { __name__: 'requests_total', job: 'shop', instance, code },
        (n) => 1000 + n * (i + 1) * (j + 2),
      ),
    ),
  ),
  given({ __name__: 'temperature', room: 'häll "1"' }, (n) => 20 + Math.sin(n)),
  given({ __name__: 'temperature', room: 'a\\b' }, (n) => n / 3),
  given({ __name__: 'odd', kind: 'infinite' }, () => Infinity),
  given({ __name__: 'odd', kind: 'negative' }, () => -Infinity),
  given({ __name__: 'odd', kind: 'none' }, () => NaN),
  given({ __name__: 'odd', kind: 'large' }, () => 1.5e25),
];

/** Stands for `history()`, and holds given samples in place of those of the collector. */
export function pastOf(series: readonly GivenSeries[], metadata: Metadata = {}): Feature {
  const part = {
    name: 'history',
    start: () =>
      ({
        source: memorySource(series),
        metadata: () => new Map(Object.entries(metadata)),
        labels: {},
        exemplars: () => [],
      }) as Part,
  };
  return { name: 'history', code: { module: async () => part }, api: () => undefined };
}

/** Stands for `history()`, and answers when the test says so. */
export function waitingPast(): { past: Feature; selects: (() => void)[] } {
  const selects: (() => void)[] = [];
  const source = {
    select: () => new Promise((resolve) => selects.push(() => resolve([]))),
  };
  const part = {
    name: 'history',
    start: () => ({ source, metadata: () => new Map() }) as Part,
  };
  const past: Feature = {
    name: 'history',
    code: { module: async () => part },
    api: () => undefined,
  };
  return { past, selects };
}

export type Ask = (
  path: string,
  init?: RequestInit,
) => Promise<{ status: number; headers: Headers; json: never; text: string }>;

/** The ways by which a request comes to the API. */
export const PLACES = {
  'handler()': async (collector: TelemetryCollector, options: HandlerOptions = {}) => {
    const handle = collector.handler({ ...options, api: true });
    return asking((path, init) => handle(new Request(`http://localhost${path}`, init)));
  },
  'serve()': async (collector: TelemetryCollector, options: HandlerOptions = {}) => {
    const { url } = await collector.serve({ ...options, api: true, port: 0 });
    return asking((path, init) => fetch(new URL(path, url), init));
  },
} as const;

function asking(send: (path: string, init?: RequestInit) => Promise<Response>): Ask {
  return async (path, init) => {
    const response = await send(path.startsWith('/') ? path : `/api/v1/${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    const { status, headers } = response;
    return { status, headers, text, json: (isJson ? JSON.parse(text) : undefined) as never };
  };
}

/** Makes a collector that answers from given samples. */
export function collectorOf(
  series: readonly GivenSeries[] = SHOP,
  { metadata, after = [] }: { metadata?: Metadata; after?: readonly Feature[] } = {},
): TelemetryCollector {
  return makeCollector({ use: [pastOf(series, metadata), promql(), ...after] });
}

/** A request with a form. */
export function form(...pairs: readonly (readonly [string, string])[]): RequestInit {
  return { method: 'POST', body: new URLSearchParams(pairs.map((pair) => [...pair])) };
}

/** A path with parameters. */
export function withQuery(path: string, ...pairs: readonly (readonly [string, string])[]): string {
  return `${path}?${new URLSearchParams(pairs.map((pair) => [...pair]))}`;
}
