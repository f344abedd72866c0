import { checkedConstants } from '../kinds/definition.ts';
import type { Labels } from '../model.ts';
import { checked, FLAG, OBJECT, type Rules } from '../options.ts';
import { idOnUse } from '../platform/random-id.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpPlan, httpRules } from './http-options.ts';
import { QUEUE, type QueueOptions, queueLimits } from './queue-options.ts';

export interface RelayExporterOptions extends HttpOptions {
  /** Attributes of the resource, such as `service.name`, for a relay that sends on. */
  resource?: Labels | undefined;
  /** Whether the events of all threads are sent, too; `false` unless given. */
  events?: boolean | undefined;
  /** What may wait while the relay cannot be reached. */
  queue?: QueueOptions | undefined;
}

/**
 * Sends to a relay (`createRelay()` of `utilityfog-telemetry/relay`) what has come since the request before, in its own
 * form: of all exporters it sends the fewest bytes. Each snapshot is sent in order, and once.
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
    const { resource = {}, events, compression = 'gzip' } = taken;
    const attributes = checkedConstants('RelayExporter resource', resource, [], 'utf8');
    const id = idOnUse();
    const planOf = (plan: Pick<ExportPlan, 'exporter' | 'format' | 'events'>): ExportPlan => ({
      ...plan,
      via: 'http',
      destination: `${url.origin}${url.pathname}`,
      http: httpPlan(url, 'POST', { ...taken, compression: undefined }),
      push: {
        ...queueLimits(taken.queue, plan.events ? ' events' : ''),
        compression,
        get id() {
          return `${id()}${plan.events ? ' events' : ''}`;
        },
        get options() {
          const own = { 'service.instance.id': id(), ...attributes };
          return { resource: own, temporality: 'delta' };
        },
      },
    });
    const also = { exporter: 'relay_events', format: 'compact-events', events: true };
    const plans = events ? [planOf(also)] : [];
    super(taken.headers, planOf({ exporter: 'relay', format: 'compact' }), ...plans);
  }
}
