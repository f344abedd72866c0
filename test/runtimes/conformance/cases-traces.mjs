import { check, equal, errorLines, sample } from './checks.mjs';
import { NOT_OFFERED } from './place.mjs';

/** Cases on spans, which are made with `@opentelemetry/api` and sent by the collector. */
export const traces = {
  async 'spans leave by OTLP'({ telemetry, place, make }) {
    const { collector, tracer, url } = tracing(telemetry, place, make, 'traces');
    const outer = tracer.startSpan('outer', { attributes: { n: 1, list: ['a', 'b'] } });
    const inside = telemetry.api.trace.setSpan(telemetry.api.ROOT_CONTEXT, outer);
    tracer.startSpan('inner', { kind: 2 }, inside).end();
    outer.end();
    const { failures } = await collector.flush();
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'telemetry_spans_total'), 2, 'the spans that were counted');
    const { link, failed } = await collector.diagnostics();
    equal(link, place.expected.link, 'the link');
    equal(
      failed.map(({ way }) => way),
      place.expected.failed ?? [],
      'the ways that failed',
    );
    equal(failures, [], 'the failures of a flush');
    equal(errorLines(text), [], 'errors');
    if (!place.receiver) return NOT_OFFERED;
    const { resourceSpans } = await (await fetch(url)).json();
    const [{ resource, scopeSpans }] = resourceSpans;
    check(
      JSON.stringify(resource).includes('{"key":"service.name","value":{"stringValue":"shop"}}'),
      `the resource is ${JSON.stringify(resource)}`,
    );
    equal(scopeSpans[0].scope, { name: 'conformance', version: '1' }, 'the scope');
    const [inner, whole] = scopeSpans[0].spans;
    equal([inner.name, whole.name], ['inner', 'outer'], 'the names');
    equal([inner.kind, whole.kind], [3, 1], 'the kinds');
    equal(whole.spanId, outer.spanContext().spanId, 'the ID that was sent');
    equal(
      [inner.traceId, inner.parentSpanId],
      [whole.traceId, whole.spanId],
      'the trace and the parent of the inner span',
    );
    const attributes = [
      { key: 'n', value: { intValue: '1' } },
      {
        key: 'list',
        value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
      },
    ];
    equal(whole.attributes, attributes, 'the attributes');
    return undefined;
  },

  async 'the active span'({ telemetry, place, make }) {
    const { api, registerTracing, tracerProvider } = telemetry;
    equal(registerTracing(tracerProvider(make())), true, 'whether it was registered');
    try {
      const tracer = api.trace.getTracer('conformance');
      const active = () => api.trace.getActiveSpan()?.spanContext().spanId;
      let inside;
      const work = tracer.startActiveSpan('whole', async (whole) => {
        inside = whole.spanContext().spanId;
        equal(active(), inside, 'the active span within the call');
        tracer.startActiveSpan('part', (part) => {
          equal(active(), part.spanContext().spanId, 'the active span within a span');
          part.end();
        });
        equal(active(), inside, 'the active span afterwards');
        await new Promise((resolve) => setTimeout(resolve, 1));
        whole.end();
        return active();
      });
      equal(active(), undefined, 'the active span outside');
      const expected = place.followsAsync ? inside : undefined;
      equal(await work, expected, 'the active span behind an await');
    } finally {
      for (const one of [api.trace, api.context, api.propagation]) one.disable();
    }
  },

  async 'a span that is open at the end'({ telemetry, place, make }) {
    if (!place.receiver) return NOT_OFFERED;
    const { collector, tracer, url } = tracing(telemetry, place, make, 'end');
    const { api } = telemetry;
    const open = tracer.startSpan('open');
    tracer.startSpan('ended', {}, api.trace.setSpan(api.ROOT_CONTEXT, open)).end();
    await collector.shutdown();
    // It ends too late to be sent, and does no harm.
    open.setAttribute('late', true).end();
    const { resourceSpans } = await (await fetch(url)).json();
    const [{ spans }] = resourceSpans[0].scopeSpans;
    equal(
      spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
      [['ended', open.spanContext().spanId]],
      'the spans that were sent',
    );
    return undefined;
  },
};

/** Returns a collector that sends spans to where the case finds them, if it can, with what makes them. */
function tracing({ OTLPExporter, tracerProvider }, { name, receiver }, make, what) {
  const collector = make();
  const url = receiver && `${receiver}/${encodeURIComponent(name)}/${what}/v1/traces`;
  const exporter = url && new OTLPExporter({ url, encoding: 'json', compression: 'none' });
  const provider = tracerProvider(collector, { exporter, resource: { 'service.name': 'shop' } });
  return { collector, tracer: provider.getTracer('conformance', '1'), url };
}
