import { check, equal, errorsFor, rejection, sample } from './checks.mjs';
import { NOT_OFFERED } from './place.mjs';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Cases on how metrics leave the collector: by exporters, the handler and the listener. */
export const leaving = {
  async 'exports to a file or a key'({ telemetry, place, make, warnings }) {
    const { JSONExporter, MultiExporter, PrometheusAdapter } = telemetry;
    const collector = make();
    collector.registerCounter('jobs_total', 'Jobs').increment(3);
    const destination = (file) => `${place.destination ?? 'refused/'}${file}`;
    if (!place.destination) {
      equal(
        await new PrometheusAdapter(destination('metrics.prom')).exportMetrics(collector),
        false,
        'an export that nothing can hold',
      );
      const text = await telemetry.formatPrometheus(collector);
      equal(errorsFor(text, 'export'), 1, 'exports that were counted as failed');
      equal(warnings().length, 1, 'the number of warnings');
      return NOT_OFFERED;
    }
    const prometheus = new PrometheusAdapter(destination('metrics.prom'));
    const json = new JSONExporter(destination('metrics.json'));
    const both = new MultiExporter([prometheus, json]);
    equal(await both.exportMetrics(collector), true, 'whether the export succeeded');
    equal(
      both.results.map(({ succeeded }) => succeeded),
      [true, true],
      'the results',
    );
    const text = await place.read(destination('metrics.prom'));
    check(text?.startsWith('# HELP jobs_total Jobs\n'), `the export reads ${text}`);
    equal(sample(text, 'jobs_total'), 3, 'the exported counter');
    const { metrics } = JSON.parse(await place.read(destination('metrics.json')));
    equal(metrics.jobs_total.value, 3, 'the counter in the exported JSON');
    const after = await telemetry.formatPrometheus(collector);
    const success = 'telemetry_exports_total{exporter="prometheus",outcome="success"}';
    equal(sample(after, success), 1, 'the counter of exports');
    return undefined;
  },

  async "an application's own exporter, periodically"({ telemetry, make }) {
    const exported = [];
    let first;
    const begun = new Promise((resolve) => (first = resolve));
    class OwnExporter extends telemetry.MetricsExporter {
      async exportMetrics(collector) {
        const text = await telemetry.formatPrometheus(collector);
        exported.push(sample(text, 'jobs_total'));
        first();
        return true;
      }
    }
    const collector = make();
    const jobs = collector.registerCounter('jobs_total');
    jobs.increment(1);
    const periodic = new telemetry.PeriodicExporter(new OwnExporter(), collector, { interval: 60 });
    await periodic.start();
    await begun;
    jobs.increment(1);
    await collector.flush();
    equal(exported.at(-1), 2, 'what was exported when a flush has ended');
    await periodic.stop();
    const before = exported.length;
    jobs.increment(1);
    await collector.flush();
    equal(exported.length, before, 'the number of exports after stop()');
    const text = await telemetry.formatPrometheus(collector);
    const success = 'telemetry_exports_total{exporter="OwnExporter",outcome="success"}';
    equal(sample(text, success), exported.length, 'the counter of exports');
  },

  async 'pushes to engines'({ telemetry, place, make, warnings }) {
    const { OTLPExporter, RemoteWriteExporter } = telemetry;
    const { name, receiver } = place;
    const collector = make();
    collector.registerCounter('jobs_total', 'Jobs').increment(3);
    collector.recordEvent('order', { total: 7 });
    const url = `${receiver ?? 'http://127.0.0.1:9'}/${encodeURIComponent(name)}/v1/metrics`;
    const otlp = new OTLPExporter({ url, encoding: 'json', compression: 'none', events: true });
    const gzipped = new OTLPExporter({ url: `${url}/gzipped` });
    const remoteWrite = new RemoteWriteExporter({ url: `${url}/write` });
    const reports = [];
    const told = new Promise((resolve) => {
      collector.onDelivery((report) => reports.push(report) === 2 && resolve());
    });
    if (!receiver) {
      // What cannot arrive waits until the collector ends.
      equal(await otlp.exportMetrics(collector), false, 'an export that cannot arrive');
      await collector.shutdown();
      const logged = warnings();
      check(
        logged.length > 0 && logged.every((message) => message.includes('otlp')),
        `the warnings are ${logged}`,
      );
      return NOT_OFFERED;
    }
    equal(await otlp.exportMetrics(collector), true, 'whether metrics and events have arrived');
    await told;
    equal(
      reports.map(({ exporter, outcome }) => `${exporter} ${outcome}`).sort(),
      ['otlp delivered', 'otlp_logs delivered'],
      'the reports',
    );
    const { resourceMetrics } = await (await fetch(url)).json();
    const { metrics } = resourceMetrics[0].scopeMetrics[0];
    const jobs = metrics.find((metric) => metric.name === 'jobs_total');
    equal(jobs?.sum.dataPoints[0].asDouble, 3, 'the counter that was pushed');
    const { resourceLogs } = await (await fetch(url.replace('metrics', 'logs'))).json();
    equal(resourceLogs[0].scopeLogs[0].logRecords[0].eventName, 'order', 'the event');
    for (const one of [gzipped, remoteWrite]) {
      check(await one.exportMetrics(collector), `it has not arrived: ${warnings()}`);
    }
    return undefined;
  },

  async 'the handler answers requests'({ make }) {
    const collector = make();
    collector.registerCounter('jobs_total').increment(3);
    const handler = collector.handler({ path: '/metrics', bearerToken: 'secret' });
    const ask = (headers, path = '/metrics', method = 'GET') =>
      handler(requestOf(`http://place.test${path}`, method, headers));
    const authorization = 'Bearer secret';

    const plain = await ask({ authorization });
    equal([plain.status, plain.headers.get('content-type')], [200, TEXT], 'the answer');
    equal(sample(await plain.text(), 'jobs_total'), 3, 'the counter in it');
    const json = await ask({ authorization, accept: 'application/json' });
    equal((await json.json()).metrics.jobs_total.value, 3, 'the counter as JSON');
    const zipped = await ask({ authorization, 'accept-encoding': 'deflate, gzip;q=0.5' });
    const zips = typeof CompressionStream === 'function';
    equal(zipped.headers.get('content-encoding'), zips ? 'gzip' : null, 'the encoding');
    equal(sample(await unzipped(zipped), 'jobs_total'), 3, 'the counter, compressed');
    const head = await ask({ authorization }, '/metrics', 'HEAD');
    equal([head.status, await head.text()], [200, ''], 'the answer to HEAD');

    equal((await ask({})).status, 401, 'the status without a token');
    equal((await ask({ authorization: 'Bearer no' })).status, 401, 'the status of a wrong one');
    equal((await ask({ authorization }, '/other')).status, 404, 'the status of another path');
    equal((await ask({ authorization }, '/metrics', 'POST')).status, 405, 'the status of POST');
    await collector.shutdown();
    equal((await ask({ authorization })).status, 503, 'the status after shutdown');
  },

  async 'serve()'({ telemetry, place, make }) {
    const collector = make();
    const jobs = collector.registerCounter('jobs_total');
    if (!place.listens) {
      const error = await rejection(collector.serve({ port: 0 }), 'serve()');
      check(error instanceof telemetry.TelemetryError, `serve() rejects with ${error}`);
      equal(error.code, 'cannot_serve', 'the code of the error');
      jobs.increment(2);
      const text = await telemetry.formatPrometheus(collector);
      equal(sample(text, 'jobs_total'), 2, 'a counter afterwards');
      return NOT_OFFERED;
    }
    const server = await collector.serve({ port: 0, path: '/m', bearerToken: 'secret' });
    const headers = { authorization: 'Bearer secret' };
    for (const value of [1, 2]) {
      jobs.increment();
      const response = await fetch(server.url, { headers });
      equal([response.status, response.headers.get('content-type')], [200, TEXT], 'the answer');
      equal(sample(await response.text(), 'jobs_total'), value, 'the counter in it');
    }
    const statusOf = async (url, options) => {
      const response = await fetch(url, options);
      await response.body?.cancel();
      return response.status;
    };
    equal(await statusOf(server.url), 401, 'the status without a token');
    equal(await statusOf(new URL('/', server.url), { headers }), 404, 'the status of another path');
    const taken = await rejection(
      collector.serve({ port: Number(new URL(server.url).port) }),
      'serve() on a port that is taken',
    );
    check(taken instanceof telemetry.TelemetryError, `serve() rejects with ${taken}`);
    await server.close();
    await rejection(fetch(server.url, { headers }), 'a request after close()');
    await slowBesideFast(make({ seriesLimit: 20_000 }));
    return undefined;
  },
};

