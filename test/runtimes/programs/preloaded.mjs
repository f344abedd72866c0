// The program after preload.mjs.
const { collector, jobs } = globalThis.preloaded;
jobs.increment();
await collector.flush();
const { metrics } = await collector.getSnapshot();
console.log(JSON.stringify({ jobs: metrics.jobs_total.value, link: collector.link }));
