/** Measures what it costs to copy an event's value, in each way that a thread has. */

import { EVENT_BURST, eventValue } from '../inputs.mjs';
import { startCounting } from './counting-worker.mjs';

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
async function post() {
  const { worker, arrived } = await startCounting();
  return {
    burst: EVENT_BURST,
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
