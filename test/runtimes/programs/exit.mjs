// Ends in one of several ways without a `shutdown()`. Nothing but the collector could hold it open.
import { PeriodicExporter, PrometheusAdapter, TelemetryCollector } from 'utilityfog-telemetry';

const { way, persist, destination } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ collectionInterval: 0.05, persist });
const jobs = way !== 'unused' && collector.registerCounter('jobs_total', 'Jobs');
if (jobs) jobs.increment();

const ways = {
  async idle() {
    await collector.startCollection();
  },
  async unawaited() {
    collector.startCollection();
    collector.recordEvent('started', {});
    collector.getSnapshot();
  },
  async serving() {
    await collector.startCollection();
    await collector.serve({ port: 0 });
  },
  async used() {
    await collector.startCollection();
    await collector.flush();
    await collector.getSnapshot();
    await collector.getEvents();
  },
  // Nothing else holds the process open while the module waits for this.
  async flushed() {
    await collector.flush();
  },
  async threads() {
    collector.createPort();
    await collector.flush();
  },
  async throws() {
    await collector.startCollection();
    throw new Error('of the application');
  },
  // The last recording comes after the last call.
  async exporting() {
    const exporter = new PrometheusAdapter(destination);
    await new PeriodicExporter(exporter, collector, { interval: 60 }).start();
    jobs.increment(41);
  },
  async persisting() {
    await collector.flush();
    jobs.increment(41);
  },
  // Nothing has needed the collector, and nothing is awaited.
  async recording() {
    jobs.increment(41);
    collector.recordEvent('last', {});
  },
  async unused() {},
  // A later life of the process, which sees what the one before has left.
  async reading() {
    const { metrics } = await collector.getSnapshot();
    const events = await collector.getEvents();
    console.log(JSON.stringify({ jobs: metrics.jobs_total.value - 1, events: events.length }));
    await collector.shutdown();
  },
};
await ways[way]();
console.log(JSON.stringify({ link: collector.link ?? null }));
