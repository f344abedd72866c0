/** How spans reach the collector and the server, whatever ends meanwhile. */
import { OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { tracerProvider, traces } from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { joinThread, LINKS, logOf, makeCollector, sampleOf } from '../../collectors.ts';
import { receiver, status } from '../../exporters/http-server.ts';
import { makeFolder } from '../../folder.ts';
import { MortalCollector } from '../../threads/real-thread.ts';
import { spansIn, tracesIn } from './sent-spans.ts';
import { gate, tracing } from './tracing.ts';

describe.each(LINKS)('over the %s link', (link) => {
  it('takes spans from before there was a collector', async () => {
    const { collector, tracer, names } = await tracing({ collector: { link } });
    tracer.startSpan('a').end();
    await collector.flush();
    expect(names()).toEqual(['a']);
    expect(logOf(collector)).toEqual([]);
  });

  it('takes spans if tracing begins later than the collector', async () => {
    const collector = makeCollector({ link });
    await collector.getSnapshot();
    const { tracer, names } = await tracing({ collector });
    tracer.startSpan('a').end();
    await collector.flush();
    expect(names()).toEqual(['a']);
    expect(logOf(collector)).toEqual([]);
  });

  it('sends the last ones when it is shut down, and records none after that', async () => {
    const { collector, tracer, names } = await tracing({ collector: { link } });
    const late = tracer.startSpan('late');
    tracer.startSpan('a').end();
    await collector.shutdown();
    expect(names()).toEqual(['a']);
    late.end();
    expect(tracer.startSpan('b').isRecording()).toBe(false);
  });

  it('sends many spans in several requests, each once', async () => {
    const { collector, tracer, spans, received } = await tracing({ collector: { link } });
    for (let i = 0; i < 2000; i++) tracer.startSpan(`span ${i}`, { attributes: { i } }).end();
    await collector.flush();
    expect(new Set(spans().map(({ name }) => name)).size).toBe(2000);
    expect(spans()).toHaveLength(2000);
    expect(received.length).toBeGreaterThan(2);
    expect(await sampleOf(collector, 'telemetry_spans_total', {})).toBe(2000);
  });
});

describe.each(['shared', 'message'] as const)('a thread that has joined, %s link', (link) => {
  it('sends its spans with those of the owner', async () => {
    const { collector, tracer, spans } = await tracing({ collector: { link } });
    const thread = joinThread(collector, { link });
    const provider = tracerProvider(thread);
    tracer.startSpan('owner').end();
    provider.getTracer('other').startSpan('joined').end();
    await thread.flush();
    await collector.flush();
    expect(
      spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['joined', 'owner']);
    expect(logOf(thread)).toEqual([]);
  });

  it('keeps its spans until the owner takes any', async () => {
    const owner = makeCollector({ link });
    const thread = joinThread(owner, { link });
    tracerProvider(thread).getTracer('').startSpan('early').end();
    await thread.flush();
    const { names } = await tracing({ collector: owner });
    await owner.flush();
    await expect
      .poll(async () => {
        await thread.flush();
        await owner.flush();
        return names();
      })
      .toEqual(['early']);
  });

  it('is told that it cannot say where spans go', async () => {
    const { collector, url } = await tracing({ collector: { link } });
    const thread = joinThread(collector, { link });
    tracerProvider(thread, { exporter: new OTLPExporter({ url: `${url}/v1/traces` }) });
    expect(logOf(thread)).toEqual([expect.stringContaining('exporter and tail count only where')]);
  });
});

it('is switched on by `use`, and for threads that join alone', async () => {
  const { url, received } = await receiver();
  const exporter = new OTLPExporter({ url: `${url}/v1/metrics` });
  const owner = makeCollector({ link: 'shared', use: [traces({ exporter })] });
  const thread = joinThread(owner, { link: 'shared' });
  tracerProvider(thread).getTracer('').startSpan('a').end();
  await thread.flush();
  await owner.flush();
  expect(spansIn(tracesIn(received)).map(({ name }) => name)).toEqual(['a']);
});

describe('a worker that is replaced', () => {
  it.each(['shared', 'message'] as const)(
    'loses no span that has not arrived, and counts none twice, %s link',
    async (link) => {
      const { answer, open } = gate();
      const owner = new MortalCollector({ link });
      const { collector, tracer, names, received } = await tracing({
        ...{ collector: owner.collector, answers: [answer] },
      });
      tracer.startSpan('before').end();
      // It cannot be delivered now, so it waits in the worker.
      await collector.flush();
      const counts = { span_kind: 'SPAN_KIND_INTERNAL', status_code: 'STATUS_CODE_UNSET' };
      const calls = (span_name: string) =>
        sampleOf(collector, 'traces_span_metrics_calls_total', { ...counts, span_name });
      expect(await calls('before')).toBe(1);
      await owner.kill();
      // Those that it has refused do not count.
      received.length = 0;
      open();
      tracer.startSpan('after').end();
      await expect
        .poll(async () => {
          await collector.flush();
          return [...new Set(names())].sort();
        })
        .toEqual(['after', 'before']);
      // The span that was sent again is the one that was counted already.
      expect(await calls('before')).toBe(1);
      expect(await calls('after')).toBe(1);
      expect(await sampleOf(collector, 'telemetry_spans_total', {})).toBe(2);
      await collector.shutdown();
    },
  );

  it('sends no span again that has arrived', async () => {
    const owner = new MortalCollector({ link: 'shared' });
    const { collector, tracer, names } = await tracing({ collector: owner.collector });
    tracer.startSpan('before').end();
    await collector.flush();
    // From this the thread learns that it has arrived.
    await collector.flush();
    await owner.kill();
    tracer.startSpan('after').end();
    await collector.flush();
    expect(names()).toEqual(['before', 'after']);
    const counted = {
      span_name: 'before',
      span_kind: 'SPAN_KIND_INTERNAL',
      status_code: 'STATUS_CODE_UNSET',
    };
    expect(await sampleOf(collector, 'traces_span_metrics_calls_total', counted)).toBe(1);
    expect(await sampleOf(collector, 'telemetry_spans_total', {})).toBe(2);
    await collector.shutdown();
  });
});

describe.each(LINKS)('headers that a function returns, over the %s link', (link) => {
  it('are asked for before each request', async () => {
    let asked = 0;
    const headers = () => ({ authorization: `Bearer ${++asked}` });
    const { collector, tracer, received, names } = await tracing({
      ...{ collector: { link }, exporter: { headers } },
    });
    for (const name of ['a', 'b']) {
      tracer.startSpan(name).end();
      await collector.flush();
    }
    expect(names()).toEqual(['a', 'b']);
    const sent = received.map((request) => request.headers.authorization);
    expect(sent).toEqual(['Bearer 1', 'Bearer 2']);
    await collector.shutdown();
  });
});

it('waits for headers, and loses no span meanwhile', async () => {
  let isReady = false;
  const headers = async () => {
    if (!isReady) throw new Error('no token yet');
    return { authorization: 'Bearer t' };
  };
  const { collector, tracer, received, names } = await tracing({
    exporter: { headers },
  });
  tracer.startSpan('a').end();
  expect((await collector.flush()).failures.join()).toContain('no token yet');
  expect(received).toEqual([]);
  isReady = true;
  await expect.poll(() => collector.flush().then(names)).toEqual(['a']);
  expect(received[0]!.headers.authorization).toBe('Bearer t');
});

it.each(LINKS)('sends what the resource finds later, over the %s link', async (link) => {
  let find = () => {};
  const found = new Promise<void>((resolve) => {
    find = resolve;
  });
  const attributes: Record<string, string> = { 'service.name': 'shop', 'host.id': 'unknown' };
  const resource = {
    attributes,
    asyncAttributesPending: true,
    waitForAsyncAttributes: () => found,
  };
  const { collector, tracer, received } = await tracing({
    ...{ collector: { link }, options: { resource } },
  });
  tracer.startSpan('a').end();
  const flushed = collector.flush();
  await collector.getSnapshot();
  attributes['host.id'] = 'h1';
  find();
  await flushed;
  const [sent] = tracesIn(received).map(({ resourceSpans }) => resourceSpans[0]!.resource);
  expect(sent!.attributes).toContainEqual({ key: 'host.id', value: { stringValue: 'h1' } });
  expect(sent!.attributes.filter(({ key }) => key === 'host.id')).toHaveLength(1);
});

describe('a server that does not answer well', () => {
  it('gets spans once it does, from the next process if need be', async () => {
    const queue = { persist: 'spans', directory: await makeFolder() };
    const { answer, open } = gate();
    const { url, received } = await receiver(answer);
    const exporter = () => new OTLPExporter({ url: `${url}/v1/traces`, queue });
    const one = new TelemetryCollector({ link: 'inline', logger: { warn() {}, error() {} } });
    tracerProvider(one, { exporter: exporter() }).getTracer('').startSpan('offline').end();
    await one.shutdown();
    received.length = 0;
    open();
    const other = makeCollector();
    tracerProvider(other, { exporter: exporter() }).getTracer('').startSpan('online').end();
    await expect
      .poll(async () => {
        await other.flush();
        return spansIn(tracesIn(received)).map(({ name }) => name);
      })
      .toEqual(['offline', 'online']);
  });

  it('loses spans that it refuses, and they are counted', async () => {
    const { collector, tracer } = await tracing({ answers: [status(400, 'no')] });
    tracer.startSpan('a').end();
    await collector.flush();
    const refused = { exporter: 'otlp_traces', reason: 'refused' };
    expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', refused)).toBe(1);
    expect(logOf(collector).join()).toContain('1 spans were not delivered (refused)');
  });

  it('counts spans that it has rejected of those that it took', async () => {
    const body = JSON.stringify({
      partialSuccess: { rejectedSpans: '2', errorMessage: 'too old' },
    });
    const answer = status(200, body, { 'content-type': 'application/json' });
    const { collector, tracer } = await tracing({ answers: [answer] });
    for (const name of ['a', 'b', 'c']) tracer.startSpan(name).end();
    await collector.flush();
    const refused = { exporter: 'otlp_traces', reason: 'refused' };
    expect(await sampleOf(collector, 'telemetry_delivery_dropped_series_total', refused)).toBe(2);
  });
});

it('writes JSON with the same content', async () => {
  const { collector, tracer, received, spans } = await tracing({ exporter: { encoding: 'json' } });
  const attributes = {
    text: 'ä',
    whole: -1,
    fraction: 0.5,
    list: ['a'],
    yes: true,
    odd: Number.NaN,
  };
  tracer.startSpan('a', { attributes, kind: 2, links: [] }).addEvent('e', { b: 1 }).end();
  await collector.flush();
  expect(received[0]!.headers).toMatchObject({ 'content-type': 'application/json' });
  const [span] = spans();
  expect(span).toMatchObject({ name: 'a', kind: 3, flags: 0x101 });
  expect(span!.traceId).toMatch(/^[\da-f]{32}$/);
  expect(Object.fromEntries(span!.attributes!.map(({ key, value }) => [key, value]))).toEqual({
    text: { stringValue: 'ä' },
    whole: { intValue: '-1' },
    fraction: { doubleValue: 0.5 },
    list: { arrayValue: { values: [{ stringValue: 'a' }] } },
    yes: { boolValue: true },
    odd: { doubleValue: 'NaN' },
  });
});

it('sends nothing without an exporter, and counts nevertheless', async () => {
  const collector = makeCollector();
  tracerProvider(collector).getTracer('').startSpan('a').end();
  expect((await collector.flush()).failures).toEqual([]);
  expect(await sampleOf(collector, 'telemetry_spans_total', {})).toBe(1);
});
