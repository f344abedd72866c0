import { describe, expect, it, vi } from 'vitest';
import { EventWriter } from '../../src/events/event-writer.ts';
import { makeCollector, sampleOf } from '../collectors.ts';
import { cpuSeconds } from '../cpu-time.ts';

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
    const start = cpuSeconds();
    collector.recordEvent('e', value());
    expect(cpuSeconds() - start).toBeLessThan(1);
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

describe('a value that is not kept whole', () => {
  it('does not travel all the same: its texts stayed in the batch', () => {
    const writer = new EventWriter();
    for (const value of [
      'x'.repeat(1e6),
      { ['k'.repeat(1e6)]: 1 },
      new Array(1e5).fill('0123456789'),
      Array.from({ length: 5000 }, (_, i) => `distinct text ${i}`),
      new Error('x'.repeat(1e6)),
    ])
      writer.add('e', 1, value, undefined, undefined);
    const { size, texts, slots } = writer.take();
    expect(texts.join('').length).toBeLessThan(30_000);
    expect(size).toBeLessThan(texts.join('').length + slots.byteLength + 1);
  });

  it.each([
    ['an error', new Error('x'.repeat(1e6))],
    ['an error in a field', { error: new Error('x'.repeat(1e6)) }],
    ['a symbol', Symbol('x'.repeat(1e6))],
    ['a number', 10n ** 100_000n],
    ['the name of a field', { ['k'.repeat(1e6)]: 1 }],
    ['the name of a class', { [Symbol.toStringTag]: 'x'.repeat(1e6), odd: () => {} }],
  ])('is of bounded length where %s is long', async (_, value) => {
    const collector = makeCollector();
    collector.recordEvent('e', value);
    const [event] = await collector.getEvents();
    expect(JSON.stringify(event).length).toBeLessThan(66_000);
  });

  it('costs little for fields that are undefined', async () => {
    const collector = makeCollector();
    let looks = 0;
    const fields = {};
    for (let i = 0; i < 1000; i++) {
      Object.defineProperty(fields, `f${i}`, { enumerable: true, get: () => void looks++ });
    }
    collector.recordEvent('e', new Array(60_000).fill(fields));
    expect(looks).toBeLessThan(65_536);
  });
});

describe('large events without a collector', () => {
  it('are held up to 64 MiB, whatever the limit says, and counted beyond', async () => {
    const collector = makeCollector();
    const value = new Array(30_000).fill(7);
    for (let i = 0; i < 200; i++) collector.recordEvent('e', value);
    const kept = (await collector.getEvents()).length;
    // Each number takes 16 bytes.
    expect(kept * 30_000 * 16).toBeLessThan(67_108_864);
    expect(kept).toBeGreaterThan(100);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(200 - kept);
  });
});

describe('events before one that cannot be recorded', () => {
  it('are kept where there is no room left on the stack', async () => {
    const collector = makeCollector();
    for (let i = 0; i < 50; i++) collector.recordEvent('before', i);
    let recorded = 0;
    const descend = () => {
      try {
        descend();
      } catch {
        try {
          collector.recordEvent('deep', { list: [1, { two: 2 }] }, { labels: { a: 'b' } });
          recorded++;
        } catch {}
      }
    };
    descend();
    collector.recordEvent('after', { a: 1 });
    const events = await collector.getEvents();
    expect(events.filter(({ name }) => name === 'before')).toHaveLength(50);
    expect(events.filter(({ name }) => name === 'deep')).toHaveLength(recorded);
    expect(events.at(-1)).toMatchObject({ name: 'after', value: { a: 1 } });
  });

  it('stay in order where a getter records', async () => {
    const collector = makeCollector();
    collector.recordEvent('e', 0);
    collector.recordEvent('e', 1);
    collector.recordEvent('e', {
      get outer() {
        collector.recordEvent('e', 'inner');
        return true;
      },
    });
    collector.recordEvent('e', 'last');
    const values = (await collector.getEvents()).map(({ value }) => value);
    expect(values).toEqual([0, 1, { outer: true }, 'inner', 'last']);
  });

  it('are gone, and this one is counted, where a getter has cleared them', async () => {
    const collector = makeCollector();
    for (let i = 0; i < 3; i++) collector.recordEvent('e', i);
    collector.recordEvent('e', {
      get outer() {
        collector.recordEvent('e', 'gone, too');
        collector.resetAllMetrics();
        collector.recordEvent('e', 'inner');
        return true;
      },
    });
    collector.recordEvent('e', 'last');
    expect((await collector.getEvents()).map(({ value }) => value)).toEqual(['inner', 'last']);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(3);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(1);
  });
});

describe('the events of a thread whose build is another', () => {
  it('are not taken once it was refused: they made all others unreadable', async () => {
    const collector = makeCollector();
    collector.recordEvent('own');
    const port = collector.createPort();
    const { wrap } = await import('comlink');
    const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs');
    const service = wrap<{ events(batch: unknown): Promise<void> }>(nodeEndpoint(port as never));
    await service.events(['["old",1,null,{},{}]']);
    expect(await collector.getEvents()).toHaveLength(1);
    expect((await collector.getSnapshot()).events_count).toBe(1);
    port.close();
  });
});
