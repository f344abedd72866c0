/** Which traces are kept once they are there. */
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { formatOpenMetrics } from 'utilityfog-telemetry';
import { tailSampling } from 'utilityfog-telemetry/opentelemetry';
import { expect, it } from 'vitest';
import { sampleOf } from '../../collectors.ts';
import { tracing } from './tracing.ts';

const at = (seconds: number): [number, number] => [1_700_000_000 + seconds, 0];

async function sampled(tail: Parameters<typeof tailSampling>[0]) {
  const all = await tracing({ options: { tail: tailSampling(tail) } });
  const { tracer } = all;
  /** Makes a trace of two spans. */
  const request = (name: string, seconds: number, hasFailed = false) => {
    const root = tracer.startSpan(name, { startTime: at(0) });
    const inner = tracer.startSpan(
      `${name} inside`,
      { startTime: at(0) },
      trace.setSpan(ROOT_CONTEXT, root),
    );
    if (hasFailed) inner.setStatus({ code: 2 });
    inner.end(at(seconds));
    root.end(at(seconds));
  };
  return { ...all, request };
}

it('keeps whole traces with an error, and those that took longest', async () => {
  const { collector, request, names } = await sampled({ rate: 0, slowest: 0.1 });
  for (let i = 0; i < 10; i++) request('usual', 1);
  request('failed', 0, true);
  request('usual', 5);
  await collector.flush();
  // The first one of each name is the slowest so far.
  const kept = ['usual inside', 'usual', 'failed inside', 'failed', 'usual inside', 'usual'];
  expect(names()).toEqual(kept);
  const dropped = { reason: 'tail' };
  expect(await sampleOf(collector, 'telemetry_spans_dropped_total', dropped)).toBe(18);
  // All of them count.
  expect(await formatOpenMetrics(collector)).toMatch(/calls_total\{span_name="usual",[^}]*\} 11/);
});

it('keeps a share of the others', async () => {
  const { collector, request, names } = await sampled({ rate: 0.5, slowest: 0, errors: false });
  for (let i = 0; i < 200; i++) request('usual', 1, true);
  await collector.flush();
  expect(names().length / 400).toBeGreaterThan(0.3);
  expect(names().length / 400).toBeLessThan(0.7);
});

it('treats spans that come late as the rest of their trace', async () => {
  const { collector, tracer, names } = await sampled({ rate: 0, slowest: 0 });
  const kept = tracer.startSpan('kept');
  kept.setStatus({ code: 2 });
  kept.end();
  const dropped = tracer.startSpan('dropped');
  dropped.end();
  await collector.flush();
  for (const one of [kept, dropped]) {
    tracer.startSpan('late', {}, trace.setSpan(ROOT_CONTEXT, one)).setStatus({ code: 2 }).end();
  }
  await collector.flush();
  expect(names()).toEqual(['kept', 'late']);
});

it('decides the oldest trace if too many spans wait', async () => {
  const { collector, tracer, names } = await sampled({ rate: 1, maxSpans: 10 });
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
  });
  for (let i = 0; i < 1000; i++) tracer.startSpan('endless', {}, remote).end();
  await collector.flush();
  expect(names()).toHaveLength(1000);
});
