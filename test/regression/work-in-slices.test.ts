/** Tests faults that came, or could have come, when the collector began to read and to write in slices. */
import { connect } from 'node:net';
import { formatPrometheus } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { joinPieces, type Pieces } from '../../src/bytes/pieces.ts';
import type { PersistenceHost } from '../../src/collector/persistence.ts';
import { listen } from '../../src/http/listener.ts';
import { CONTROL_CONSUMED } from '../../src/pages/journal-layout.ts';
import type { PageBuffer } from '../../src/pages/layout.ts';
import { PageAllocator } from '../../src/pages/page-allocator.ts';
import { ThreadMemory } from '../../src/pages/thread-memory.ts';
import { leftCounter, persistenceIn } from '../collector/opened-persistence.ts';
import { makeCollector } from '../collectors.ts';

describe('cells of private memory that a reader in the same thread reads in parts', () => {
  it('are not used again before it has heard of the removal', () => {
    const cells = new PageAllocator(false);
    let control: PageBuffer | undefined;
    new ThreadMemory(cells).attach({
      control: (buffer) => {
        control = buffer;
      },
      page() {},
      segment() {},
    });
    const place = cells.take(1);
    cells.release(place, 1);
    expect(cells.take(1)).not.toBe(place);
    Atomics.store(new Int32Array(control!), CONTROL_CONSUMED, 1);
    expect(cells.take(1)).toBe(place);
  });
});

describe('an inline collector', () => {
  afterEach(() => void vi.useRealTimers());

  it('reads also where a test has put timers of its own', async () => {
    const collector = makeCollector();
    collector.registerCounter('a_total').increment(2);
    await collector.getSnapshot();
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'setInterval'] });
    const { metrics } = await collector.getSnapshot();
    expect(metrics.a_total).toMatchObject({ value: 2 });
    expect(await formatPrometheus(collector)).toContain('a_total 2');
  });
});

describe('a page that is about to end', () => {
  /** What was written, and a way to hold up whoever waits for the owner. */
  async function opened(host: Partial<PersistenceHost> = {}) {
    const written: string[] = [];
    const store = {
      id: 'x',
      claim: async () => [],
      write: async (payload: Pieces) =>
        void written.push(Buffer.from(joinPieces(payload)).toString()),
      close: async () => {},
    };
    const { persistence, restored, open } = persistenceIn(store, {
      failed: (message) => expect.unreachable(message),
      restored() {},
      ...host,
    });
    await open();
    written.length = 0;
    const count = (name: string) => restored(leftCounter(name));
    return { persistence, written, count };
  }

  it('has its totals written without another turn of the event loop', async () => {
    const { persistence, written, count } = await opened();
    count('a_total');
    void persistence.save(true);
    await Promise.resolve();
    expect(written).toEqual([expect.stringContaining('a_total')]);
  });

  it('has them written although a write before waits for it, which then writes nothing older', async () => {
    let answer = () => {};
    let ask = () => {};
    const asked = new Promise<void>((resolve) => (ask = resolve));
    let isHeldUp = false;
    const { persistence, written, count } = await opened({
      kept: () => {
        if (!isHeldUp) return Promise.resolve();
        ask();
        return new Promise((resolve) => (answer = resolve));
      },
    });
    isHeldUp = true;
    const before = persistence.save();
    await asked;
    count('a_total');
    void persistence.save(true);
    await Promise.resolve();
    expect(written).toEqual([expect.stringContaining('a_total')]);
    answer();
    expect(await before).toBeUndefined();
    expect(written).toHaveLength(1);
  });
});

describe('a scraper that hangs up', () => {
  it('leaves its memory for the next one, also where its request waits behind another and is lost', async () => {
    const done = vi.fn();
    let answered = 0;
    const pieces = [new Uint8Array(30_000_000)];
    const { url, close } = await listen({ host: '127.0.0.1', port: 0, path: '/' }, async () => {
      answered++;
      return { pieces, contentType: 'text/plain', done };
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const request = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
    socket.pause().write(request + request);
    await vi.waitFor(() => expect(answered).toBe(2), 60_000);
    expect(done).not.toHaveBeenCalled();
    socket.destroy();
    await vi.waitFor(() => expect(done).toHaveBeenCalledTimes(2), 60_000);
    await close();
  });
});
