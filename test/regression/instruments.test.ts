/** Instruments of OpenTelemetry that throw, lose a request, or record for others. */
import { formatPrometheus, OTLPExporter, PeriodicExporter } from 'utilityfog-telemetry';
import { AggregationType, meterProvider } from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';

const HALF = '\ud800';

describe('instruments', () => {
  it('are made whatever a library gives for their options', async () => {
    const collector = makeCollector();
    const provider = meterProvider(collector);
    const thrower = (name: string) =>
      Object.defineProperty({}, name, {
        get() {
          throw new Error('no');
        },
      });
    const meter = provider.getMeter('library', '1', thrower('schemaUrl'));
    for (const name of ['unit', 'description', 'valueType', 'advice']) {
      meter.createCounter(name, thrower(name)).add(1);
    }
    const scope = { otel_scope_name: 'library', otel_scope_version: '1' };
    expect(await sampleOf(collector, 'unit_total', scope)).toBe(1);
  });

  it('are made by a view whose options are null', async () => {
    const collector = makeCollector();
    const aggregation = {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: null as never,
    };
    const provider = meterProvider(collector, { views: [{ instrumentName: '*', aggregation }] });
    provider.getMeter('library').createHistogram('h').record(1);
    expect(await samplesOf(collector, 'h_count')).toMatchObject([{ value: 1 }]);
  });

  it('take no attribute from what an object inherits', async () => {
    const collector = makeCollector();
    const counter = meterProvider(collector).getMeter('library').createCounter('c');
    const inheriting = () => Object.assign(Object.create({ b: 2 }), { a: 1 });
    counter.add(1, inheriting());
    counter.add(10, { a: 1, b: 2 });
    counter.add(100, inheriting());
    expect(await sampleOf(collector, 'c_total', { a: '1', otel_scope_name: 'library' })).toBe(101);
  });

  it('send no half of a character, for which receivers refuse all', async () => {
    const { url, received } = await receiver();
    const collector = makeCollector();
    const resource = { [HALF]: [HALF] };
    const meter = meterProvider(collector, { resource }).getMeter(HALF);
    meter.createCounter('c', { unit: HALF, description: HALF }).add(1, { [HALF]: [HALF] });
    const exporter = new OTLPExporter({
      ...{ url: `${url}/v1/metrics`, encoding: 'json', compression: 'none' },
    });
    const periodic = new PeriodicExporter(exporter, collector);
    await periodic.start();
    await periodic.stop();
    const text = String(received[0]?.body);
    expect(text).toContain('"name":"c"');
    expect(text).not.toContain('\\ud8');
  });

  it('do not end the application if what a resource finds later cannot be read', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      let found = () => {};
      let isBroken = false;
      const resource = {
        get attributes() {
          if (isBroken) throw new Error('no');
          return { a: '1' };
        },
        asyncAttributesPending: true,
        waitForAsyncAttributes: () => new Promise<void>((resolve) => (found = resolve)),
      };
      const collector = makeCollector();
      meterProvider(collector, { resource });
      expect(await formatPrometheus(collector)).toContain('target_info{a="1"} 1');
      isBroken = true;
      found();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
