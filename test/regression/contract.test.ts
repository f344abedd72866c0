/** Tests cases in which the package once did not do what its documentation says. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import {
  formatPrometheus,
  MetricsExporter,
  MetricType,
  MultiExporter,
  PrometheusAdapter,
  setupHealthHooks,
  setupMessagingHooks,
  TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  errors,
  joinThread,
  LINKS,
  logOf,
  makeCollector,
  sampleOf,
  samplesOf,
} from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { runProgram } from '../runtimes/program.ts';
import { makeProject, type Project } from '../runtimes/project.ts';

/** Runs a program in a new process of this Node. */
let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());
const runHere = (name: string, args: object) =>
  runProgram({ command: process.execPath, args: [] }, project, name, args);

const anything = (value: unknown) => value as never;

describe('definitions', () => {
  it.each([
    ['le', { le: 'x' }],
    ['otel_metric_overflow', { otel_metric_overflow: 'x' }],
    ['__name__', { __name__: 'x' }],
  ])('refuse the constant label %s, which formats use themselves', (_, labels) => {
    expect(() => new TelemetryCollector({ labels })).toThrow(TelemetryError);
  });

  it.each([
    [
      'a name without text',
      (c: TelemetryCollector) => c.registerCounter(anything(Object.create(null))),
    ],
    [
      'buckets that are a number',
      (c: TelemetryCollector) => c.registerHistogram('x', '', anything({ buckets: 5 })),
    ],
    [
      'buckets that are text',
      (c: TelemetryCollector) => c.registerHistogram('x', '', anything({ buckets: 'abc' })),
    ],
    [
      'label names that are a number',
      (c: TelemetryCollector) => c.registerCounter('x', '', anything({ labelNames: 5 })),
    ],
    [
      'label names that are text',
      (c: TelemetryCollector) => c.registerCounter('x', '', anything({ labelNames: 'abc' })),
    ],
    [
      'a label name that breaks the rules',
      (c: TelemetryCollector) => c.registerCounter('x', '', { labelNames: ['a-b'] }),
    ],
    ['a link that does not exist', () => new TelemetryCollector(anything({ link: 'foo' }))],
    ['persist without a name', () => new TelemetryCollector(anything({ persist: {} }))],
  ])('refuse %s with a TelemetryError', (_, define) => {
    expect(() => define(makeCollector())).toThrow(TelemetryError);
  });

  it('name the metric whose label is refused', () => {
    const define = () => makeCollector().registerCounter('jobs_total', '', { labelNames: ['a-b'] });
    expect(define).toThrow(/jobs_total.*"a-b"/);
  });

  it.each(LINKS)('refuse an odd unit, and nothing fails later, %s link', async (link) => {
    const collector = makeCollector({ link });
    collector.registerCounter('ok_total').increment();
    const odd = { unit: 10n };
    expect(() => collector.registerCounter('odd_total', '', anything(odd))).toThrow(TelemetryError);
    collector.registerCounter('plain_total', anything(null));
    expect(await sampleOf(collector, 'ok_total')).toBe(1);
    expect(await formatPrometheus(collector)).not.toContain('null');
  });

  it('are the same in whichever order their labels are written', () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const first = collector.registerCounter('a_total', '', { labels: { a: 1, b: 2 } });
    expect(collector.registerCounter('a_total', '', { labels: { b: 2, a: 1 } })).toBe(first);
  });

  it('tell the kinds apart by their type', () => {
    const collector = makeCollector();
    collector.registerCounter('a_total');
    const metric = collector.getMetric('a_total');
    if (metric?.type === MetricType.Counter) metric.increment(2);
    expect(metric?.getValue()).toMatchObject({ value: 2 });
  });

  it('of two threads may not write the same samples', async () => {
    const collector = makeCollector();
    const thread = joinThread(collector);
    collector.registerHistogram('x', '', { buckets: [1] }).observe(0.5);
    await collector.flush();
    thread.registerCounter('x_count').increment(9);
    await thread.flush();
    expect((await samplesOf(collector, 'x_count')).map(({ value }) => value)).toEqual([1]);
    expect(await errors(collector, 'definition_conflict')).toBe(1);
  });

  it('cannot be taken away through what getAllMetrics() returns', () => {
    const collector = makeCollector();
    collector.registerCounter('a_total');
    (collector.getAllMetrics() as Map<string, unknown>).clear();
    expect(collector.getMetric('a_total')).toBeDefined();
  });
});

