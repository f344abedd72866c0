/** Tests what a thread that records more spans than the collector can send does to the memory of the collector. */
import { setImmediate as turn } from 'node:timers/promises';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/bridges/opentelemetry/traces/limits.ts';
import { SpanOutbox } from '../../src/bridges/opentelemetry/traces/span-outbox.ts';
import { RecordingTracer } from '../../src/bridges/opentelemetry/traces/tracer.ts';
import type { TracesConfig } from '../../src/features/traces/config.ts';
import { TracesPart } from '../../src/features/traces/traces-part.ts';
import { clock } from '../../src/platform/clock.ts';
import type { PartDelivery, PartHost } from '../../src/protocol/feature.ts';

const SPANS = 80_000;
/** Those of the batches that may be under way, and those that are read. */
const MOST_TAKEN = 50_000;

const config: TracesConfig = {
  plan: {
    ...{ exporter: 'otlp', format: 'otlp', via: 'http', destination: 'http://127.0.0.1' },
    http: { url: 'http://127.0.0.1/v1/traces', headers: {}, timeout: 1 },
    push: { id: 'otlp', maxBytes: 1, maxAge: 1, compression: 'none', options: {} },
  } as unknown as TracesConfig['plan'],
  resource: {},
  asksForResource: false,
  tail: undefined,
  spanMetrics: false,
};

it('leaves spans with the thread while those before them are on their way to the queue', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const queued: number[] = [];
  const deliver = async (_: unknown, { count }: { count: number }): Promise<PartDelivery> => {
    await opened;
    queued.push(count);
    return { arrives: Promise.resolve(true) };
  };
  const part = new TracesPart({ clock, deliver, fail() {} } as unknown as PartHost, config);
  const sampleOf = (name: string) => {
    const family = part.adds().find((one) => one.name === name);
    return family?.data === 'number' ? family.values[0]! : Number.NaN;
  };
  const outbox = new SpanOutbox({
    give: async (batch) => part.takes(batch),
    open() {},
    after: () => () => {},
  });
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

  for (let i = 0; i < SPANS; i++) {
    tracer.startSpan('span', {}, ROOT_CONTEXT).end();
    if (i % 1000 === 0) await turn();
  }
  await turn();
  expect(sampleOf('telemetry_spans_total')).toBeLessThan(MOST_TAKEN);
  expect(sampleOf('telemetry_spans_waiting')).toBe(sampleOf('telemetry_spans_total'));
  expect(queued).toEqual([]);

  open();
  await expect.poll(() => sampleOf('telemetry_spans_total')).toBeGreaterThan(SPANS - 1024);
  outbox.flush();
  await part.flush();
  await expect.poll(() => sampleOf('telemetry_spans_waiting')).toBe(0);
  expect(queued.reduce((sum, count) => sum + count, 0)).toBe(SPANS);
});
