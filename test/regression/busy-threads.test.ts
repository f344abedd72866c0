/**
 * A thread that was busy for seconds and then asked for its own metrics was given older ones: it was still taken for
 * stuck.
 */
import { formatPrometheus } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';

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
