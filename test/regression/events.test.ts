import { describe, expect, it, vi } from 'vitest';
import { makeCollector } from '../collectors.ts';

describe('recording an event', () => {
  it('does not throw for a hook that throws what has no text, and calls it again', () => {
    const collector = makeCollector();
    const hook = vi.fn(() => {
      throw Symbol('odd');
    });
    collector.addHook('e', hook);
    collector.recordEvent('e');
    collector.recordEvent('e');
    expect(hook).toHaveBeenCalledTimes(2);
  });

  it('does not throw for labels without text, or options that are null', async () => {
    const collector = makeCollector();
    collector.recordEvent('e', 1, { labels: { a: Object.create(null) as string } });
    collector.recordEvent('e', 1, null as never);
    expect(await collector.getEvents()).toHaveLength(2);
  });

  it.each([
    ['booleans, which cost nothing of the budget', () => new Array(1e6).fill(true)],
    ['holes, each of which was visited', () => new Array(5e7)],
    ['characters that JSON writes as six', () => '\u0001'.repeat(60_000)],
  ])('keeps its size for many %s', async (_, value) => {
    const collector = makeCollector();
    const start = performance.now();
    collector.recordEvent('e', value());
    expect(performance.now() - start).toBeLessThan(1000);
    expect(JSON.stringify(await collector.getEvents()).length).toBeLessThan(66_000);
  });
});

describe('the newest events', () => {
  it('are there although megabytes were under way when they were asked for', async () => {
    const collector = makeCollector({ link: 'shared' });
    await collector.flush();
    const ballast = 'x'.repeat(60_000);
    for (let i = 0; i < 200; i++) collector.recordEvent('e', { i, ballast });
    expect((await collector.getEvents()).at(-1)).toMatchObject({ value: { i: 199 } });
  });

  it('are none when NaN are asked for', async () => {
    const collector = makeCollector();
    collector.recordEvent('e');
    expect(await collector.getEvents(Number.NaN)).toEqual([]);
  });
});

describe('an event', () => {
  it('keeps a label called __proto__: it went to the prototype, and was lost', async () => {
    const collector = makeCollector();
    const labels = JSON.parse('{"__proto__":"one","other":"two"}');
    collector.recordEvent('e', 1, { labels });
    const [event] = await collector.getEvents();
    expect(Object.entries(event.labels)).toEqual([
      ['__proto__', 'one'],
      ['other', 'two'],
    ]);
  });
});
