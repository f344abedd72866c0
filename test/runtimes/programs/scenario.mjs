// Makes the same recordings with any link and in any runtime: the result must not depend on these.

/** @param telemetry the exports of the package; @returns everything that can be seen, except times */
export async function scenario(telemetry, options) {
  const { formatJSON, formatPrometheus, setupHealthHooks, setupMessagingHooks } = telemetry;
  const collector = new telemetry.TelemetryCollector({
    ...options,
    labels: { service: 'test "1"' },
  });
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
  const message = { labels: { to: 'a' }, metadata: { b: 1 } };
  collector.recordEvent('message_sent', { queue_size: 3 }, message);

  const { metrics, events_count, running } = JSON.parse(await formatJSON(collector));
  const events = await collector.getEvents();
  const exposition = await formatPrometheus(collector);
  const { link } = collector;
  await collector.shutdown();

  // The collector's own metrics are left out, since they hold durations and timestamps.
  const own = (text) => text.includes('telemetry_');
  const untimed = ({ timestamp, created, ...rest }) => rest;
  return {
    link,
    heard,
    exposition: exposition.split('\n').filter((line) => !own(line)),
    metrics: Object.entries(metrics)
      .filter(([name]) => !own(name))
      .map(([name, series]) => [name, [series].flat().map(untimed)]),
    eventsTotal: metrics.telemetry_events_total.value,
    events: events.map(untimed),
    events_count,
    running,
  };
}
