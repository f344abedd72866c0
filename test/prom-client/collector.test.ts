/** What a registry has beside prom-client's interface: the collector that its metrics record in. */
import { TelemetryCollector } from 'utilityfog-telemetry';
import { Counter, Gauge, Histogram, Registry, Summary } from 'utilityfog-telemetry/prom-client';
import { afterEach, expect, it, vi } from 'vitest';

const collectors: TelemetryCollector[] = [];
afterEach(async () => {
  await Promise.all(collectors.splice(0).map((collector) => collector.shutdown()));
});

function newCollector(options?: ConstructorParameters<typeof TelemetryCollector>[0]) {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => warnings.push(message), error() {} };
  const collector = new TelemetryCollector({ link: 'inline', logger, ...options });
  collectors.push(collector);
  return { collector, warnings };
}

function setUp(options?: Parameters<typeof newCollector>[0]) {
  const register = new Registry();
  const { collector, warnings } = newCollector(options);
  register.setCollector(collector);
  const families = async () => (await collector.getSnapshot()).metrics as Record<string, unknown>;
  return { register, collector, warnings, families, registers: [register] };
}

it('has all metrics of the registry, with their values', async () => {
  const { registers, families } = setUp();
  new Counter({ name: 'c', help: 'help', labelNames: ['a', 'b'], registers }).inc({ a: 1 }, 2);
  new Gauge({ name: 'g', help: 'help', registers });
  new Histogram({ name: 'h', help: 'help', buckets: [1], registers }).observe(0.5);
  new Summary({ name: 's', help: 'help', registers }).observe(4);
  expect(await families()).toMatchObject({
    c: [{ value: 2, labels: { a: '1', b: '' } }],
    g: { value: 0 },
    h: { count: 1, sum: 0.5, buckets: { 1: 1, '+Inf': 1 } },
    s: { count: 1, sum: 4 },
  });
});

it('is made when it is asked for, with what was recorded before', async () => {
  const register = new Registry();
  const options = { help: 'help', registers: [register] };
  new Counter({ name: 'c', ...options }).inc(3);
  new Gauge({ name: 'unset', ...options });
  const { collector } = register;
  collectors.push(collector);
  new Gauge({ name: 'later', ...options });
  expect([...collector.getAllMetrics().keys()]).toEqual(['c', 'unset', 'later']);
  expect(collector.link).toBeUndefined();
  expect((await collector.getSnapshot()).metrics.c).toMatchObject({ value: 3 });
  expect(() => register.setCollector(newCollector().collector)).toThrow(
    'setCollector() came after the first recording',
  );
  expect(() => register.setCollector({} as never)).toThrow('an object with registerCounter()');
});

it('calls collect before it is read, and goes on if one throws', async () => {
  const { registers, families, warnings } = setUp();
  const slow = new Gauge({ name: 'slow', help: 'help', registers });
  slow.collect = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    slow.set(5);
  };
  const wrong = new Gauge({ name: 'wrong', help: 'help', registers });
  wrong.collect = () => {
    throw new Error('of the application');
  };
  expect(await families()).toMatchObject({ slow: { value: 5 } });
  expect(warnings.join()).toContain('collect of wrong has failed: of the application');
});

it('forgets what is removed or reset', async () => {
  const { registers, register, families } = setUp();
  const options = { help: 'help', labelNames: ['a'], registers };
  const counter = new Counter({ name: 'c', ...options });
  counter.inc({ a: 'x' });
  counter.inc({ a: 'y' });
  counter.remove('x');
  expect(await families()).toMatchObject({ c: [{ labels: { a: 'y' } }] });
  counter.reset();
  expect((await families()).c).toEqual([]);
  register.removeSingleMetric('c');
  expect(await families()).not.toHaveProperty('c');
  counter.inc({ a: 'gone' });
  expect(await families()).not.toHaveProperty('c');
  new Gauge({ name: 'c', ...options }).set({ a: 'z' }, 9);
  expect(await families()).toMatchObject({ c: [{ value: 9, labels: { a: 'z' } }] });
});

it('gets what another registry takes over', async () => {
  const [one, two] = [setUp(), setUp()];
  const counter = new Counter({ name: 'c', help: 'help', registers: one.registers });
  counter.inc(3);
  one.register.clear();
  two.register.registerMetric(counter);
  expect(await one.families()).not.toHaveProperty('c');
  expect(await two.families()).toMatchObject({ c: { value: 3 } });
});

