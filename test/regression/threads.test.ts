import type { TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { joinThread, makeCollector, sampleOf, samplesOf } from '../collectors.ts';

const register = (thread: TelemetryCollector) =>
  thread.registerCounter('a_total', '', { labelNames: ['n'] });

/** Two threads whose memory is copied: each hears only later of what the other has done. */
async function twoThreads() {
  const main = makeCollector();
  const thread = joinThread(main, { link: 'message' });
  await thread.flush();
  return { main, thread };
}

describe('removing a series', () => {
  it('works from a thread that has not recorded it', async () => {
    const { main, thread } = await twoThreads();
    register(thread).increment(5, { n: 'x' });
    await thread.flush();
    expect(register(main).remove({ n: 'x' })).toBe(false);
    await main.flush();
    expect(await samplesOf(main, 'a_total')).toEqual([]);
  });

  it('leaves nothing at zero where another thread records it before it is told', async () => {
    const { main, thread } = await twoThreads();
    const [counter, untold] = [register(main), register(thread)];
    await thread.flush();
    untold.increment(5, { n: 'x' });
    counter.remove({ n: 'x' });
    await main.flush();
    await thread.diagnostics();
    expect(await samplesOf(main, 'a_total')).toEqual([]);
  });
});

describe('unregistering a family', () => {
  it('takes no family that is registered anew along when another thread is told later', async () => {
    const { main, thread } = await twoThreads();
    register(main);
    main.unregister('a_total');
    register(thread).increment(5, { n: 'x' });
    register(main).increment(1, { n: 'x' });
    await main.flush();
    await thread.flush();
    expect(main.getMetric('a_total')).toBeDefined();
    expect(await sampleOf(main, 'a_total', { n: 'x' })).toBeGreaterThanOrEqual(1);
  });
});
