import type { Labels } from '../model.ts';
import { checked, FLAG, OBJECT, type Rules } from '../options.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpRules } from './http-options.ts';
import { instancePlans } from './instance-plans.ts';
import { QUEUE, type QueueOptions } from './queue-options.ts';

/** The options of `new RelayExporter()`. */
export interface RelayExporterOptions extends HttpOptions {
  /** Attributes of the resource, such as `service.name`, for a relay that sends on. */
  resource?: Labels | undefined;
  /**
   * Whether the events of all threads are sent, too.
   * @defaultValue `false`
   */
  events?: boolean | undefined;
  /** What may wait while the relay cannot be reached. */
  queue?: QueueOptions | undefined;
}

/**
 * Sends to a relay (`createRelay()` of `utilityfog-telemetry/relay`) what has come since the request before, in its own
 * form: of all exporters it sends the fewest bytes. Each snapshot is sent in order, and once.
 * @example
 * ```ts
 * import { PeriodicExporter, RelayExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new RelayExporter({ url: 'https://shop.example.com/telemetry', events: true });
 * const periodic = new PeriodicExporter(exporter, collector, { interval: 15 });
 * // await periodic.start();
 * console.log(periodic.running);
 * // -> false
 * ```
 */
export class RelayExporter extends HttpExporter {
  /**
   * @param options `url` is the whole URL of the relay
   * @throws TelemetryError `invalid_option`
   */
  constructor(options: RelayExporterOptions) {
    const rules: Rules<RelayExporterOptions> = {
      ...httpRules(),
      ...{ resource: OBJECT, events: FLAG, queue: QUEUE },
    };
    const taken = checked('RelayExporter', options, rules);
    const url = checkedUrl('RelayExporter', taken.url);
    const planOf = instancePlans('RelayExporter', taken, { temporality: 'delta' });
    const also = { exporter: 'relay_events', format: 'compact-events', events: true };
    const plans = taken.events ? [planOf(url, also)] : [];
    super(taken.headers, planOf(url, { exporter: 'relay', format: 'compact' }), ...plans);
  }
}
