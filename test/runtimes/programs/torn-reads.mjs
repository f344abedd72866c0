// Two threads use one cell of shared memory, as the package does: one stores, the other reads. The two values
// differ in every bit, so that a read which is not whole gives neither. The atomic loads in the loops keep
// compilers from storing or reading less often than the code says.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const FIRST = 0x5555555555555555n;
const SECOND = 0xaaaaaaaaaaaaaaaan;

function floatOf(bits) {
  return new Float64Array(new BigUint64Array([bits]).buffer)[0];
}

if (isMainThread) {
  const { changes } = JSON.parse(process.argv[2]);
  const memory = new SharedArrayBuffer(16);
  const cells = new Float64Array(memory);
  const done = new Int32Array(memory, 8, 1);
  const [first, second] = [floatOf(FIRST), floatOf(SECOND)];
  cells[0] = first;
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory, changes } });
  await once(worker, 'message');
  const answer = once(worker, 'message');
  const write = (times) => {
    for (let i = 0; i < times; i++) {
      cells[0] = second;
      Atomics.load(done, 0);
      cells[0] = first;
      Atomics.load(done, 0);
    }
  };
  while (Atomics.load(done, 0) === 0) write(100_000);
  const [seen] = await answer;
  console.log(JSON.stringify(seen));
} else {
  const { memory, changes } = workerData;
  const cells = new Float64Array(memory);
  const done = new Int32Array(memory, 8, 1);
  const [first, second] = [floatOf(FIRST), floatOf(SECOND)];
  parentPort.postMessage('ready');
  const seen = { first: 0, second: 0, torn: 0, changes: 0 };
  let last = first;
  const read = (times) => {
    for (let i = 0; i < times; i++) {
      Atomics.load(done, 0);
      const value = cells[0];
      if (value === first) seen.first++;
      else if (value === second) seen.second++;
      else seen.torn++;
      if (value !== last) seen.changes++;
      last = value;
    }
  };
  // It reads until both have run at the same time for long enough to prove something. On a machine with one core they
  // never do.
  const end = performance.now() + 30_000;
  while (seen.changes < changes && performance.now() < end) read(100_000);
  Atomics.store(done, 0, 1);
  parentPort.postMessage(seen);
}
