import type { TracerProvider } from '@opentelemetry/api';
import { check, checked, FLAG, type Rules, withMethods } from '../../../options.ts';
import type { PageTracing } from '../../browser/page-tracing.ts';
import type { ServerTracing } from '../../server-requests.ts';
import { clientTracing } from './client-tracing.ts';
import { pageTracing } from './page-tracing.ts';
import { serverTracing } from './server-tracing.ts';

/** The option `tracing` of what observes requests. */
export interface RequestTracing extends ServerTracing, PageTracing {}

/** The options of `requestTracing()`. */
export interface RequestTracingOptions {
  /**
   * Whether spans of servers have `client.address`: the first address of `X-Forwarded-For`, which anybody can
   * write, or that of the connection. It is personal data.
   * @defaultValue `false`
   */
  readonly clientAddress?: boolean | undefined;
}

const RULES: Rules<RequestTracingOptions> = { clientAddress: FLAG };

/**
 * Makes a span of each request that is observed: for the option `tracing` of middlewares, of `instrument()`,
 * `instrumentProcess()` and `instrumentPage()`. Metric and span come from the same observation.
 * @param provider makes the spans; unless given, what is registered with `@opentelemetry/api` when a request begins
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { instrumentFetch } from 'utilityfog-telemetry/fetch';
 * import { requestTracing, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const tracing = requestTracing(tracerProvider(collector));
 * const fetch = instrumentFetch(() => new Response('hello'), { collector, tracing });
 * await (await fetch(new Request('http://localhost/'))).text();
 * await collector.shutdown();
 * ```
 */
export function requestTracing(
  provider?: TracerProvider,
  options?: RequestTracingOptions | null,
): RequestTracing {
  if (provider !== undefined) check('requestTracing()', provider, withMethods('getTracer'));
  const { clientAddress = false } = checked('requestTracing()', options, RULES);
  return {
    ...serverTracing(provider, clientAddress),
    ...clientTracing(provider),
    ...pageTracing(provider),
  };
}
