import { AggregationType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { TelemetryCollector } from '/work/wt-otel/dist/node.js';
import { meterProvider } from '/work/wt-otel/dist/opentelemetry.js';

class R extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}
const methods = ['GET', 'POST', 'PUT', 'DELETE'],
  routes = ['/a', '/b', '/c', '/d'];
const sets = [];
for (const method of methods) for (const route of routes) sets.push([method, route]);
const sdk = new MeterProvider({ readers: [new R()] }).getMeter('b');
const ours = meterProvider(new TelemetryCollector()).getMeter('b');
const res = {};
for (const [n, m] of [
  ['sdk', sdk],
  ['ours', ours],
]) {
  const c = m.createCounter('c'),
    h = m.createHistogram('h'),
    g = m.createGauge('g'),
    u = m.createUpDownCounter('u');
  const works = {
    add16(N) {
      let k = 0;
      for (let i = 0; i < N; i++) {
        const [method, route] = sets[k];
        c.add(1, { method, route });
        k = (k + 1) & 15;
      }
    },
    add1(N) {
      for (let i = 0; i < N; i++) {
        c.add(1, { method: 'GET', route: '/a' });
      }
    },
    bare(N) {
      for (let i = 0; i < N; i++) c.add(1);
    },
    rec16(N) {
      let k = 0;
      for (let i = 0; i < N; i++) {
        const [method, route] = sets[k];
        h.record(i & 1023, { method, route });
        k = (k + 1) & 15;
      }
    },
    rec0(N) {
      for (let i = 0; i < N; i++) h.record(i & 1023);
    },
    gauge16(N) {
      let k = 0;
      for (let i = 0; i < N; i++) {
        const [method, route] = sets[k];
        g.record(i, { method, route });
        k = (k + 1) & 15;
      }
    },
    ud16(N) {
      let k = 0;
      for (let i = 0; i < N; i++) {
        const [method, route] = sets[k];
        u.add(1, { method, route });
        k = (k + 1) & 15;
      }
    },
  };
  for (const [w, f] of Object.entries(works)) {
    f(20000);
    let best = 1e9;
    for (let r = 0; r < 15; r++) {
      const t = process.hrtime.bigint();
      f(20000);
      const d = Number(process.hrtime.bigint() - t) / 20000;
      if (d < best) best = d;
    }
    (res[w] ??= {})[n] = best.toFixed(1);
  }
}
for (const [w, v] of Object.entries(res)) console.log(w, v, (v.sdk / v.ours).toFixed(1) + 'x');
process.exit();
