/** Tests what removing and resetting must leave alone. */
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

describe('removing', () => {
  it('the only series of a metric without label names does not take its total from storage', async () => {
    const directory = await makeFolder();
    const persistent = () => makeCollector({ persist: { name: 'app', directory } });
    const first = persistent();
    first.registerCounter('a_total').increment(5);
    await first.shutdown();
    const second = persistent();
    const counter = second.registerCounter('a_total');
    expect(counter.remove({})).toBe(false);
    counter.increment(1);
    expect(await sampleOf(second, 'a_total')).toBe(6);
  });
});
