/** Tests what threads that record more spans than the collector can send do to its memory, and what is counted. */
import { setImmediate as turn } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { TracesPart } from '../../src/features/traces/traces-part.ts';
import { clock } from '../../src/platform/clock.ts';
import { gatedPart } from '../opentelemetry/traces/gated-part.ts';
import { thread } from '../opentelemetry/traces/recording-thread.ts';

const SPANS = 80_000;
/** Those that are read before there is no more room. */
const MOST_TAKEN = 6000;
/** How many bytes the collector may have of a thread that it has not answered, with the last batch of them. */
const MOST_GIVEN = 16_777_216 + 524_288;

describe('a collector that cannot write spans as fast as they come', () => {
  it('leaves them with the thread while those before them are on their way to the queue', async () => {
    const { part, open, sampleOf, sent } = gatedPart();
    const { outbox, record } = thread(async (batch) => part.takes(batch));
    for (let i = 0; i < SPANS; i++) {
      record();
      if (i % 1000 === 0) await turn();
    }
    await turn();
    expect(sampleOf('telemetry_spans_total')).toBeLessThan(MOST_TAKEN);
    expect(sampleOf('telemetry_spans_waiting')).toBe(sampleOf('telemetry_spans_total'));
    expect(sent()).toBe(0);

    open();
    await expect.poll(() => sampleOf('telemetry_spans_total')).toBeGreaterThan(SPANS - 1024);
    outbox.flush();
    await part.flush();
    await expect.poll(() => sampleOf('telemetry_spans_waiting')).toBe(0);
    expect(sent()).toBe(SPANS);
  });

  it('reads no batch before there is room, also if they are few and have long texts', async () => {
    const { part, sampleOf } = gatedPart();
    const { record } = thread(async (batch) => part.takes(batch));
    for (let i = 0; i < 400; i++) {
      record({ text: `${i}${'x'.repeat(16_000)}`, more: 'y'.repeat(16_000) });
      record({ text: `${i}${'x'.repeat(16_000)}`, more: 'y'.repeat(16_000) });
      await turn();
    }
    // Far fewer than are read of short ones: they have more than 8 million characters.
    expect(sampleOf('telemetry_spans_total')).toBeLessThan(320);
  });

  it('has all that a thread has handed over before a page ends', async () => {
    const { part, sampleOf } = gatedPart();
    const { outbox, record } = thread(async (batch) => part.takes(batch));
    for (let i = 0; i < 20_000; i++) record();
    outbox.flush();
    expect(sampleOf('telemetry_spans_total')).toBeLessThan(MOST_TAKEN);
    void part.save();
    expect(sampleOf('telemetry_spans_total')).toBe(20_000);
  });

  it('gets no more of a thread that is scraped or flushed again and again, and loses none without a count', async () => {
    const { part, open, sampleOf } = gatedPart();
    let given = 0;
    let most = 0;
    let told = 0;
    const { outbox, record } = thread(async (batch) => {
      given += batch.size;
      most = Math.max(most, given);
      const answer = await part.takes(batch);
      given -= batch.size;
      for (const [, count] of batch.lost) told += count;
      return answer;
    });
    const recorded = SPANS;
    const text = 'x'.repeat(200);
    for (let i = 0; i < recorded; i++) {
      record({ text: `${text}${i}` });
      if (i % 500 === 0) outbox.flush();
      if (i % 2000 === 0) await turn();
    }
    expect(most).toBeLessThan(MOST_GIVEN);
    open();
    outbox.flush();
    await outbox.handedOver();
    await part.flush();
    outbox.flush();
    await outbox.handedOver();
    await part.flush();
    expect(told).toBeGreaterThan(0);
    expect(sampleOf('telemetry_spans_total') + told).toBe(recorded);
  });

  it('has all that was recorded before a flush, also if that is more than it may have at a time', async () => {
    const answers: (() => void)[] = [];
    let count = 0;
    const { outbox, record } = thread((batch) => {
      count += batch.count;
      return new Promise((resolve) => {
        answers.push(() => resolve({ epoch: 'a', settled: batch.number }));
      });
    });
    // It has as much as it may have without a flush.
    for (let i = 0; i < SPANS; i++) record({ text: `${i}` });
    outbox.flush();
    for (let i = 0; i < SPANS; i++) record({ text: `${i}` });
    outbox.flush();
    const before = count;
    let isOver = false;
    const over = outbox.handedOver().then(() => {
      isOver = true;
    });
    await turn();
    expect(isOver).toBe(false);
    while (!isOver) {
      answers.shift()?.();
      await turn();
    }
    await over;
    expect(count).toBeGreaterThan(before);
  });

  it('need not be waited for if it fails', async () => {
    const failures: (() => void)[] = [];
    const { outbox, record } = thread(
      () => new Promise((_, reject) => failures.push(() => reject(new Error('it has ended')))),
    );
    for (let i = 0; i < 2 * SPANS; i++) {
      record({ text: `${i}` });
      if (i % 1000 === 0) outbox.flush();
    }
    const over = outbox.handedOver();
    for (const fail of failures) fail();
    await over;
  });
});

