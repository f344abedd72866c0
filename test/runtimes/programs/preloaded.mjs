// The program that runs after preload.mjs or preload.cjs.
const { collector, jobs } = await globalThis.preloaded;
jobs.increment();
await collector.flush();
const { metrics } = await collector.getSnapshot();
console.log(JSON.stringify({ jobs: metrics.jobs_total.value, link: collector.link }));
