/** What the tests of OpenTelemetry's SDK for metrics have found. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { formatPrometheus } from 'utilityfog-telemetry';
import { meterProvider } from 'utilityfog-telemetry/opentelemetry';
import { afterEach, expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';

afterEach(() => diag.disable());

it.each([256, 255])('a name of %i characters is told of only if it is too long', (length) => {
  const warnings: string[] = [];
  const ignore = () => {};
  const warn = (message: string) => void warnings.push(message);
  const logger = { verbose: ignore, debug: ignore, info: ignore, error: ignore, warn };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const name = 'n'.repeat(length);
  meterProvider(makeCollector()).getMeter('m').createCounter(name);
  expect(warnings).toEqual(length > 255 ? [`Invalid metric name: ${name}`] : []);
});

it('a provider that is shut down gives meters that record nothing, and those before go on', async () => {
  const collector = makeCollector();
  const provider = meterProvider(collector);
  const before = provider.getMeter('app').createCounter('before');
  await provider.shutdown();
  before.add(2);
  provider.getMeter('app').createCounter('after').add(1);
  provider.getMeter('other').createCounter('after').add(1);
  const text = await formatPrometheus(collector);
  expect(text).toContain('before_total{otel_scope_name="app"} 2');
  expect(text).not.toContain('after');
});

it('a histogram that advises no bounds, or none that can be used, is recorded', async () => {
  const collector = makeCollector();
  const views = [
    { instrumentName: 'viewed', aggregation: { type: 4, options: { boundaries: [] } } },
  ];
  const meter = meterProvider(collector, { views: views as never }).getMeter('m');
  const advise = (explicitBucketBoundaries: number[]) => ({ advice: { explicitBucketBoundaries } });
  meter.createHistogram('none', advise([])).record(3);
  meter.createHistogram('unsound', advise([Number.NaN])).record(3);
  meter.createHistogram('viewed').record(3);
  for (const name of ['none', 'unsound', 'viewed']) {
    expect(await sampleOf(collector, `${name}_sum`, { otel_scope_name: 'm' })).toBe(3);
    const all = { otel_scope_name: 'm', le: '+Inf' };
    expect(await sampleOf(collector, `${name}_bucket`, all)).toBe(1);
  }
});

it('a callback that fails, or observes what cannot be read, is counted', async () => {
  const collector = makeCollector();
  const meter = meterProvider(collector).getMeter('m');
  meter.createObservableGauge('broken').addCallback(async () => {
    throw new Error('no');
  });
  meter.createObservableGauge('unreadable').addCallback((result) => {
    const attributes = {
      get a(): never {
        throw new Error('no');
      },
    };
    result.observe(1, attributes);
  });
  await formatPrometheus(collector);
  expect(await errors(collector, 'collect')).toBeGreaterThanOrEqual(2);
});

it('a resource that cannot be shown is told of', async () => {
  const collector = makeCollector();
  collector.registerGauge('target_info', 'Ours').set(1);
  meterProvider(collector, { resource: { 'service.name': 'shop' } });
  await formatPrometheus(collector);
  expect(await errors(collector, 'definition')).toBe(1);
  expect(logOf(collector).join()).toContain('target_info is a metric of the application');
});
