/** Spans that cost other spans, or the application, something. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT_CONTEXT, SpanKind, type TraceState, trace } from '@opentelemetry/api';
import { formatPrometheus } from 'utilityfog-telemetry';
import { tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/bridges/opentelemetry/traces/limits.ts';
import { RecordedSpan } from '../../src/bridges/opentelemetry/traces/recorded-span.ts';
import {
  SpanOutbox,
  type SpanOutboxHost,
} from '../../src/bridges/opentelemetry/traces/span-outbox.ts';
import type { SpanBatch } from '../../src/features/traces/span-batch.ts';
import { errors, makeCollector, sampleOf } from '../collectors.ts';
import { tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { tracing } from '../opentelemetry/traces/tracing.ts';

describe('spans', () => {
  it('have metrics if a long name is cut within a character', async () => {
    const { collector, tracer } = await tracing();
    tracer.startSpan(`${'x'.repeat(127)}😀`).end();
    tracer.startSpan('short').end();
    await collector.flush();
    expect(await formatPrometheus(collector)).toMatch(/calls_total\{span_name="short".*\} 1\n/);
    expect(await errors(collector, 'feature_failed')).toBe(0);
  });

  it('keep their room if an attribute is set again and again', async () => {
    const { collector, tracer, spans } = await tracing();
    const span = tracer.startSpan('long');
    for (let i = 0; i < 3000; i++) span.setAttribute('step', `${'x'.repeat(100)}${i}`);
    span.setAttribute('after', true).end();
    await collector.flush();
    const [sent] = spans();
    expect(sent?.attributes?.map(({ key }) => key)).toEqual(['step', 'after']);
    expect(sent?.droppedAttributesCount).toBeUndefined();
  });

  it('have each key once, even if keys are cut or a getter sets the same one', async () => {
    const { collector, tracer, spans } = await tracing();
    const long = 'k'.repeat(16_384);
    const span = tracer.startSpan('cut', {
      attributes: { [`${long}1`]: 1, [`${long}2`]: 2, [long]: 3 },
    });
    span.end();
    const set = tracer.startSpan('set');
    const items = new Proxy(['x'], {
      get(target, name, receiver) {
        set.setAttribute('c', 'early');
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    set.setAttributes({
      get a() {
        set.setAttribute('b', 'early');
        return 1;
      },
      b: 2,
      items,
      c: 3,
    });
    set.end();
    await collector.flush();
    const [cut, reentered] = spans();
    expect(cut?.attributes?.map(({ key }) => key.length)).toEqual([long.length]);
    expect(reentered?.attributes?.map(({ key }) => key).sort()).toEqual(['a', 'b', 'c', 'items']);
  });

  it('keep their room if old events are dropped', async () => {
    const { collector, tracer, spans } = await tracing();
    const span = tracer.startSpan('long');
    for (let i = 0; i < 3000; i++) span.addEvent('step', { text: `${'x'.repeat(100)}${i}` });
    span.end();
    await collector.flush();
    expect(spans()[0]?.events?.at(-1)?.attributes).toHaveLength(1);
  });

  it('last as long as they did if they are given times of performance.now(), whoever sets the clock', async () => {
    const program = `
      let shift = 0;
      const { now } = Date;
      Date.now = () => now() + shift;
      const { TelemetryCollector } = await import('./dist/node.js');
      const { spanProcessors, tracerProvider } = await import('./dist/opentelemetry.js');
      const durations = {};
      const onEnd = ({ name, duration: [seconds, rest] }) => {
        durations[name] = seconds + rest / 1e9;
      };
      const done = async () => {};
      const processor = { onStart() {}, onEnd, forceFlush: done, shutdown: done };
      const options = { processors: spanProcessors([processor]) };
      const provider = tracerProvider(new TelemetryCollector({ link: 'inline' }), options);
      const tracer = provider.getTracer('test');
      const span = tracer.startSpan('long', { startTime: performance.now() });
      // So long the clock is not looked at again.
      await new Promise((resolve) => setTimeout(resolve, 110));
      shift = -3_600_000;
      tracer.startSpan('other').end();
      span.end(performance.now());
      console.log(durations.long);
      process.exit();
    `;
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const args = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(Number(stdout)).toBeGreaterThan(0.1);
    expect(Number(stdout)).toBeLessThan(60);
  });

  it('keep their room if a value has none', async () => {
    const { collector, tracer, spans } = await tracing();
    const huge = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
    tracer.startSpan('huge').setAttributes({ huge, after: 1 }).end();
    await collector.flush();
    const [sent] = spans();
    expect(sent?.attributes?.map(({ key }) => key)).toEqual(['after']);
    expect(sent?.droppedAttributesCount).toBe(1);
  });

  it('do not go with a time that OTLP cannot write', async () => {
    const { collector, tracer, spans } = await tracing({ exporter: { encoding: 'json' } });
    const now = Date.now();
    // Milliseconds where seconds belong.
    tracer.startSpan('odd', { startTime: [now, 0], kind: SpanKind.CLIENT }).end([now + 1, 0]);
    await collector.flush();
    const [sent] = spans();
    expect(Number(sent?.startTimeUnixNano) / 1e6 - now).toBeLessThan(60_000);
    expect(Number(sent?.endTimeUnixNano) / 1e6 - now).toBeLessThan(60_000);
  });

  it('that have ended are sent when the provider is shut down', async () => {
    const { provider, tracer, names } = await tracing();
    tracer.startSpan('last').end();
    await provider.shutdown();
    expect(names()).toEqual(['last']);
  });

  it('have a tracer whatever a library gives for its scope', async () => {
    const provider = tracerProvider(makeCollector());
    const throwing = {
      get schemaUrl(): string {
        throw new Error('no');
      },
    };
    expect(() => provider.getTracer('library', '1', throwing)).not.toThrow();
  });

  it('have the resource that metrics have', async () => {
    const attributes = { 'service.name': 'shop', shelves: 3, tags: ['a'], none: undefined };
    for (const resource of [attributes, { attributes, asyncAttributesPending: false }]) {
      const { collector, tracer, received } = await tracing({ options: { resource } });
      tracer.startSpan('a').end();
      await collector.flush();
      const sent = tracesIn(received)[0]?.resourceSpans[0]?.resource.attributes;
      expect(sent?.filter(({ key }) => key !== 'service.instance.id')).toEqual([
        { key: 'service.name', value: { stringValue: 'shop' } },
        { key: 'shelves', value: { intValue: '3' } },
        { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
      ]);
    }
  });

  it('are not refused if many have the same long texts', async () => {
    const { collector, tracer } = await tracing({ options: { exporter: undefined } });
    const long = 'x'.repeat(16_384);
    // The texts are in the batch once, and would be more than the collector takes.
    for (let i = 0; i < 1024; i++)
      tracer.startSpan(long, { attributes: { a: long, b: long } }).end();
    await collector.flush();
    expect(await sampleOf(collector, 'telemetry_spans_total')).toBe(1024);
    expect(await errors(collector, 'unsound_spans')).toBe(0);
  });

  it('begin a trace if the IDs around them are too long and too short', async () => {
    const { collector, tracer, spans } = await tracing();
    const spanContext = { traceId: '1'.repeat(33), spanId: '2'.repeat(15), traceFlags: 1 };
    tracer.startSpan('a', {}, trace.setSpanContext(ROOT_CONTEXT, spanContext)).end();
    await collector.flush();
    expect(spans()[0]?.parentSpanId).toBeUndefined();
  });

  it('come whole if a trace state has no text', async () => {
    const { collector, tracer, spans } = await tracing();
    const traceState = { serialize: () => 5 } as unknown as TraceState;
    const spanContext = {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      traceFlags: 1,
      traceState,
    };
    const links = [{ context: spanContext }];
    tracer.startSpan('odd', { links }, trace.setSpanContext(ROOT_CONTEXT, spanContext)).end();
    tracer.startSpan('after', { attributes: { key: 'value' } }).end();
    await collector.flush();
    expect(spans().map(({ name }) => name)).toEqual(['odd', 'after']);
  });

  it.each([
    ['before 1970', '-1e12'],
    ['just after 1970', '10'],
    ['in the year 2600', '2e13'],
  ])('arrive if the clock is %s', async (_, clock) => {
    const program = `
      let clock = ${clock};
      const { now } = Date;
      Date.now = () => clock ?? now();
      const { formatPrometheus, TelemetryCollector } = await import('./dist/node.js');
      const { tracerProvider } = await import('./dist/opentelemetry.js');
      const collector = new TelemetryCollector({ link: 'inline' });
      const tracer = tracerProvider(collector).getTracer('test');
      const options = { startTime: 0 };
      tracer.startSpan('first', options).addEvent('event').end();
      clock = undefined;
      await collector.flush();
      const text = await formatPrometheus(collector);
      console.log(/^telemetry_spans_total (.*)/m.exec(text)[1], text.includes('unsound'));
      process.exit();
    `;
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const args = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(stdout).toBe('1 false\n');
  });
});

describe('the outbox of spans', () => {
  const outbox = () => {
    const given: SpanBatch[] = [];
    const timers: (() => void)[] = [];
    let isThere = false;
    const host: SpanOutboxHost = {
      give(batch) {
        if (!isThere) return undefined;
        given.push(batch);
        return Promise.resolve({ epoch: 'e', settled: batch.number });
      },
      open() {},
      after(_, run) {
        timers.push(run);
        return () => {};
      },
    };
    const run = () => {
      for (const timer of timers.splice(0)) timer();
    };
    return { outbox: new SpanOutbox(host), given, run, appear: () => void (isThere = true) };
  };

  /** Enough text that sixteen of them are more than is held. */
  const huge = (to: SpanOutbox) => {
    const ended = (span: RecordedSpan) => to.add(span);
    const limits = DEFAULT_LIMITS;
    const scope = { name: '', version: '', schemaUrl: '', limits, ended, refused: () => {} };
    const span = new RecordedSpan(
      ...([scope, 'huge', 0, [1, 1, 1, 1, 1, 1], undefined, 1, undefined, 0, 0] as const),
      ...([undefined, 1] as const),
    );
    for (let i = 0; i < 15; i++) span.setAttribute(`${i}`, 'x'.repeat(16_384));
    span.end();
  };

  it('does not grow while there is no collector, and forgets no loss', async () => {
    const { outbox: box, given, run, appear } = outbox();
    for (let i = 0; i < 1000; i++) {
      box.lose('too_many_open');
      run();
    }
    for (let i = 0; i < 100; i++) huge(box);
    // Whatever is lost is told once, and costs no further span.
    for (let i = 0; i < 100; i++) run();
    appear();
    box.flush();
    run();
    // The rest goes when the first have been answered.
    for (let i = 0; i < 200; i++) await Promise.resolve();
    run();
    const spans = given.reduce((sum, { count }) => sum + count, 0);
    const losses = given.flatMap(({ lost }) => lost);
    const lost = (wanted: string) =>
      losses.reduce((sum, [reason, count]) => sum + (reason === wanted ? count : 0), 0);
    expect(given.length).toBeLessThan(50);
    expect(spans).toBeGreaterThan(30);
    expect(spans + lost('full')).toBe(100);
    expect(lost('too_many_open')).toBe(1000);
  });
});
