/** A thread that records spans, and whose batches a test takes. */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/bridges/opentelemetry/traces/limits.ts';
import { SpanOutbox } from '../../../src/bridges/opentelemetry/traces/span-outbox.ts';
import { RecordingTracer } from '../../../src/bridges/opentelemetry/traces/tracer.ts';
import type { SpanBatch } from '../../../src/features/traces/span-batch.ts';

/** A thread that records, and hands over what it has recorded by `give`. */
export function thread(give: (batch: SpanBatch) => Promise<unknown>) {
  const outbox = new SpanOutbox({ give, open() {}, after: () => () => {} });
  const tracer = new RecordingTracer(
    {
      sampler: undefined,
      begin: () => 1,
      started() {},
      failed: (error) => expect.unreachable(String(error)),
    },
    {
      ...{ name: 'test', version: '', schemaUrl: '', limits: DEFAULT_LIMITS },
      ended: (span) => outbox.add(span),
      refused() {},
    },
  );
  const record = (attributes = {}) => tracer.startSpan('span', { attributes }, ROOT_CONTEXT).end();
  return { outbox, tracer, record };
}
