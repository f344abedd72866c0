// A web server that counts and times its requests. The worker serves the metrics on another port.
import { createServer } from 'node:http';
import { setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector({ labels: { service: 'greeter' } });
const requests = collector.registerCounter('http_requests_total', 'Requests answered', {
  labelNames: ['method', 'status'],
});
const duration = collector.registerHistogram('http_request_duration_seconds', 'Request duration', {
  labelNames: ['method'],
});
const active = collector.registerGauge('http_requests_active', 'Requests being answered');
setupRuntimeHooks(collector);
await collector.startCollection();

const app = createServer((request, response) => {
  const stop = duration.startTimer({ method: request.method });
  active.increment();
  response.once('close', () => {
    active.decrement();
    stop();
    requests.increment(1, { method: request.method, status: response.statusCode });
  });
  // The path is not a label, since anyone can ask for any number of paths.
  if (request.url === '/') response.end('hello\n');
  else response.writeHead(404).end('not found\n');
});

const metrics = await collector.serve({ port: Number(process.env.METRICS_PORT ?? 9464) });
app.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => {
  console.log(`app      http://127.0.0.1:${app.address().port}/`);
  console.log(`metrics  ${metrics.url}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    app.close();
    app.closeAllConnections();
    await collector.shutdown(); // the last values reach storage and exporters
  });
}
