/** Tests that a removal by the owner while the worker dies reaches the next one, and is done once. */
import { describe, expect, it } from 'vitest';
import { sampleOf } from '../collectors.ts';
import { MortalCollector } from '../threads/real-thread.ts';

/** Stands still, as a busy owner does, until the gate is opened. */
const waitFor = (gate: SharedArrayBuffer) => Atomics.wait(new Int32Array(gate), 0, 0);

// If memory is private, the worker hears of it only once the owner's event loop turns: nothing is repeated.
describe.each([
  ['shared', 5],
  ['message', undefined],
] as const)('a series that was removed while the worker died, %s link', (link, wanted) => {
  it.each(['remove', 'clear', 'unregister'] as const)(
    'is removed once, and what was counted since is there, by %s',
    async (how) => {
      const owner = new MortalCollector({ link });
      const { collector } = owner;
      const counter = collector.registerCounter('b_total', '', { labelNames: ['n'] });
      const thread = owner.join(link);
      await thread.count(100, 'b_total');
      await thread.ask('flush');
      expect(await sampleOf(collector, 'b_total', { n: 'x' })).toBe(100);
      const gate = new SharedArrayBuffer(4);
      if (how === 'remove') counter.remove({ n: 'x' });
      else if (how === 'clear') counter.clear();
      else collector.unregister('b_total');
      const told = { name: 'b_total', n: 'x', amount: 5, gate };
      const counted = thread.ask('recount', told);
      // The worker has done it, and waits for this thread before it answers.
      waitFor(gate);
      await owner.kill();
      await counted;
      await thread.ask('flush');
      await collector.flush();
      expect(await sampleOf(collector, 'b_total', { n: 'x' })).toBe(wanted);
      await collector.shutdown();
    },
  );
});
