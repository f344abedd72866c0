/** Tests that spans which are lost are counted, and that those which are not lost arrive. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { TracesPart } from '../../src/features/traces/traces-part.ts';
import { clock } from '../../src/platform/clock.ts';
import type { PartHost } from '../../src/protocol/feature.ts';
import { sampleOf } from '../collectors.ts';
import { gatedPart } from '../opentelemetry/traces/gated-part.ts';
import { thread } from '../opentelemetry/traces/recording-thread.ts';
import { tracing } from '../opentelemetry/traces/tracing.ts';

/** What the part has dropped, by reason. */
function droppedBy(part: TracesPart): Record<string, number> {
  const family = part.adds().find(({ name }) => name === 'telemetry_spans_dropped_total');
  if (family?.data !== 'number') return {};
  const { series, values } = family;
  return Object.fromEntries(series.map(({ labelValues }, i) => [labelValues[0], values[i]]));
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

const SPANS = 60_000;
const text = 'x'.repeat(400);

describe.each([
  ['has told what it has counted', true],
  ['has told nothing', false],
])('a worker that fails after it %s', (_, hasTold) => {
  it('loses what the thread holds no longer, and that is counted once', async () => {
    const first = gatedPart();
    let { part } = first;
    const { outbox, record } = thread(async (batch) => part.takes(batch));
    // The thread holds 16 MiB of what the first part has, which does not arrive anywhere.
    first.pass();
    for (let i = 0; i < SPANS; i++) {
      record({ text: `${text}${i}` });
      if (i % 1000 === 0) await turn();
    }
    outbox.flush();
    await turn();
    const told = hasTold ? first.part.keeps.write() : undefined;
    const before = droppedBy(first.part);

    const second = gatedPart();
    if (told) second.part.keeps.restore(told);
    part = second.part;
    second.open();
    for (let i = 0; i < 10; i++) {
      outbox.flush();
      await outbox.handedOver();
      await part.flush();
    }
    const dropped = droppedBy(part);
    expect(dropped.worker_failed).toBeGreaterThan(10_000);
    expect(dropped.full ?? 0).toBe(before.full ?? 0);
    expect(second.sent() + sum(dropped)).toBe(SPANS);
  });
});

it('a thread holds what it sends again until the next part has read it', async () => {
  const given: { number: number; answer(epoch: string, settled: number): void; fail(): void }[] =
    [];
  const { outbox, record } = thread(
    ({ number }) =>
      new Promise((resolve, reject) => {
        const answer = (epoch: string, settled: number) => resolve({ epoch, settled, counted: 0 });
        given.push({ number, answer, fail: () => reject(new Error('the worker has ended')) });
      }),
  );
  const send = async () => {
    record();
    outbox.flush();
    await turn();
  };
  /** Answers a batch as it was given last. */
  const answer = async (number: number, epoch: string, settled: number) => {
    given.findLast((one) => one.number === number)!.answer(epoch, settled);
    await turn();
  };
  await send();
  await answer(1, 'first', 0);
  // The next part gets two batches before it can be known that the first part has failed.
  await send();
  await send();
  await answer(2, 'second', 2);
  // It has yet to read the first batch, which it was given again behind these.
  await answer(3, 'second', 3);
  given.findLast(({ number }) => number === 1)!.fail();
  await turn();
  const before = given.length;
  await send();
  expect(given.slice(before).map(({ number }) => number)).toContain(1);
});

it('spans that cannot be written are counted', async () => {
  const { part } = gatedPart({}, clock, () => {
    throw new Error('the collector has ended');
  });
  const { outbox, record } = thread(async (batch) => part.takes(batch));
  for (let i = 0; i < 2000; i++) record();
  outbox.flush();
  await part.flush();
  expect(droppedBy(part)).toEqual({ unwritten: 2000 });
});

it('what a request at the edge took along with it is written again in the next one', async () => {
  let seconds = 0;
  const time: PartHost['clock'] = { ...clock, elapsed: () => seconds };
  // What the first request has begun never goes on.
  const { part, sampleOf, sent } = gatedPart({}, time, () => seconds > 0);
  const { outbox, record } = thread(async (batch) => part.takes(batch));
  for (let i = 0; i < 20_000; i++) record();
  outbox.flush();
  await turn();
  expect(sampleOf('telemetry_spans_total')).toBeLessThan(6000);
  seconds = 31;
  await part.flush();
  expect(sampleOf('telemetry_spans_waiting')).toBe(0);
  expect(sent()).toBe(20_000);
});

it('spans whose request cannot be queued are counted', async () => {
  const { collector, tracer, spans } = await tracing({ collector: { link: 'inline' } });
  vi.stubGlobal(
    'CompressionStream',
    class {
      constructor() {
        throw new Error('no memory');
      }
    },
  );
  try {
    for (let i = 0; i < 10; i++) tracer.startSpan('span').end();
    await collector.flush();
  } finally {
    vi.unstubAllGlobals();
  }
  const labels = { exporter: 'otlp_traces', reason: 'ended' };
  const dropped = await sampleOf(collector, 'telemetry_delivery_dropped_series_total', labels);
  expect(dropped).toBe(10);
  expect(spans()).toEqual([]);
});
