// Two features of this application's own: one finds the busiest counters, the other pushes all metrics.
import { createServer } from 'node:http';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { busiest } from './busiest/feature.js';
import { push } from './push/feature.js';

let pushed;
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    pushed = JSON.parse(text);
    response.end();
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const finder = busiest({ top: 1 });
const collector = new TelemetryCollector({
  collectionInterval: 0.2,
  use: [finder, push({ url: `http://127.0.0.1:${server.address().port}/` })],
});
const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
await collector.startCollection();
const working = setInterval(() => {
  jobs.increment(1, { kind: 'small' });
  jobs.increment(100, { kind: 'large' });
}, 10);

// The feature is asked after each run. Asking in a loop would keep the runs from coming if there is no
// worker.
const first = await new Promise((resolve) => {
  collector.addHook('collection', async () => {
    const [found] = await collector.feature(finder).now();
    if (found) resolve(found);
  });
});
clearInterval(working);
console.log(`busiest   ${first.series}`);

await collector.flush();
const [pushedJobs] = pushed.metrics.filter(({ name }) => name === 'jobs_total');
console.log(`pushed    ${pushedJobs.series.length} series of jobs_total`);
console.log(`link      ${collector.link}`);
await collector.shutdown();
server.close();
