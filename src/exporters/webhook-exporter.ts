import { checked, oneOf, type Rules } from '../options.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpPlan, httpRules } from './http-options.ts';

/** The options of `new WebhookExporter()`. */
export interface WebhookOptions extends HttpOptions {
  /**
   * What is sent.
   * @defaultValue the JSON shape
   */
  format?: 'json' | 'prometheus' | 'openmetrics' | 'protobuf' | undefined;
  /**
   * The method of each request.
   * @defaultValue `POST`
   */
  method?: 'POST' | 'PUT' | undefined;
}

/**
 * Sends a whole snapshot to a URL, in any format, from the collector's side. A snapshot that could not be
 * sent is not kept: the next has newer values.
 * @example
 * ```ts
 * import { TelemetryCollector, WebhookExporter } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new WebhookExporter({ url: 'http://127.0.0.1:8080/metrics', timeout: 5 });
 * // await exporter.exportMetrics(collector);
 * console.log(exporter instanceof WebhookExporter);
 * // -> true
 * ```
 */
export class WebhookExporter extends HttpExporter {
  /** @throws TelemetryError `invalid_option` */
  constructor(options: WebhookOptions) {
    const rules: Rules<WebhookOptions> = {
      ...httpRules(),
      format: oneOf('json', 'prometheus', 'openmetrics', 'protobuf'),
      method: oneOf('POST', 'PUT'),
    };
    const taken = checked('WebhookExporter', options, rules);
    const url = checkedUrl('WebhookExporter', taken.url);
    const { format = 'json', method = 'POST', headers } = taken;
    const http = httpPlan(url, method, taken);
    // The path of a webhook is often a secret, too.
    super(headers, { exporter: 'webhook', format, destination: url.origin, via: 'http', http });
  }
}
