import { check, equal, errorLines, errorsFor, rejection, sample } from './checks.mjs';
import { recordJobs } from './joined-thread.mjs';
import { NOT_OFFERED, persistOf } from './place.mjs';

/** Cases on links and threads, on what outlives a collector, and on its end. */
export const lifetime = {
  async 'diagnostics tell the link that is expected'({ telemetry, place, make }) {
    const { expected, options } = place;
    const logged = [];
    const logger = { warn: (message) => logged.push(message) };
    const collector = make({ logger });
    equal(collector.link, undefined, 'the link before anything needed it');
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    jobs.increment(1, { kind: 'a' });
    jobs.increment(1, { kind: 'b' });
    const text = await telemetry.formatPrometheus(collector);
    const { runtime, link, storage, failed, threads, series } = await collector.diagnostics();
    equal(
      { runtime, link, storage, threads },
      { runtime: expected.runtime, link: expected.link, storage: 'none', threads: 1 },
      'what diagnostics() tell',
    );
    equal(collector.link, expected.link, 'the link');
    check(series > 2, `there are ${series} series`);
    const ways = expected.failed ?? [];
    equal(
      failed.map(({ way }) => way),
      ways,
      'the ways that failed',
    );
    check(
      failed.every(({ reason }) => reason.length > 3),
      `the reasons are ${failed.map(({ reason }) => reason)}`,
    );
    equal(errorLines(text), [], 'errors');
    const times = ways.length > 0 && options?.link !== 'inline' ? 1 : 0;
    equal(logged.length, times, `the number of warnings (${logged})`);
    if (times) check(logged[0].includes(`using the ${expected.link} link`), logged[0]);
  },

  async 'other threads'({ telemetry, place, make }) {
    if (!place.thread) return NOT_OFFERED;
    const collector = make();
    recordJobs(collector);
    const { link } = place.options ?? {};
    const threads = [];
    for (const _ of ['leaves', 'is terminated']) {
      threads.push(await place.thread(collector.createPort(), { link }));
    }
    const [leaving, terminated] = threads;
    const { metrics } = await collector.getSnapshot();
    equal(metrics.jobs_total[0].value, 15, 'the counter of three threads');
    equal(metrics.job_size_bytes.buckets, { 1: 3, 10: 6, '+Inf': 9 }, 'their buckets');
    equal(metrics.threads_active.value, 3, 'their gauge');
    const events = await collector.getEvents();
    equal(
      events.map(({ name }) => name),
      ['joined', 'joined'],
      'their events',
    );

    await leaving.leave();
    equal((await collector.getSnapshot()).metrics.threads_active.value, 2, 'the gauge, one left');
    await terminated.terminate();
    // The collector is told a moment after the thread has ended.
    while ((await collector.diagnostics()).threads > 1);
    const text = await telemetry.formatPrometheus(collector);
    equal(sample(text, 'threads_active'), 1, 'the gauge, both gone');
    equal(sample(text, 'jobs_total{kind="test"}'), 15, 'the counter, both gone');
    equal(sample(text, 'job_size_bytes_count'), 9, 'the histogram, both gone');
    equal(errorLines(text), [], 'errors');
    return undefined;
  },

  async 'totals that outlive the collector'({ telemetry, place, make, warnings }) {
    const { expected } = place;
    const persist = persistOf(place, 'lives');
    const live = async () => {
      const collector = make({ persist });
      collector.registerCounter('jobs_total').increment(5);
      collector.registerGauge('active').increment(1);
      collector.registerHistogram('sizes', '', { buckets: [1] }).observe(0.5);
      collector.recordEvent('life', {});
      const text = await telemetry.formatPrometheus(collector);
      const events = await collector.getEvents();
      const { storage } = await collector.diagnostics();
      equal(storage, expected.storage, 'the storage in use');
      await collector.shutdown();
      return { text, events: events.length };
    };
    const first = await live();
    equal(sample(first.text, 'jobs_total'), 5, 'the counter in the first life');
    if (!place.persist) {
      const { text } = await live();
      equal(sample(text, 'jobs_total'), 5, 'the counter in the second life');
      const logged = warnings();
      const { remedy } = expected;
      equal(logged.length, remedy ? 2 : 0, `the number of warnings of two lives (${logged})`);
      equal(errorsFor(text, 'storage'), remedy ? 1 : 0, 'errors of storage');
      for (const message of logged) check(message.includes(remedy), `no ${remedy}: ${message}`);
      return NOT_OFFERED;
    }
    for (const life of [2, 3]) {
      const { text, events } = await live();
      equal(sample(text, 'jobs_total'), 5 * life, `the counter in life ${life}`);
      equal(sample(text, 'sizes_bucket{le="1"}'), life, `the histogram in life ${life}`);
      equal(sample(text, 'active'), 1, `the gauge in life ${life}`);
      equal(events, life, `the events in life ${life}`);
      equal(errorLines(text), [], 'errors');
    }
    return undefined;
  },

  async 'a flush hands everything over'({ telemetry, place, make }) {
    const collector = make();
    const jobs = collector.registerCounter('jobs_total');
    await collector.flush();
    for (let i = 0; i < 100; i++) {
      jobs.increment();
      collector.recordEvent('job', { i });
    }
    await collector.flush();
    const events = await collector.getEvents();
    equal(events.length, 100, 'the events that arrived');
    equal(events.at(-1).value, { i: 99 }, 'the last of them');
    if (!place.persist) return;
    const persist = persistOf(place, 'flush');
    const kept = make({ persist });
    kept.registerCounter('kept_total').increment(2);
    await kept.flush();
    equal((await kept.diagnostics()).storage, place.expected.storage, 'the storage in use');
    const text = await telemetry.formatPrometheus(kept);
    equal(errorLines(text), [], 'errors');
  },

  async 'after shutdown() calls do nothing'({ telemetry, make }) {
    const collector = make();
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    const bound = jobs.labels({ kind: 'a' });
    await collector.startCollection();
    bound.increment();
    await Promise.all([collector.shutdown(), collector.shutdown()]);
    equal(collector.running, false, 'running');

    bound.increment();
    jobs.increment(1, { kind: 'b' });
    collector.registerGauge('late').set(1);
    let heard = 0;
    collector.addHook('late', () => heard++);
    collector.recordEvent('late', {});
    equal(heard, 0, 'events that a hook has heard');
    await collector.startCollection();
    equal(collector.running, false, 'running after another startCollection()');
    await collector.stopCollection();
    await collector.flush();
    equal(await collector.getEvents(), [], 'the events');
    equal((await collector.getSnapshot()).metrics, {}, 'the metrics');
    equal((await collector.diagnostics()).failed, [], 'the ways that failed');
    const adapter = new telemetry.PrometheusAdapter('nowhere');
    equal(await adapter.exportMetrics(collector), false, 'whether an export succeeded');
    const error = await rejection(collector.serve({ port: 0 }), 'serve()');
    check(error instanceof telemetry.TelemetryError, `serve() rejects with ${error}`);
    collector.createPort().close();
    await collector[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
    await make().shutdown();
  },
};
