/** The second of two threads that record at the same time. */
import { parentPort, workerData } from 'node:worker_threads';
import { SUBJECTS } from '../contenders/two-threads.mjs';
import { READY, recordWhile, STOPPED } from '../harness/recording-phase.mjs';

const { subject, handOver, control } = workerData;
const { run, expected, close } = SUBJECTS[subject].join(handOver);

function record() {
  Atomics.store(control, READY, 1);
  return recordWhile(run, () => Atomics.load(control, STOPPED) === 0);
}

const ANSWERS = { record, expected, close };

parentPort.on('message', async (question) => {
  parentPort.postMessage(await ANSWERS[question]());
  if (question === 'close') parentPort.close();
});
