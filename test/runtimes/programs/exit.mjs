// Ends in one of several ways without a shutdown(). Nothing but the collector could hold it open.
import { TelemetryCollector } from 'utilityfog-telemetry';

const { way } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ collectionInterval: 0.05 });
const jobs = collector.registerCounter('jobs_total', 'Jobs');
jobs.increment();

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
  async throws() {
    await collector.startCollection();
    throw new Error('of the application');
  },
};
await ways[way]();
console.log(JSON.stringify({ link: collector.link ?? null }));
