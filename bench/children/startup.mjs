/**
 * A fresh process that gets one contender ready to record: `node startup.mjs <contender>`.
 */
import { METRICS, START } from '../contenders/starting.mjs';
import { answer, args } from '../harness/child.mjs';
import { mainThreadTime, startStopwatch } from '../harness/thread-time.mjs';

const [id] = args;

/** @type {import('../contenders/starting.mjs').Started | undefined} */
let started;

async function start() {
  const before = mainThreadTime().running;
  const stopwatch = startStopwatch();
  started = await START[id]();
  const time = stopwatch();
  return { time: time / 1e6, cpu: (mainThreadTime().running - before) / 1e6 };
}

async function check() {
  const registered = await started.registered();
  if (registered === METRICS.length) return;
  throw new Error(`${METRICS.length} metrics expected, ${registered} found`);
}

answer({ start, check }, () => started?.close?.());
