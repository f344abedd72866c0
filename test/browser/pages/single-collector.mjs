/** A worker whose only collector is in a worker of its own. */
import { TelemetryCollector } from '/package/index.js';

const { Worker } = self;
/** Tells the page before and after it starts a worker. */
self.Worker = class extends Worker {
  constructor(...given) {
    postMessage({ isStarting: true });
    super(...given);
    postMessage({ isStarting: false });
  }
};

self.onmessage = async () => {
  const collector = new TelemetryCollector();
  collector.registerCounter('jobs_total').increment(3);
  const { metrics } = await collector.getSnapshot();
  const { link, failed } = await collector.diagnostics();
  await collector.shutdown();
  postMessage({ jobs: metrics.jobs_total.value, link, failed });
};
