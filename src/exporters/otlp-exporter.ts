import { checkedConstants } from '../kinds/definition.ts';
import type { Labels } from '../model.ts';
import { checked, OBJECT, oneOf, type Rules } from '../options.ts';
import { idOnUse } from '../platform/random-id.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpPlan, httpRules } from './http-options.ts';
import { QUEUE, type QueueOptions, queueLimits } from './queue-options.ts';

export interface OTLPOptions extends Omit<HttpOptions, 'compression'> {
  /** How messages are written; `protobuf` unless given. */
  encoding?: 'protobuf' | 'json' | undefined;
  /** `gzip` unless given. */
  compression?: 'gzip' | 'none' | undefined;
  /**
   * Whether counters and histograms say what there is in all, or what has come since the request before;
   * `cumulative` unless given.
   */
  temporality?: 'cumulative' | 'delta' | undefined;
  /**
   * Attributes of the resource, such as `service.name`. Unless given, `service.instance.id` is another for each
   * exporter.
   */
  resource?: Labels | undefined;
  /** What may wait while the server cannot be reached. */
  queue?: QueueOptions | undefined;
}

/**
 * Pushes metrics by OTLP over HTTP, to an OpenTelemetry Collector or to whatever else takes it. Each snapshot is
 * sent in order, and once. If that cannot be done now, it waits.
 */
export class OTLPExporter extends HttpExporter {
  /**
   * @param options `url` is the whole URL, mostly with the path `/v1/metrics`
   * @throws TelemetryError `invalid_option`
   */
  constructor(options: OTLPOptions) {
    const rules: Rules<OTLPOptions> = {
      ...httpRules(),
      encoding: oneOf('protobuf', 'json'),
      temporality: oneOf('cumulative', 'delta'),
      resource: OBJECT,
      queue: QUEUE,
    };
    const taken = checked('OTLPExporter', options, rules);
    const url = checkedUrl('OTLPExporter', taken.url);
    const { encoding = 'protobuf', compression = 'gzip', temporality, resource, queue } = taken;
    const id = idOnUse();
    const texts = checkedConstants('OTLPExporter resource', resource ?? {}, [], 'utf8');
    super(
      {
        ...{ exporter: 'otlp', format: 'otlp', via: 'http' },
        destination: `${url.origin}${url.pathname}`,
        http: httpPlan(url, 'POST', { ...taken, compression: undefined }),
        push: {
          ...queueLimits(queue),
          compression,
          get id() {
            return id();
          },
          get options() {
            const attributes = { 'service.instance.id': id(), ...texts };
            return { encoding, resource: attributes, ...(temporality && { temporality }) };
          },
        },
      },
      taken.headers,
    );
  }
}