const tail = { errors: true, slowest: 0, rate: 0, wait: 10, maxSpans: 50_000 };
/** 16,384 numbers. */
const NUMBERS = Object.fromEntries(
  Array.from({ length: 16 }, (_, i) => [`${i}`, new Array<number>(1024).fill(i)]),
);

it('spans with long lists of numbers do not wait in any number', async () => {
  const { part, sampleOf } = gatedPart();
  const { record } = thread(async (batch) => part.takes(batch));
  for (let i = 0; i < 200; i++) {
    record(NUMBERS);
    await turn();
  }
  // They have more than a million numbers.
  expect(sampleOf('telemetry_spans_total')).toBeLessThan(100);
});

/** Lets a thread record so many spans, ten at a time, and hand them all over to a part. */
async function handOver(part: TracesPart, count: number, attributesOf: (i: number) => object) {
  const { outbox, record } = thread(async (batch) => part.takes(batch));
  for (let i = 0; i < count; i++) {
    record(attributesOf(i));
    if (i % 10 === 0) await turn();
  }
  outbox.flush();
  await turn();
}

it('spans with long lists of numbers do not wait for their traces in any number', async () => {
  // No trace is decided by time.
  const { part, sampleOf } = gatedPart({ tail }, { ...clock, every: () => () => {} });
  await handOver(part, 700, () => NUMBERS);
  expect(sampleOf('telemetry_spans_total')).toBe(700);
  // 67,108,864 bytes of numbers.
  expect(sampleOf('telemetry_spans_waiting')).toBeLessThan(600);
  await part.close();
});

it('a trace waits for spans that another thread hands over after its root', async () => {
  let seconds = 0;
  let look = () => {};
  const every = (_: number, run: () => void) => {
    look = run;
    return () => {};
  };
  const { part, sampleOf } = gatedPart({ tail }, { ...clock, elapsed: () => seconds, every });
  const one = thread(async (batch) => part.takes(batch));
  const other = thread(async (batch) => part.takes(batch));
  const root = one.tracer.startSpan('root', {}, ROOT_CONTEXT);
  const inner = other.tracer.startSpan('inner', {}, trace.setSpan(ROOT_CONTEXT, root));
  inner.setStatus({ code: SpanStatusCode.ERROR }).end();
  root.end();
  one.outbox.flush();
  await turn();
  // It is looked at by chance just then.
  look();
  seconds += 0.1;
  other.outbox.flush();
  await turn();
  seconds += 0.9;
  look();
  expect(sampleOf('telemetry_spans_waiting')).toBe(2);
  expect(sampleOf('telemetry_spans_dropped_total')).toBeNaN();
  await part.close();
});

it('spans with long texts do not wait for their traces in any number', async () => {
  const { part, sampleOf } = gatedPart({ tail });
  await handOver(part, 6000, (i) => ({ text: `${i}${'x'.repeat(15_000)}` }));
  expect(sampleOf('telemetry_spans_total')).toBe(6000);
  // 67,108,864 characters.
  expect(sampleOf('telemetry_spans_waiting')).toBeLessThan(4500);
  await part.close();
});
