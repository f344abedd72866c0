/** What instruments of OpenTelemetry are called in Prometheus, by OpenTelemetry's own rules. */
import { resourceFromAttributes } from '@opentelemetry/resources';
import { formatOpenMetrics, formatPrometheus } from 'utilityfog-telemetry';
import { meterProvider } from 'utilityfog-telemetry/opentelemetry';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

const SCOPE = { otel_scope_name: 'app', otel_scope_version: '1' };

function setUp(options: Parameters<typeof meterProvider>[1] = {}) {
  const collector = makeCollector();
  const provider = meterProvider(collector, options);
  return { collector, provider, meter: provider.getMeter('app', '1') };
}

/** Returns the names of the families that are no metrics of the collector itself. */
async function namesIn(collector: ReturnType<typeof makeCollector>): Promise<string[]> {
  const text = await formatPrometheus(collector);
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  return names.filter((name) => !name.startsWith('telemetry_'));
}

describe('names in Prometheus', () => {
  it.each([
    ['http.server.request.duration', 's', 'http_server_request_duration_seconds'],
    ['process.memory.usage', 'By', 'process_memory_usage_bytes'],
    ['requests', '{request}', 'requests'],
    ['rate', '{request}/s', 'rate_per_second'],
    ['speed', 'm/s', 'speed_meters_per_second'],
    ['cpu.utilization', '1', 'cpu_utilization_ratio'],
    ['disk.seconds', 's', 'disk_seconds'],
    ['a..b//c', '', 'a_b_c'],
    ['3.things', '', '_3_things'],
    ['odd', 'foo/bar', 'odd_foo_per_bar'],
  ])('of the gauge %s in %s', async (name, unit, expected) => {
    const { collector, meter } = setUp();
    meter.createGauge(name, { unit }).record(1);
    expect(await namesIn(collector)).toEqual([expected]);
  });

  it.each([
    ['requests', '', 'requests_total'],
    ['requests.total', '', 'requests_total'],
    ['cpu.time', 's', 'cpu_time_seconds_total'],
    ['things', '1', 'things_total'],
  ])('of the counter %s in %s', async (name, unit, expected) => {
    const { collector, meter } = setUp();
    meter.createCounter(name, { unit }).add(1);
    expect(await namesIn(collector)).toEqual([expected]);
    expect(await formatOpenMetrics(collector)).toMatch(/# EOF\n$/);
  });
});

describe('labels in Prometheus', () => {
  it('are the attributes as text, and the scope', async () => {
    const { collector, meter } = setUp();
    const attributes = { 'http.method': 'GET', status: 200, ok: true, list: ['a', 1], '1st': 'x' };
    meter.createCounter('c').add(2, attributes as never);
    const labels = { http_method: 'GET', status: '200', ok: 'true', list: '["a",1]', key_1st: 'x' };
    expect(await sampleOf(collector, 'c_total', { ...labels, ...SCOPE })).toBe(2);
  });

  it('have the values of keys that become one, in the order of the keys', async () => {
    const { collector, meter } = setUp();
    meter.createCounter('c').add(1, { 'a.b': 'one', a_b: 'two' });
    expect(await sampleOf(collector, 'c_total', { a_b: 'one;two', ...SCOPE })).toBe(1);
  });

  it('tell attributes apart whose texts are the same', async () => {
    const { collector, meter } = setUp();
    const counter = meter.createCounter('c');
    counter.add(1, { x: 1 });
    counter.add(2, { x: '1' });
    const samples = await samplesOf(collector, 'c_total');
    expect(samples.map(({ value }) => value)).toEqual([1, 2]);
    expect(samples[1]?.labels).toEqual({ x: '1', otel_attributes: '["x","1"]', ...SCOPE });
  });

  it('never take the place of what samples of a histogram or the scope need', async () => {
    const { collector, meter } = setUp();
    meter.createHistogram('h').record(1, { le: 'mine', otel_scope_name: 'mine', __name__: 'x' });
    const [bucket] = await samplesOf(collector, 'h_bucket');
    expect(bucket?.labels).toEqual({ exported_le: 'mine', _name_: 'x', le: '0', ...SCOPE });
  });

  it('of the collector give way to attributes', async () => {
    const collector = makeCollector({ labels: { region: 'eu', app: 'shop' } });
    meterProvider(collector).getMeter('app', '1').createCounter('c').add(1, { region: 'us' });
    expect(await sampleOf(collector, 'c_total', { region: 'us', app: 'shop', ...SCOPE })).toBe(1);
  });
});

describe('several instruments of one name', () => {
  it('are one family if they are counted alike', async () => {
    const { collector, provider, meter } = setUp();
    meter.createCounter('c').add(1);
    provider.getMeter('other').createCounter('c').add(2);
    meterProvider(collector).getMeter('third').createCounter('c').add(3);
    const samples = await samplesOf(collector, 'c_total');
    expect(samples.map(({ labels, value }) => [labels.otel_scope_name, value])).toEqual([
      ['app', 1],
      ['other', 2],
      ['third', 3],
    ]);
  });

  it('are several if they are not, or if the application has a metric of that name', async () => {
    const { collector, meter } = setUp();
    collector.registerCounter('c_total').increment(9);
    meter.createCounter('c').add(1);
    meter.createGauge('level').record(2);
    meter.createHistogram('level').record(3);
    expect(await namesIn(collector)).toEqual(['c_total', 'c_2_total', 'level', 'level_2']);
    expect(await sampleOf(collector, 'c_total')).toBe(9);
    expect(await sampleOf(collector, 'c_2_total', SCOPE)).toBe(1);
  });

  it('are not recorded if all names are taken', async () => {
    const { collector, meter } = setUp();
    for (let i = 1; i <= 16; i++) collector.registerGauge(i === 1 ? 'g' : `g_${i}`);
    meter.createGauge('g').record(1);
    expect(await errors(collector, 'definition')).toBe(1);
  });
});

describe('the resource', () => {
  it('is target_info', async () => {
    const { collector } = setUp({ resource: { 'service.name': 'shop', tills: 3 } });
    expect(await sampleOf(collector, 'target_info', { service_name: 'shop', tills: '3' })).toBe(1);
  });

  it('has what it finds later', async () => {
    let found = (_: string) => {};
    const host = new Promise<string>((resolve) => (found = resolve));
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.name': host });
    const { collector } = setUp({ resource });
    expect(await sampleOf(collector, 'target_info', { service_name: 'shop' })).toBe(1);
    found('till-1');
    await resource.waitForAsyncAttributes?.();
    expect(await samplesOf(collector, 'target_info')).toMatchObject([
      { labels: { service_name: 'shop', host_name: 'till-1' }, value: 1 },
    ]);
  });
});

describe('several threads', () => {
  it('add up', async () => {
    const owner = makeCollector({ link: 'shared' });
    const other = joinThread(owner);
    for (const collector of [owner, other]) {
      const meter = meterProvider(collector, { resource: { a: 1 } }).getMeter('app', '1');
      meter.createCounter('c').add(1, { x: 1, y: true });
      meter.createUpDownCounter('u').add(-2);
    }
    await other.flush();
    expect(await sampleOf(owner, 'c_total', { x: '1', y: 'true', ...SCOPE })).toBe(2);
    expect(await sampleOf(owner, 'u', SCOPE)).toBe(-4);
    expect(await samplesOf(owner, 'target_info')).toHaveLength(1);
  });

  it('leave their counts behind, also over a restart', async () => {
    const { makeFolder } = await import('../folder.ts');
    const persist = { name: 'otel', directory: await makeFolder() };
    const first = makeCollector({ persist });
    meterProvider(first).getMeter('app', '1').createCounter('c').add(3, { a: 1 });
    await first.shutdown();
    const second = makeCollector({ persist });
    meterProvider(second).getMeter('app', '1').createCounter('c').add(1, { a: 1 });
    expect(await sampleOf(second, 'c_total', { a: '1', ...SCOPE })).toBe(4);
  });
});

it('gives an exposition that is whole, whatever libraries record', async () => {
  const { collector, meter } = setUp();
  const counter = meter.createCounter('c\n"\\ {} \ud800', { unit: '\n', description: 'a\nb' });
  counter.add(1, { 'a\n"': 'b\\\n"', '': 'x', '\ud800': '\udfff' });
  const { samples } = parseText(await formatPrometheus(collector));
  expect(samples.filter(({ name }) => name.startsWith('c'))).toHaveLength(1);
});