describe('recordEvent', () => {
  it.each([
    [
      'labels that throw',
      {
        get labels() {
          throw new Error('no');
        },
      },
    ],
    [
      'metadata that throws',
      {
        get metadata() {
          throw 1;
        },
      },
    ],
    [
      'options that throw',
      new Proxy(
        {},
        {
          get() {
            throw 1;
          },
        },
      ),
    ],
    ['null', null],
    ['labels that are null', { labels: null }],
  ])('takes %s', async (_, options) => {
    const collector = makeCollector();
    collector.recordEvent('e', 1, anything(options));
    expect(await collector.getEvents()).toEqual([
      expect.objectContaining({ name: 'e', value: 1, labels: {}, metadata: {} }),
    ]);
  });

  it.each([
    ['80,000 bytes of two-byte characters', 'é'.repeat(40_000), true],
    ['18 KB of numbers', Array(9000).fill(0), false],
    ['40 levels', JSON.parse(`${'['.repeat(40)}1${']'.repeat(40)}`), false],
  ])('measures a value by its bytes: %s', async (_, value, reduced) => {
    const collector = makeCollector();
    collector.recordEvent('e', value);
    const [event] = await collector.getEvents();
    if (reduced) expect(event.value).toMatchObject({ reduced: expect.stringContaining('larger') });
    else expect(event.value).toEqual(value);
  });

  it('keeps labels as texts, however many there are', async () => {
    const collector = makeCollector();
    const labels = Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`l${i}`, i]));
    collector.recordEvent('e', 1, { labels });
    const [event] = await collector.getEvents();
    expect(Object.values(event.labels).every((value) => typeof value === 'string')).toBe(true);
    expect(event.labels.l0).toBe('0');
  });

  it('calls no hook for collection runs with an event of that name', () => {
    const collector = makeCollector();
    const heard: unknown[] = [];
    collector.addHook('collection', (run) => heard.push(run));
    collector.recordEvent('collection', 1);
    expect(heard).toEqual([]);
  });
});

describe.each(LINKS)('resetting and removing, %s link', (link) => {
  it('before the collector was needed also goes for what storage gives back', async () => {
    const directory = await makeFolder();
    const persist = { name: 'app', directory };
    const names = ['reset_total', 'removed_total', 'kept_total'];
    const before = makeCollector({ persist });
    for (const name of names) before.registerCounter(name).increment(5);
    before.registerCounter('labelled_total', '', { labelNames: ['n'] }).increment(5, { n: 'x' });
    before.recordEvent('e');
    await before.shutdown();

    const collector = makeCollector({ link, persist });
    const [reset] = names.map((name) => collector.registerCounter(name));
    reset.reset();
    collector.unregister('removed_total');
    collector.registerCounter('removed_total').increment(1);
    const labelled = collector.registerCounter('labelled_total', '', { labelNames: ['n'] });
    labelled.remove({ n: 'x' });
    expect(await sampleOf(collector, 'reset_total')).toBe(0);
    expect(await sampleOf(collector, 'removed_total')).toBe(1);
    expect(await sampleOf(collector, 'kept_total')).toBe(5);
    expect(await samplesOf(collector, 'labelled_total')).toEqual([]);
    expect(await collector.getEvents()).toHaveLength(1);
    await collector.shutdown();

    const last = makeCollector({ link, persist });
    last.registerCounter('kept_total');
    last.resetAllMetrics();
    expect(await sampleOf(last, 'kept_total')).toBe(0);
    expect(await last.getEvents()).toEqual([]);
  });

  it('is there in the next snapshot, over all threads', async () => {
    const collector = makeCollector({ link });
    const thread = joinThread(collector);
    const counter = thread.registerCounter('a_total');
    for (let round = 0; round < 10; round++) {
      counter.increment();
      await thread.flush();
      collector.resetAllMetrics();
      expect(await sampleOf(collector, 'a_total')).toBe(0);
    }
  });
});

