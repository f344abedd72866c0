/** A collector that takes spans, and a server that gets them. */
import type { ServerResponse } from 'node:http';
import {
  OTLPExporter,
  type OTLPOptions,
  TelemetryCollector,
  type TelemetryCollectorOptions,
} from 'utilityfog-telemetry';
import { type TracerProviderOptions, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { makeCollector } from '../../collectors.ts';
import { type Answer, receiver } from '../../exporters/http-server.ts';
import { type SentSpan, spansIn, tracesIn } from './sent-spans.ts';

interface Given {
  readonly collector?: TelemetryCollector | TelemetryCollectorOptions;
  readonly options?: TracerProviderOptions;
  readonly exporter?: Partial<OTLPOptions>;
  readonly answers?: readonly Answer[];
}

export async function tracing({ collector: given, options, exporter, answers = [] }: Given = {}) {
  const { url, received } = await receiver(...answers);
  const isMade = given instanceof TelemetryCollector;
  const collector = isMade ? given : makeCollector(given);
  const provider = tracerProvider(collector, {
    exporter: new OTLPExporter({ url: `${url}/v1/traces`, ...exporter }),
    ...options,
  });
  const spans = (): SentSpan[] => spansIn(tracesIn(received));
  const names = () => spans().map(({ name }) => name);
  const tracer = provider.getTracer('test');
  return { collector, provider, tracer, received, url, spans, names };
}

/** Answers nobody until it is opened. */
export function gate() {
  let open = false;
  const answer = (response: ServerResponse) => void response.writeHead(open ? 200 : 503).end();
  return { answer, open: () => void (open = true) };
}
