/**
 * A thread that was busy for seconds and then asked for its own metrics was given older ones: it was still taken for
 * stuck. One that was busy while its worker started gave that up, although the answer was there. A collector that stood
 * still while it waited for a thread did so, too.
 */
import { Worker } from 'node:worker_threads';
import { formatPrometheus } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { joinThread, makeCollector } from '../collectors.ts';

const script = new URL('../../dist/worker.js', import.meta.url);

/** Nothing else happens in this thread for so many seconds. */
function block(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

/** On a loaded machine a thread may be late with its answer, and is not waited for then. That happens now and then. */
async function isOnce(hasHappened: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < 4; i++) if (await hasHappened()) return true;
  return false;
}

it.each(['shared', 'message'] as const)(
  'a thread that asks after it was busy is up to date, %s link',
  async (link) => {
    const collector = makeCollector({ link });
    const jobs = collector.registerCounter('jobs_total');
    let done = 0;
    collector.registerGauge('done', '', { collect: () => done });
    await formatPrometheus(collector);
    const isUpToDate = async () => {
      // From here on no timer comes between, by which the thread would show that it turns.
      await new Promise(setImmediate);
      jobs.increment();
      done++;
      // A thread may be silent for 1.2 seconds.
      block(1.6);
      const reading = formatPrometheus(collector);
      // It is asked for while nothing else happens here, and the collector waits for half a second.
      for (let i = 0; i < 20; i++) await undefined;
      block(0.25);
      const text = await reading;
      return text.includes(`\njobs_total ${done}\n`) && text.includes(`\ndone ${done}\n`);
    };
    expect(await isOnce(isUpToDate)).toBe(true);
  },
);

it('a thread that is busy while its worker starts has that worker', async () => {
  const worker = () => {
    // The timer of the deadline is due before the answer of the worker is heard.
    setImmediate(() => block(3.2));
    return new Worker(script);
  };
  const collector = makeCollector({ link: 'auto', worker });
  expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
});

it('an answer that is there when the time for it is over is heard', async () => {
  const collector = makeCollector();
  const thread = joinThread(collector, { link: 'message' });
  let done = 0;
  thread.registerGauge('done', '', { collect: () => done });
  await thread.flush();
  const isUpToDate = async () => {
    done++;
    await new Promise(setImmediate);
    const reading = formatPrometheus(collector);
    for (let i = 0; i < 20; i++) await undefined;
    // The collector, which is in this thread, too, waits for half a second.
    block(0.7);
    return (await reading).includes(`\ndone ${done}\n`);
  };
  expect(await isOnce(isUpToDate)).toBe(true);
});
