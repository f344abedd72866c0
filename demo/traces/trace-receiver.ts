/**
 * Receives the spans of the page, so that it can show them. In real use they go to an OpenTelemetry Collector,
 * to Tempo or Jaeger; a demo that may lie on a host of mere files has none of these. So a part beside the
 * collector takes the requests that would leave there: all before that is as it is in real use.
 */
import type { Feature } from 'utilityfog-telemetry';
import type { ShownTrace, TraceSummary } from './kept-traces.ts';

export const RECEIVER_URL = new URL('v1/traces', document.baseURI).href;

export interface TraceReceiver {
  /** Resolves to the newest traces that have ended, newest first. */
  newest(): Promise<readonly TraceSummary[]>;
  /** Resolves to a trace; to `undefined` if it has not come yet, or is no longer kept. */
  trace(id: string): Promise<ShownTrace | undefined>;
}

export const traceReceiver: Feature<TraceReceiver> = {
  name: 'trace-receiver',
  config: { url: RECEIVER_URL },
  code: {
    url: () => new URL('trace-receiver-part.js', document.baseURI),
    module: () => import('./trace-receiver-part.ts'),
  },
  api: (call) => ({
    newest: () => call('newest') as Promise<readonly TraceSummary[]>,
    trace: (id) => call('trace', id) as Promise<ShownTrace | undefined>,
  }),
};
