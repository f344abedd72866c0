// Records the same things over one kind of link and prints all that comes out.
import {
  formatJSON,
  formatPrometheus,
  setupHealthHooks,
  setupMessagingHooks,
  TelemetryCollector,
} from 'utilityfog-telemetry';

const { link } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ link, labels: { service: 'test "1"' } });
const requests = collector.registerCounter('requests_total', 'Requests\nby \\ method', {
  labelNames: ['method', 'path'],
});
const temperature = collector.registerGauge('temperature_celsius', 'Temperature');
const sizes = collector.registerHistogram('size_bytes', 'Sizes', { buckets: [0.5, 1, 2.5] });
setupHealthHooks(collector);
setupMessagingHooks(collector);
await collector.startCollection();

requests.increment(2, { method: 'GET', path: '/"\\\n' });
requests.labels({ method: 'POST', path: 'üñí' }).increment(0.1);
temperature.set(-273.15);
for (const size of [0.1, 0.5, 1, 2, 3]) sizes.observe(size);
const heard = [];
collector.addHook('health_check', ({ name, value }) => heard.push({ name, value }));
collector.recordEvent('health_check', { status: 'degraded', duration_seconds: 0.25 });
collector.recordEvent(
  'message_sent',
  { queue_size: 3 },
  { labels: { to: 'a' }, metadata: { b: 1 } },
);

const { metrics, events_count, running } = JSON.parse(await formatJSON(collector));
const events = await collector.getEvents();
const own = (line) => line.includes('telemetry_');
console.log(
  JSON.stringify({
    link: collector.link,
    heard,
    exposition: (await formatPrometheus(collector)).split('\n').filter((line) => !own(line)),
    metrics: Object.entries(metrics)
      .filter(([name]) => !own(name))
      .map(([name, series]) => [name, [series].flat().map(({ timestamp, ...rest }) => rest)]),
    own: metrics.telemetry_events_total.value,
    events: events.map(({ timestamp, ...rest }) => rest),
    events_count,
    running,
  }),
);
await collector.shutdown();
