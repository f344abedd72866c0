// An edge function that runs the conformance suite in a request, and has one collector for all requests.
import { conform } from '../conformance/cases.mjs';
import * as telemetry from '../conformance/package.mjs';

const collector = new telemetry.TelemetryCollector({ labels: { service_instance_id: 'mine' } });
const requests = collector.registerCounter('requests_total', 'Requests', { labelNames: ['path'] });
const metrics = collector.handler();
// While the module loads, timers and much else are refused. Recording must work nevertheless.
collector.recordEvent('loading', {});

const early = new telemetry.TelemetryCollector({ logger: { warn() {}, error() {} } });
const refused = early.startCollection().then(() => !early.running);

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/conform') {
      return Response.json(await conform(telemetry, await request.json()));
    }
    if (pathname === '/metrics') return metrics(request);
    if (pathname === '/early') {
      await early.startCollection();
      const { metrics } = await early.getSnapshot();
      const runs = metrics.telemetry_collection_runs_total.value;
      return Response.json({ refused: await refused, running: early.running, runs });
    }
    if (pathname === '/events') return Response.json(await collector.getEvents());
    requests.increment(1, { path: pathname });
    collector.recordEvent('request', { pathname });
    await collector.flush();
    return new Response('counted');
  },
};
