import { startPageMetrics } from '#runtime-metrics';
import type { MetricsExporter } from '../exporters/metrics-exporter.ts';
import { OTLPExporter } from '../exporters/otlp-exporter.ts';
import { PeriodicExporter } from '../exporters/periodic-exporter.ts';
import { type Labels, TelemetryError, textOf } from '../model.ts';
import { COLLECTOR, check, EXPORTER, FLAG, OBJECT, type Rules, SECONDS } from '../options.ts';
import { outsideZones } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { BROWSER_GROUPS, type BrowserGroup } from './page.ts';
import { PREFIX, runtimeHook } from './runtime-hooks.ts';

/** The options of `setupBrowserTelemetry()`. */
export interface BrowserTelemetryOptions {
  /**
   * Where the metrics go: an exporter; or the whole URL of a receiver of OTLP, mostly with the path `/v1/metrics`,
   * which gets deltas.
   */
  readonly to: MetricsExporter | string | URL;
  /**
   * Seconds between exports. Whatever it is, the page also exports when it is hidden or left.
   * @defaultValue 15
   */
  readonly interval?: number | undefined;
  /**
   * The groups of metrics that are wanted.
   * @defaultValue all
   */
  readonly only?: readonly BrowserGroup[] | undefined;
  /** The beginning of each name, e.g. `shop_`. */
  readonly prefix?: string | undefined;
  /** Attributes of the resource, such as `service.name`, if `to` is a URL. */
  readonly resource?: Labels | undefined;
  /**
   * Whether events are sent, too, such as errors and single Web Vitals, if `to` is a URL that ends in `/v1/metrics`.
   * They go to `/v1/logs`.
   * @defaultValue `false`
   */
  readonly events?: boolean | undefined;
}

/** Ends what `setupBrowserTelemetry` has begun. Resolves when nothing more is measured or sent. Never rejects. */
export type StopBrowserTelemetry = () => Promise<void>;

const WHAT = 'setupBrowserTelemetry()';
/** Seconds. Many pages are open for less than a minute. */
const INTERVAL = 15;

const isUrl = (to: unknown): to is string | URL => typeof to === 'string' || to instanceof URL;

/** It is a function, so that bundlers can leave it out. */
const rules = (): Rules<BrowserTelemetryOptions> => ({
  to: [(to) => isUrl(to) || EXPORTER[0](to), 'an exporter or the URL of a receiver of OTLP', true],
  interval: SECONDS,
  only: [
    (value) => Array.isArray(value) && value.every((group) => BROWSER_GROUPS.includes(group)),
    `a list of ${BROWSER_GROUPS.join(', ')}`,
  ],
  prefix: PREFIX,
  resource: OBJECT,
  events: FLAG,
});

/** What runs, by collector. */
const running = /* @__PURE__ */ new WeakMap<TelemetryCollector, Promise<StopBrowserTelemetry>>();

/**
 * Measures what a page can tell, and sends all metrics of the collector: Web Vitals, errors, resources, the
 * navigation, frames, long tasks and memory. What is measured when the page is hidden or left is sent at once.
 *
 * While it runs, a second call for the same collector changes nothing. Where there is no page, as in a server that
 * renders, nothing is measured or sent, and a warning says so.
 *
 * @returns resolves, once all is registered, to a function that ends it: it exports once more, and unregisters what
 *   was registered. It rejects with a TelemetryError if a name is taken
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts browser
 * import { MetricsExporter, setupBrowserTelemetry, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * class Counted extends MetricsExporter {
 *   exports = 0;
 *   async exportMetrics(): Promise<boolean> {
 *     this.exports++;
 *     return true;
 *   }
 * }
 *
 * const collector = new TelemetryCollector();
 * const stop = await setupBrowserTelemetry(collector, { to: new Counted(), interval: 30 });
 * await stop();
 * await collector.shutdown();
 * ```
 */
export function setupBrowserTelemetry(
  collector: TelemetryCollector,
  options: BrowserTelemetryOptions,
): Promise<StopBrowserTelemetry> {
  check(`${WHAT} collector`, collector, COLLECTOR);
  const taken = collector.checked(WHAT, options, rules());
  const exporter = exporterOf(taken);
  const { interval = INTERVAL } = taken;
  const periodic = new PeriodicExporter(exporter, collector, { interval });
  const known = running.get(collector);
  if (known) return known;
  const begun = outsideZones(() => begin(collector, periodic, taken));
  running.set(collector, begun);
  begun.catch(() => running.delete(collector));
  return begun;
}

/** @throws TelemetryError `invalid_option` if the URL is none */
function exporterOf({ to, resource, events }: BrowserTelemetryOptions): MetricsExporter {
  if (isUrl(to)) return new OTLPExporter({ url: to, temporality: 'delta', resource, events });
  if (!resource && !events) return to;
  const option = resource ? 'resource' : 'events';
  const message = `${WHAT} ${option} is for a URL as \`to\`; give it to the exporter instead`;
  throw new TelemetryError('invalid_option', message);
}

async function begin(
  collector: TelemetryCollector,
  periodic: PeriodicExporter,
  { only = BROWSER_GROUPS, prefix = '' }: BrowserTelemetryOptions,
): Promise<StopBrowserTelemetry> {
  const stopped = () => void running.delete(collector);
  let stopMeasuring: (() => void) | undefined;
  try {
    stopMeasuring = await startPageMetrics?.(collector, only, prefix, (group) =>
      runtimeHook(prefix, group),
    );
    if (!stopMeasuring) {
      collector.fail('no_page', `${WHAT} does nothing here, since there is no page to measure`);
      return async () => stopped();
    }
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    // Everything else that the application records can still be sent.
    collector.fail('page', `the code that measures the page is missing: ${textOf(error)}`);
  }
  await periodic.start();
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    // What was measured is sent before it is unregistered.
    await collector.flush().catch(() => {});
    await periodic.stop();
    stopMeasuring?.();
    stopped();
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}
