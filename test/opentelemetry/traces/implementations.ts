/** OpenTelemetry's own implementation and ours, to be tested by the same cases. */
import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type Sampler,
  type SpanLimits as SdkLimits,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { OTLPExporter } from 'utilityfog-telemetry';
import {
  contextManager,
  parentBased,
  ratio,
  type SpanLimitOptions,
  type SpanSampler,
  spanLimits,
  tracerProvider,
  w3cPropagator,
} from 'utilityfog-telemetry/opentelemetry';
import { onTestFinished } from 'vitest';
import { makeCollector } from '../../collectors.ts';
import { receiver } from '../../exporters/http-server.ts';
import { readTraces, type SentTraces, tracesIn } from './sent-spans.ts';

export interface Implementation {
  readonly name: string;
  readonly propagator: TextMapPropagator;
  ratio(share: number): unknown;
  parentBased(root: unknown): unknown;
  /** Makes a provider, and what returns all that was sent of its spans. */
  start(
    sampler?: unknown,
    limits?: SpanLimitOptions,
  ): Promise<{ provider: TracerProvider; sent(): Promise<SentTraces[]> }>;
}

export const RESOURCE = { 'service.name': 'shop', 'service.instance.id': '1' };

export const ours: Implementation = {
  name: 'utilityfog-telemetry',
  propagator: w3cPropagator,
  ratio,
  parentBased: (root) => parentBased(root as SpanSampler),
  async start(sampler, limits) {
    const { url, received } = await receiver();
    const collector = makeCollector();
    const exporter = new OTLPExporter({ url: `${url}/v1/traces` });
    const provider = tracerProvider(collector, {
      ...{ exporter, resource: RESOURCE },
      sampler: sampler as SpanSampler | undefined,
      spanLimits: spanLimits(limits),
    });
    const sent = async () => {
      await collector.flush();
      return tracesIn(received);
    };
    return { provider, sent };
  },
};

export const theirs: Implementation = {
  name: 'OpenTelemetry',
  propagator: new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  }),
  ratio: (share) => new TraceIdRatioBasedSampler(share),
  parentBased: (root) => new ParentBasedSampler({ root: root as Sampler }),
  async start(sampler, limits) {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes(RESOURCE),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
      ...(sampler ? { sampler: sampler as Sampler } : {}),
      ...(limits ? { spanLimits: limits as SdkLimits } : {}),
    });
    const sent = async () => {
      await provider.forceFlush();
      const spans = exporter.getFinishedSpans();
      // This is what OpenTelemetry's exporter sends.
      return spans.length > 0 ? [readTraces(ProtobufTraceSerializer.serializeRequest(spans)!)] : [];
    };
    return { provider, sent };
  },
};

/** Registers what `@opentelemetry/api` uses, until the test ends. */
export function register(
  provider: TracerProvider,
  { propagator }: Pick<Implementation, 'propagator'>,
  manager: ContextManager = contextManager(),
): void {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(manager.enable());
  propagation.setGlobalPropagator(propagator);
  onTestFinished(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
}
