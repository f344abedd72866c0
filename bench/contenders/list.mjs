/**
 * Who takes part, and what a contender's module has to offer.
 */

/** @typedef {{ series: number, total: number }} Held  How many series there are, and their sum. */

/**
 * One piece of work that is repeated and timed.
 * @typedef {object} Work
 * @property {(n: number) => void} run  Does it `n` times, written as an application would.
 * @property {() => Promise<Held> | Held} read  What the contender holds, through its own way out.
 * @property {number} [series]  How many series there must be; 1 when not given.
 * @property {(done: number) => number} [expected]  What the total must be; `done` when not given.
 * @property {number} [burst]  Do no more than this many at a time, and settle in between.
 * @property {() => Promise<void>} [settle]  Resolves when the work put off has been done as well.
 */

/**
 * @typedef {object} Contender
 * @property {Record<string, () => Work | Promise<Work>>} works  Hot path and events; each call sets one up.
 * @property {(sets: import('../inputs.mjs').LabelSets, name?: string) => ManySeries} [createSeries]
 * @property {() => Promise<void> | void} close
 */

/**
 * A family with many series, to create and to scrape.
 * @typedef {object} ManySeries
 * @property {(count: number, every?: number) => void} touch  Adds 1 to the first `count` series, or
 *   to each `every`-th of them.
 * @property {() => Promise<unknown>} scrape  What the application would call, in process.
 * @property {(scraped: unknown) => Held} count  What a scrape gave; not part of the timing.
 * @property {() => Promise<void>} [settle]  Resolves when all series are known wherever they are read.
 * @property {() => Promise<{ url: string, close(): Promise<void> | void }>} [serve]
 * @property {(kind: string, url: string) => Promise<() => Promise<boolean>>} [pusher] Returns what pushes
 *   all metrics to a receiver: `otlp`, `otlp-gzip` or `remote-write`.
 */

const NATIVE = ['observe-native', 'observe-native-bound'];

/**
 * `id` names the module in this folder; the package is asked for its version; `lacks` is work that
 * the package has no call for.
 * @type {{ id: string, title: string, package: string, lacks?: string[] }[]}
 */
export const CONTENDERS = [
  { id: 'ours', title: 'utilityfog', package: 'utilityfog-telemetry' },
  { id: 'prom-client', title: 'prom-client', package: 'prom-client', lacks: NATIVE },
  {
    id: 'prometheus-io',
    title: '@prometheus-io',
    package: '@prometheus-io/client',
    lacks: NATIVE,
  },
  {
    id: 'opentelemetry',
    title: 'opentelemetry',
    package: '@opentelemetry/sdk-metrics',
    lacks: [
      'increment-bound',
      'increment-bound-16',
      'observe-bound',
      'observe-native-bound',
      'gauge-set-bound',
      'serve',
    ],
  },
];

/** It has events and no metrics, so it takes part only in the events. */
export const FARO = { id: 'faro', title: 'Grafana Faro', package: '@grafana/faro-core' };
