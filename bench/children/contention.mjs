/**
 * A process in which two threads record, alone or at the same time: `node contention.mjs <subject>`.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SUBJECTS } from '../contenders/two-threads.mjs';
import { checkHeld } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';
import { READY, recordWhile, STOPPED } from '../harness/recording-phase.mjs';

const [subject] = args;
const opened = await SUBJECTS[subject].open();
const control = new Int32Array(new SharedArrayBuffer(8));
const worker = new Worker(new URL('contention-thread.mjs', import.meta.url), {
  workerData: { subject, handOver: opened.handOver, control },
  transferList: opened.transfer,
});

async function askWorker(question) {
  const answered = once(worker, 'message');
  worker.postMessage(question);
  const [reply] = await answered;
  return reply;
}

/**
 * Records in the named threads until `ms` are over. `share` says for how much of that time each of them had
 * a core, or the one that had less.
 */
async function phase({ main, second, ms }) {
  Atomics.store(control, STOPPED, 0);
  Atomics.store(control, READY, 0);
  const ofSecond = second ? askWorker('record') : undefined;
  while (second && Atomics.load(control, READY) === 0) await pause(1);
  const start = performance.now();
  const end = start + ms;
  const ofMain = main ? recordWhile(opened.run, () => performance.now() < end) : undefined;
  if (!main) await pause(ms);
  Atomics.store(control, STOPPED, 1);
  const recorded = [ofMain, await ofSecond];
  const wall = (performance.now() - start) * 1e6;
  const shares = recorded.filter(Boolean).map(({ done, ns }) => (done * ns) / wall);
  return { main: recorded[0], second: recorded[1], share: Math.min(...shares) };
}

async function check() {
  const total = opened.expected() + (await askWorker('expected'));
  checkHeld(await opened.read(), { series: opened.series, total });
}

answer({ url: () => opened.url, phase, check }, async () => {
  await askWorker('close');
  await opened.close();
});
