/**
 * What it costs to make a copy of an event's value, by each means that a thread has.
 */
import { Worker } from 'node:worker_threads';
import { eventValue } from '../inputs.mjs';

function clone() {
  let done = 0;
  return {
    run(n) {
      for (let i = 0; i < n; i++) done += structuredClone(eventValue(i)).verified ? 1 : 0;
    },
    read: () => ({ series: 1, total: done }),
  };
}

function stringify() {
  let done = 0;
  return {
    run(n) {
      for (let i = 0; i < n; i++) done += JSON.stringify(eventValue(i)).length === 200 ? 1 : 0;
    },
    read: () => ({ series: 1, total: done }),
  };
}

/** The event is on its way in its own message; the other thread counts what arrives. */
function post() {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     let count = 0;
     parentPort.on('message', (value) => {
       if (value === 'how many') parentPort.postMessage(count);
       else if (value.verified) count++;
     });`,
    { eval: true },
  );
  worker.unref();
  const arrived = () =>
    new Promise((resolve, reject) => {
      worker.ref();
      worker.once('error', reject);
      worker.once('message', (count) => {
        worker.off('error', reject);
        worker.unref();
        resolve(count);
      });
      worker.postMessage('how many');
    });
  return {
    burst: 500,
    run(n) {
      for (let i = 0; i < n; i++) worker.postMessage(eventValue(i));
    },
    settle: async () => void (await arrived()),
    read: async () => ({ series: 1, total: await arrived() }),
  };
}

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({
  works: { 'structured-clone': clone, 'json-stringify': stringify, 'post-message': post },
  close() {},
});