describe('events of joined threads', () => {
  it.each(LINKS)('are there after a flush of the owner, %s link', async (link) => {
    const collector = makeCollector({ link });
    const thread = joinThread(collector);
    await thread.flush();
    thread.recordEvent('e');
    await collector.flush();
    expect(await collector.getEvents()).toHaveLength(1);
    thread.recordEvent('e');
    expect(await collector.getEvents()).toHaveLength(2);
  });

  it('that a terminated thread had not sent are counted as dropped', async () => {
    const collector = makeCollector({ link: 'auto' });
    const port = collector.createPort();
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      import(${JSON.stringify(import.meta.resolve('utilityfog-telemetry'))}).then(async (t) => {
        const collector = t.TelemetryCollector.connect(workerData.port);
        await collector.flush();
        collector.recordEvent('e');
        parentPort.postMessage('recorded');
        for (;;);
      });`;
    const transferList = [port as never];
    const worker = new Worker(source, { eval: true, workerData: { port }, transferList });
    await once(worker, 'message');
    await worker.terminate();
    while ((await collector.diagnostics()).threads !== 1);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(1);
    expect(await collector.getEvents()).toEqual([]);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(1);
  });
});

describe('a joined collector', () => {
  it.each(LINKS)('can start and stop the runs, and let others join, %s link', async (link) => {
    const collector = makeCollector({ link, collectionInterval: 3600 });
    const thread = joinThread(collector);
    await thread.startCollection();
    expect((await collector.getSnapshot()).running).toBe(true);
    const third = joinThread(thread);
    third.registerCounter('a_total').increment(3);
    await third.flush();
    expect(await sampleOf(collector, 'a_total')).toBe(3);
    await thread.stopCollection();
    expect((await collector.getSnapshot()).running).toBe(false);
    expect([logOf(collector), logOf(thread), logOf(third)]).toEqual([[], [], []]);
  });
});

describe('exporters', () => {
  it('without a collector resolve to false', async () => {
    expect(await new PrometheusAdapter('x').exportMetrics(anything(undefined))).toBe(false);
    expect(await new PrometheusAdapter('x').exportMetrics(anything({}))).toBe(false);
  });

  it('of the application that return nothing have not succeeded', async () => {
    class Silent extends MetricsExporter {
      override async exportMetrics(): Promise<boolean> {
        return anything(undefined);
      }
    }
    const multi = new MultiExporter([new Silent()]);
    expect(await multi.exportMetrics(makeCollector())).toBe(false);
    expect(multi.results[0].succeeded).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('give up where nothing can be made', async () => {
    const collector = makeCollector();
    expect(await new PrometheusAdapter('/proc/no/metrics.prom').exportMetrics(collector)).toBe(
      false,
    );
  });
});

describe('hooks', () => {
  it('that could not be set up can be set up later', async () => {
    const collector = makeCollector();
    collector.registerCounter('health_check_duration_seconds');
    expect(() => setupHealthHooks(collector)).toThrow(TelemetryError);
    collector.unregister('health_check_duration_seconds');
    for (const name of ['health_status', 'health_checks_total']) collector.unregister(name);
    setupHealthHooks(collector);
    collector.recordEvent('health_check', { status: 'healthy' });
    expect(await sampleOf(collector, 'health_status')).toBe(1);
  });

  it('count an event whose fields cannot be read', async () => {
    const collector = makeCollector();
    setupMessagingHooks(collector);
    collector.recordEvent('message_received', {
      get queue_size() {
        throw new Error('no');
      },
    });
    expect(await sampleOf(collector, 'messages_received_total')).toBe(1);
  });
});

describe('a strict collector', () => {
  it('lets the error of the application through that a timed function throws', () => {
    const histogram = makeCollector({ strict: true }).registerHistogram('h');
    const fails = () => {
      throw new Error('of the application');
    };
    expect(() => histogram.time(fails, anything({ wrong: 1 }))).toThrow('of the application');
  });
});

describe('a logger', () => {
  it('that rejects ends nothing', async () => {
    const logger = { warn: async () => Promise.reject(new Error('no')), error: () => {} };
    const collector = makeCollector({ logger });
    collector.registerCounter('a_total').increment(-1);
    await collector.flush();
  });
});

describe('a server', () => {
  it.each(LINKS)('holds no process open, %s link', async (link) => {
    expect(await runHere('serve-and-end', { link })).toEqual({ status: 200 });
  });

  it('takes the scheme of a token in any case, and any path in its stride', async () => {
    const collector = makeCollector();
    const { url } = await collector.serve({ port: 0, bearerToken: 'secret' });
    const asked = await fetch(url, { headers: { authorization: 'bearer secret' } });
    expect(asked.status).toBe(200);
    expect((await fetch(`${new URL(url).origin}//`)).status).toBe(404);
  });
});

describe('a program with persist that ends by itself', () => {
  it('keeps what it recorded although it never asked for the collector', async () => {
    const directory = await makeFolder();
    await runHere('record-and-end', { directory });
    expect((await readdir(directory)).filter((file) => file.endsWith('.telemetry'))).toHaveLength(
      1,
    );
    const collector = makeCollector({ persist: { name: 'app', directory } });
    collector.registerCounter('a_total');
    expect(await sampleOf(collector, 'a_total')).toBe(3);
    expect(await collector.getEvents()).toHaveLength(1);
  });
});