/** A slow reader gets the values of the time when it asked, whatever others are given meanwhile. */
async function slowBesideFast(collector) {
  const gauge = collector.registerGauge('g', '', { labelNames: ['k'] });
  // These are more bytes than fit in the buffers between two sockets.
  const keys = Array.from({ length: 15_000 }, (_, i) => `${i}${'-'.repeat(1500)}`);
  const setAll = (value) => {
    for (const k of keys) gauge.set(value, { k });
  };
  const values = (text) => text.match(/^g\{.*$/gm).map((line) => Number(line.split('} ')[1]));
  const expected = (value) => keys.map(() => value);
  setAll(100);
  const { url, close } = await collector.serve({ port: 0 });
  const scrape = () => fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const { body } = await scrape();
  const slow = body.pipeThrough(new TextDecoderStream()).getReader();
  const first = await slow.read();
  for (const value of [200, 300]) {
    setAll(value);
    const fast = await (await scrape()).text();
    check(
      String(values(fast)) === String(expected(value)),
      `the fast one gets others than ${value}`,
    );
  }
  let text = first.value;
  for (let { done } = first; !done; ) {
    const read = await slow.read();
    text += read.value ?? '';
    done = read.done;
  }
  check(String(values(text)) === String(expected(100)), 'the slow one gets others than 100');
  await close();
}

/** Makes a request as servers get it: with `accept-encoding`, which browsers remove from a `Request`. */
function requestOf(url, method, headers) {
  const request = new Request(url, { method, headers });
  const kept = Object.keys(headers).every((name) => request.headers.has(name));
  return kept ? request : { url, method, headers: new Headers(headers) };
}

function unzipped(response) {
  if (!response.headers.has('content-encoding')) return response.text();
  return new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).text();
}