it('does not stop metrics that it refuses', async () => {
  const { registers, register, families, warnings } = setUp();
  new Counter({ name: 'telemetry_errors_total', help: 'help', registers }).inc(2);
  new Counter({ name: 'c', help: 'help', labelNames: ['__a'], registers }).inc({ __a: 'x' });
  new Histogram({ name: 'h', help: 'help', registers }).observe(1);
  new Counter({ name: 'h_count', help: 'help', registers }).inc(7);
  const text = await register.metrics();
  expect(text).toContain('\ntelemetry_errors_total 2\n');
  expect(text).toContain('\nc{__a="x"} 1\n');
  expect(text).toContain('\nh_count 7\n');
  const found = await families();
  expect(found).not.toHaveProperty('c');
  expect(found).toMatchObject({ h: { count: 1 } });
  for (const name of ['telemetry_errors_total', 'c', 'h_count']) {
    expect(warnings.join('\n')).toContain(`${name} is not in the collector of its registry: `);
  }
});

it('may be that of several registries, of which two have a metric of one name', async () => {
  const { register, collector, families, registers } = setUp();
  const other = new Registry();
  other.setCollector(collector);
  new Counter({ name: 'c', help: 'help', registers }).inc(1);
  new Counter({ name: 'c', help: 'help', registers: [other] }).inc(20);
  new Counter({ name: 'd', help: 'help', registers: [other] }).inc(300);
  expect(await register.metrics()).toContain('\nc 1\n');
  expect(await other.metrics()).toContain('\nc 20\n');
  expect(await families()).toMatchObject({ c: { value: 1 }, d: { value: 300 } });
});

it.each([Counter, Gauge, Histogram, Summary])('holds no more series than it may: %o', async (M) => {
  const { registers, register } = setUp({ seriesLimit: 3 });
  const metric = new M({ name: 'm', help: 'help', labelNames: ['a'], registers });
  const record = (labels: object) =>
    metric instanceof Counter || metric instanceof Gauge
      ? metric.inc(labels)
      : metric.observe(labels, 1);
  for (let i = 0; i < 50; i++) record({ a: `value ${i % 10}` });
  metric.labels('value 9');
  record({ a: 'value 0' });
  const lines = (await register.metrics()).split('\n');
  const shown = lines.filter((line) => /^m(_count)?\{(a|otel)/.test(line));
  const suffix = M === Counter || M === Gauge ? '' : '_count';
  expect(shown).toEqual([
    `m${suffix}{a="value 0"} 6`,
    `m${suffix}{a="value 1"} 5`,
    `m${suffix}{a="value 2"} 5`,
    `m${suffix}{otel_metric_overflow="true"} 35`,
  ]);
});

it('refuses and counts what is no amount, and does not throw where prom-client does not', async () => {
  const { registers, register, collector } = setUp();
  const counter = new Counter({ name: 'c', help: 'help', registers });
  counter.inc(Number.NaN);
  counter.inc('' as never);
  counter.inc(2);
  expect(await register.metrics()).toContain('\nc 2\n');
  const { metrics } = await collector.getSnapshot();
  expect(metrics.telemetry_errors_total).toMatchObject([{ value: 2 }]);
});

it('counts exemplars in the collector, too', async () => {
  const register = new Registry(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const { collector } = newCollector();
  register.setCollector(collector);
  const options = { help: 'help', enableExemplars: true, registers: [register as never] };
  new Counter({ name: 'c', ...options }).inc({ value: 2, exemplarLabels: { trace: 'one' } });
  const handler = collector.handler();
  const accept = 'application/openmetrics-text';
  const request = new Request('http://localhost/metrics', { headers: { accept } });
  expect(await (await handler(request)).text()).toMatch(/c_total 2(\.0)? # \{trace="one"\} 2/);
});

it('keeps a window over which a summary is taken', async () => {
  vi.useFakeTimers({ now: 0, toFake: ['Date'] });
  try {
    const register = new Registry();
    const summary = new Summary({
      ...{ name: 's', help: 'help', labelNames: ['a'], registers: [register] },
      ...{ percentiles: [0.5], maxAgeSeconds: 5, ageBuckets: 5, pruneAgedBuckets: true },
    });
    summary.observe({ a: 'x' }, 1);
    vi.setSystemTime(3000);
    summary.observe({ a: 'x' }, 3);
    expect((await summary.get()).values[0]!.value).toBe(2);
    vi.setSystemTime(6000);
    expect((await summary.get()).values[0]!.value).toBe(3);
    vi.setSystemTime(600_000);
    expect((await summary.get()).values).toEqual([]);
    summary.observe({ a: 'x' }, 9);
    expect((await summary.get()).values.map(({ value }) => value)).toEqual([9, 9, 1]);
  } finally {
    vi.useRealTimers();
  }
});
