import {
  createNoopMeter,
  type Meter,
  type MeterOptions,
  type MeterProvider,
} from '@opentelemetry/api';
import type { ResourceOption } from '../../../features/traces/resource.ts';
import { INSTRUMENT_FLAGS } from '../../../kinds/instrument-labels.ts';
import type { Rule } from '../../../options.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import { checkedMiddleware } from '../../checked-middleware.ts';
import { attributesText } from '../attributes.ts';
import { scopeOf } from '../scope.ts';
import { Callbacks } from './callbacks.ts';
import { meterOf } from './meter.ts';
import { seriesKey } from './series.ts';
import type { ViewOptions } from './view-options.ts';
import { checkedView } from './views.ts';

/** The options of `meterProvider()`. */
export interface MeterProviderOptions {
  /** How instruments are counted for which the default is not what is wanted. */
  readonly views?: readonly ViewOptions[] | undefined;
  /** What the telemetry is about. Without it, there is none but that of the exporter. */
  readonly resource?: ResourceOption | undefined;
}

/** A provider of meters that record into a collector. */
export interface CollectorMeterProvider extends MeterProvider {
  /** Resolves when all recorded before the call has reached the collector, the storage and the exporters. */
  forceFlush(): Promise<void>;
  /** Flushes. New meters record nothing then. The collector goes on, since it is not the provider's. */
  shutdown(): Promise<void>;
}

/** The instrument that stands for a resource. */
const TARGET = `["target","","",${INSTRUMENT_FLAGS.resource},"","","",[]]`;
const targetKey = (attributes: unknown) => seriesKey(TARGET, attributesText(attributes));

/** The most meters that are kept, to be given again. */
const MOST_METERS = 1000;

const RULES: Readonly<Record<string, Rule>> = {
  views: [Array.isArray, 'a list of views'],
  resource: [(value) => typeof value === 'object', 'an object'],
};

/**
 * Returns a provider whose instruments record into the collector.
 * @throws TelemetryError `invalid_option` when an option is not sound
 * @example
 * ```ts
 * import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
 * import { meterProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const meter = meterProvider(collector).getMeter('shop');
 * meter.createCounter('orders').add(2, { country: 'ch' });
 * console.log((await formatPrometheus(collector)).includes('orders_total{country="ch"'));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export function meterProvider(
  collector: TelemetryCollector,
  options: MeterProviderOptions = {},
): CollectorMeterProvider {
  const what = 'meterProvider()';
  const { views = [], resource } = checkedMiddleware(what, { ...options, collector }, RULES);
  const callbacks = new Callbacks(collector);
  const host = {
    collector,
    views: views.map((view, i) => checkedView(collector, `${what} views[${i}]`, view)),
    callbacks,
  };
  const shown =
    resource &&
    import('../resource.ts').then((late) => late.showResource(collector, resource, targetKey));
  // What is read must have the resource. Whatever goes wrong with it is told by `onCollect()`.
  shown?.catch(() => {});
  collector.onCollect(() => {
    callbacks.call();
    return shown;
  });
  const meters = new Map<string, Meter>();
  let isShutDown = false;
  const flush = async () => {
    await collector.flush();
  };
  return {
    getMeter(name: string, version?: string, options?: MeterOptions): Meter {
      if (isShutDown) return createNoopMeter();
      const scope = scopeOf(name, version, options);
      const key = JSON.stringify(scope);
      const meter = meters.get(key) ?? meterOf(host, scope);
      if (meters.size < MOST_METERS) meters.set(key, meter);
      return meter;
    },
    forceFlush: flush,
    shutdown() {
      isShutDown = true;
      return flush();
    },
  };
}
