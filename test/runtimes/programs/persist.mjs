// One life of a process that keeps its totals: it restores them, adds to them, and ends in the way asked for.
import { once } from 'node:events';
import { TelemetryCollector } from 'utilityfog-telemetry';

const { name, directory, add, end } = JSON.parse(process.argv[2]);
const collector = new TelemetryCollector({ collectionInterval: 0.1, persist: { name, directory } });
const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
const sizes = collector.registerHistogram('job_size_bytes', 'Sizes', { buckets: [1, 10] });
await collector.startCollection();

// The collector does not hold the process open, so this does while it is waited for.
const hold = end === 'idle' ? undefined : setInterval(() => {}, 60_000);
const print = (value) => console.log(JSON.stringify(value));
const totals = async () => {
  const { metrics } = await collector.getSnapshot();
  return { jobs: metrics.jobs_total[0]?.value ?? 0, sizes: metrics.job_size_bytes?.count ?? 0 };
};
const collectionRun = () =>
  new Promise((resolve) => {
    const remove = collector.addHook('collection', () => resolve(remove()));
  });
const record = (amount) => {
  jobs.increment(amount, { kind: 'test' });
  for (let i = 0; i < amount; i++) sizes.observe(i);
};

const ends = {
  async shutdown() {
    record(add);
    print(await totals());
    await collector.shutdown();
  },
  // Ends because nothing is left to do. It records after the last call that could have saved that.
  async idle() {
    print(await totals());
    record(add);
  },
  // Tells when a run that began after the recording is over, and waits to be killed.
  async killed() {
    record(add);
    await collectionRun();
    await collectionRun();
    print(await totals());
    await once(process.stdin, 'data');
  },
  // Only what is recorded after the last run may be lost.
  async killsItself() {
    record(add);
    await collectionRun();
    await collectionRun();
    print(await totals());
    collector.addHook('collection', () => {
      record(7);
      process.kill(process.pid, 'SIGKILL');
    });
    await once(process.stdin, 'data');
  },
  // Lives beside another process with the same `name`, until the test tells it to end.
  async together() {
    print(await totals());
    await once(process.stdin, 'data');
    record(add);
    await collectionRun();
    await collectionRun();
    print(await totals());
    await once(process.stdin, 'data');
    process.stdin.destroy();
    await collector.shutdown();
  },
};
await ends[end]();
clearInterval(hold);
