/**
 * What each thread does that a place starts for the case on threads.
 * @param telemetry the exports of the package as that thread imports it
 */
export async function join(telemetry, port, options) {
  const collector = telemetry.TelemetryCollector.connect(port, options);
  recordJobs(collector);
  collector.recordEvent('joined', { link: collector.link ?? null });
  await collector.flush();
  return { link: collector.link, leave: () => collector.shutdown() };
}

/** Records what the thread that owns the collector also records. */
export function recordJobs(collector) {
  const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
  const sizes = collector.registerHistogram('job_size_bytes', 'Sizes', { buckets: [1, 10] });
  const active = collector.registerGauge('threads_active', 'Threads that record');
  jobs.increment(5, { kind: 'test' });
  for (const size of [1, 5, 50]) sizes.observe(size);
  active.set(1);
}
