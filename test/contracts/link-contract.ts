import {
  type CollectionRun,
  formatJSON,
  formatPrometheus,
  JSONExporter,
  type LinkKind,
  TelemetryCollector,
  type TelemetryCollectorOptions,
} from 'utilityfog-telemetry';
import { history } from 'utilityfog-telemetry/history';
import { afterEach, expect, it } from 'vitest';

/** Returns the lines of the application's own metrics. Durations and the clock differ from run to run. */
export function applicationLines(exposition: string): string {
  return exposition
    .split('\n')
    .filter((line) => !/^(# \w+ )?telemetry_/.test(line))
    .join('\n');
}

/** Records something of every kind. */
export function recordEverything(collector: TelemetryCollector): void {
  const requests = collector.registerCounter('requests_total', 'Total HTTP requests', {
    labelNames: ['method', 'status'],
  });
  const active = collector.registerGauge('active_connections', 'Active "connections"\nnow');
  const duration = collector.registerHistogram('request_duration_seconds', 'Duration', {
    buckets: [0.1, 0.5, 1],
    labels: { service: 'api' },
  });
  const last = collector.registerGauge('temperature_celsius', '', { combine: 'last' });
  for (let i = 0; i < 700; i++) {
    requests.increment(i / 3, { method: `M${i % 11}`, status: i % 2 ? '200' : 500 });
    duration.observe((i % 13) / 10);
  }
  requests.labels({ method: 'a\\b"c\nd', status: 'é\u{1f600}\ud800' }).increment(0.1);
  requests.remove({ method: 'M3', status: 500 });
  requests.increment(2, { method: 'new', status: 'x' });
  active.set(42);
  active.decrement(2.5);
  last.set(-3e-7);
  const gone = collector.registerCounter('gone_total', 'Unregistered');
  gone.increment(5);
  collector.unregister('gone_total');
  collector.registerGauge('collected', '', { collect: async () => 17 });
  collector.registerInfo('build_info', 'What runs', { labels: { version: '1.2', of: 'a"b' } });
  const phase = collector.registerStateSet('phase', '', {
    states: ['idle', 'b"usy', 'gone'],
    labelNames: ['worker'],
  });
  phase.set('b"usy', { worker: 1 });
  phase.labels({ worker: 2 });
  phase.set('gone', { worker: 3 });
  phase.remove({ worker: 3 });
  const flags = collector.registerStateSet('flags', '', { states: ['a', 'b'], multiple: true });
  flags.enable('b');
  collector.registerCounter('theirs_total', '', {
    labelNames: ['n'],
    collect: () => [{ value: 3, labels: { n: 1 } }],
  });
  collector.registerHistogram('theirs_seconds', '', {
    buckets: [1],
    collect: async () => ({
      buckets: [
        { le: 1, count: 2 },
        { le: Infinity, count: 3 },
      ],
      sum: 4.5,
    }),
  });
  collector.registerStateSet('their_phase', '', { states: ['x', 'y'], collect: () => 'y' });
  const several = collector.registerGauge('several');
  collector.onCollect(() => several.set(12));
}

/** Tests what every link must do, in whatever way the two sides meet. */
export function linkContract(link: LinkKind): void {
  const open: TelemetryCollector[] = [];
  const make = (options: TelemetryCollectorOptions = {}) => {
    const collector = new TelemetryCollector({ link, ...options });
    open.push(collector);
    return collector;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((collector) => collector.shutdown()));
  });

  it('takes the link that was asked for, at the first call that needs it', async () => {
    const collector = make();
    collector.registerCounter('a_total').increment();
    expect(collector.link).toBeUndefined();
    await collector.getSnapshot();
    expect(collector.link).toBe(link);
  });

  it('shows recordings made before and after the collector started', async () => {
    const collector = make();
    const counter = collector.registerCounter('a_total', 'A', { labelNames: ['kind'] });
    counter.increment(1, { kind: 'before' });
    await collector.startCollection();
    for (let i = 0; i < 5000; i++) counter.increment(1, { kind: `after ${i % 1000}` });
    const text = await formatPrometheus(collector);
    expect(text).toContain('a_total{kind="before"} 1\n');
    expect(text.match(/^a_total\{kind="after \d+"\} 5$/gm)).toHaveLength(1000);
  });

  it('answers a snapshot in the JSON shape', async () => {
    const collector = make({ labels: { job: 'test' } });
    collector.registerCounter('http_requests_total').increment(1027);
    const duration = collector.registerHistogram('d_seconds', '', { buckets: [0.1, 0.5] });
    duration.observe(0.1);
    duration.observe(0.103);
    collector.recordEvent('e', 1);
    const { timestamp, metrics, events_count, running } = await collector.getSnapshot();
    expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(60);
    expect(metrics.http_requests_total).toEqual({
      value: 1027,
      labels: { job: 'test' },
      timestamp,
      created: expect.closeTo(timestamp, -2),
    });
    expect(metrics.d_seconds).toMatchObject({
      count: 2,
      buckets: { '0.1': 1, '0.5': 2, '+Inf': 2 },
    });
    expect([events_count, running]).toEqual([1, false]);
  });

  it('keeps events in order, and the newest within the limit', async () => {
    const collector = make({ eventLimit: 100 });
    for (let i = 0; i < 150; i++) collector.recordEvent('tick', { i });
    await collector.flush();
    for (let i = 150; i < 300; i++) {
      collector.recordEvent('tick', { i }, { labels: { n: i }, metadata: { deep: [i] } });
    }
    const events = await collector.getEvents();
    expect(events.map(({ value }) => (value as { i: number }).i)).toEqual(
      Array.from({ length: 100 }, (_, i) => 200 + i),
    );
    expect(events.at(-1)).toMatchObject({
      name: 'tick',
      labels: { n: '299' },
      metadata: { deep: [299] },
    });
    expect(await collector.getEvents(2)).toEqual(events.slice(-2));
    expect(await formatPrometheus(collector)).toContain('telemetry_events_total 300\n');
  });

  it('resets and clears', async () => {
    const collector = make();
    const counter = collector.registerCounter('a_total');
    const gauge = collector.registerGauge('g', '', { combine: 'max' });
    counter.increment(7);
    gauge.set(3);
    collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
    collector.registerInfo('build_info');
    collector.recordEvent('e', 1);
    await collector.getSnapshot();
    collector.resetAllMetrics();
    counter.increment(2);
    const { metrics, events_count } = await collector.getSnapshot();
    expect(metrics.a_total).toMatchObject({ value: 2 });
    expect(metrics.g).toMatchObject({ value: 0 });
    expect(metrics.phase).toMatchObject({ states: { idle: true, busy: false } });
    expect(metrics.build_info).toMatchObject({ value: 1 });
    expect(events_count).toBe(0);
  });

  it('removes, and reuses the cells without mixing series up', async () => {
    const collector = make();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 300; n++) counter.increment(round * 1000 + n, { n });
      if (round % 3 === 0) await collector.getSnapshot();
      if (round < 19) for (let n = 0; n < 300; n++) counter.remove({ n });
    }
    const { metrics } = await collector.getSnapshot();
    const entries = metrics.a_total as unknown as { value: number; labels: { n: string } }[];
    expect(entries).toHaveLength(300);
    for (const { value, labels } of entries) expect(value).toBe(19_000 + Number(labels.n));
  });

  it('lets series go that nobody records, and counts anew when somebody does', async () => {
    const collector = make({ logger: { warn() {}, error() {} } });
    const expiring = { expireAfter: 0.5 };
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'], ...expiring });
    const only = collector.registerCounter('only_total', '', expiring);
    const native = collector.registerHistogram('native', '', { native: true, ...expiring });
    collector.registerGauge('asked', '', { collect: () => 1, ...expiring });
    collector.registerInfo('build_info');
    const bound = counter.labels({ n: 'bound' });
    const record = (amount: number) => {
      bound.increment(amount);
      counter.increment(amount, { n: 'named' });
      only.increment(amount);
      native.observe(amount);
    };
    record(5);
    const names = async () => Object.keys((await collector.getSnapshot()).metrics);
    await expect
      .poll(() => formatPrometheus(collector))
      .not.toMatch(/^(a_total|only_total|native_sum)/m);
    expect(await names()).toEqual(expect.arrayContaining(['asked', 'build_info']));
    record(2);
    const text = await formatPrometheus(collector);
    for (const line of [
      'a_total{n="bound"} 2',
      'a_total{n="named"} 2',
      'only_total 2',
      'native_sum 2',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    expect(text).toContain('telemetry_series_expired_total{metric="a_total"} 2\n');
    expect(text).toContain('telemetry_series_expired_total{metric="only_total"} 1\n');
    expect(text).not.toContain('metric="asked"');
  });

  it('calls collection hooks after each run', async () => {
    const collector = make({ collectionInterval: 0.05 });
    collector.registerCounter('a_total');
    collector.recordEvent('e', 1);
    const runs: unknown[] = [];
    await new Promise<void>((resolve) => {
      collector.addHook('collection', (run) => {
        runs.push(run);
        if (runs.length === 3) resolve();
      });
      void collector.startCollection();
    });
    await collector.stopCollection();
    expect(runs[2]).toMatchObject({ metrics_count: 1, events_count: 1 });
    expect(runs[2]).toHaveProperty('duration');
  });

  it('tells what a run took the collector and the thread, without waiting', async () => {
    const busy = 0.02;
    const collector = make({ collectionInterval: 0.05, use: [history()] });
    collector.registerGauge('a', '', {
      async collect() {
        const end = performance.now() + 1000 * busy;
        while (performance.now() < end);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return 1;
      },
    });
    const { duration, collector_seconds } = await new Promise<CollectionRun>((resolve) => {
      // A run does not wait for a thread that gives no sign of life, as on a machine that has much else to do.
      collector.addHook('collection', (run) => {
        if (run.thread_seconds >= busy && run.duration >= busy) resolve(run);
      });
      void collector.startCollection();
    });
    await collector.stopCollection();
    // The collector waits for callbacks, and does nothing for the run meanwhile.
    expect(collector_seconds).toBeGreaterThan(0);
    expect(collector_seconds).toBeLessThan(duration);
  });

  it('answers scrapes through serve() and handler() alike', async () => {
    const collector = make();
    recordEverything(collector);
    const server = await collector.serve({ port: 0, bearerToken: 's3cret' });
    const headers = { authorization: 'Bearer s3cret', 'accept-encoding': 'gzip' };
    const served = await fetch(server.url, { headers });
    expect(served.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const handled = await collector.handler()(new Request('http://x/'));
    expect(applicationLines(await served.text())).toBe(applicationLines(await handled.text()));
    expect((await fetch(server.url)).status).toBe(401);
    expect((await fetch(new URL('/other', server.url), { headers })).status).toBe(404);
    expect((await fetch(server.url, { headers, method: 'POST' })).status).toBe(405);
    await server.close();
    await expect(fetch(server.url, { headers })).rejects.toThrow();
  });

  it('reports an export that failed, and goes on', async () => {
    const collector = make({ logger: { warn() {}, error() {} } });
    const exported = await new JSONExporter('/dev/null/not/a/directory.json').exportMetrics(
      collector,
    );
    expect(exported).toBe(false);
    const text = await formatPrometheus(collector);
    expect(text).toContain('telemetry_exports_total{exporter="json",outcome="failure"} 1\n');
    expect(text).toContain('telemetry_errors_total{reason="export"} 1\n');
  });

  it('is a no-op after shutdown', async () => {
    const collector = make();
    const counter = collector.registerCounter('a_total');
    await collector.startCollection();
    await collector.shutdown();
    counter.increment();
    collector.recordEvent('late', 1);
    await collector.startCollection();
    await collector.flush();
    await collector.shutdown();
    expect(await collector.getEvents()).toEqual([]);
    expect(collector.running).toBe(false);
    expect(await new JSONExporter('/tmp/never').exportMetrics(collector)).toBe(false);
    expect((await collector.handler()(new Request('http://x/'))).status).toBe(503);
  });
}

/** Returns the expositions of the same recordings over one link. */
export async function expositions(link: LinkKind): Promise<[text: string, json: string]> {
  const collector = new TelemetryCollector({
    link,
    labels: { job: 'sim', z: 'é' },
    seriesLimit: 20,
  });
  recordEverything(collector);
  await collector.startCollection();
  const text = applicationLines(await formatPrometheus(collector));
  const json = JSON.parse(await formatJSON(collector));
  await collector.shutdown();
  const metrics = Object.entries(json.metrics).filter(([name]) => !name.startsWith('telemetry_'));
  const untimed = JSON.stringify(metrics).replace(/"(timestamp|created)":[\d.]+/g, '"$1":0');
  return [text, untimed];
}
