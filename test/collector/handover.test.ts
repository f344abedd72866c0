/** Tests of handovers that are not what they should be. */
import { describe, expect, it } from 'vitest';
import type { Handover } from '../../src/collector/handover.ts';
import type { Persistence } from '../../src/collector/persistence.ts';
import type { CollectorServices } from '../../src/collector/services.ts';
import { SharedCollector } from '../../src/collector/shared-collector.ts';
import { decodeTotals, encodeTotals } from '../../src/collector/totals-record.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { OwnerClient } from '../../src/protocol/client.ts';
import type { GatheredHandover, KeptHandover } from '../../src/protocol/handover.ts';
import { ManualClock, settled } from './manual-clock.ts';

function collectorOf(handover: GatheredHandover | undefined) {
  const log: string[] = [];
  const kept: KeptHandover[] = [];
  const owner = {
    warn: async (message: string) => void log.push(message),
    delivery: async () => {},
    keep: async (handover: KeptHandover) => void kept.push(handover),
    threadLeft: async () => {},
  } as unknown as OwnerClient;
  const clock = new ManualClock();
  const services = { clock, kinds: READING_KINDS } as unknown as CollectorServices;
  const config = {
    ...{ interval: 1, labels: {}, eventLimit: 10, seriesLimit: 10, persist: undefined },
    ...{ mortal: true, handover, erased: [], parts: [] },
  };
  return { collector: new SharedCollector(config, services, owner), log, kept };
}

describe('what a collector leaves', () => {
  it('is taken but for the parts of memory that cannot be read', async () => {
    const thread = (id: number) => ({ id, unheard: [] });
    const latest = encodeTotals({
      ...{ families: [], events: [], logged: 1, received: [], left: [] },
      ...{ threads: [thread(1), thread(2)], erased: [], store: undefined, absorbed: [] },
    } as never);
    const page = [0, new Float64Array(512)];
    const nonsense = new Int32Array([2, 0, 0]).buffer;
    const memory = [
      ...[5, null, [], [1], [1, null], [1, { whole: true, pages: 5, segments: [] }]],
      ...[[1, { whole: true, pages: [[0, 'x']], segments: [] }]],
      [1, { whole: true, pages: [page], segments: [] }],
      [2, { whole: true, pages: [page], segments: [nonsense] }],
    ];
    const texts = new TextEncoder().encode('["good",1,2,{},{}]');
    const events = [{ before: 0, count: 1, texts }];
    const { collector, log } = collectorOf({ latest, events, memory: memory as never });
    await collector.open();
    expect(collector.log.entries()).toHaveLength(1);
    expect([...collector.threads.absent.keys()]).toEqual([1]);
    expect(log).toEqual([
      expect.stringContaining('7 parts cannot be read'),
      expect.stringContaining('thread 2 cannot be read'),
    ]);
  });

  it('names no record that was claimed without what that had counted', async () => {
    const { collector, kept } = collectorOf(undefined);
    await collector.open();
    const location = { store: 'own', absorbed: ['first'] as readonly string[] };
    collector.persistence = { location } as Persistence;
    await collector.changed(true);
    await collector.changed();
    location.absorbed = ['first', 'second'];
    await collector.changed();
    await collector.changed();
    const told = kept.slice(-4).map(({ latest, totals }) => {
      const { absorbed } = decodeTotals<Handover>(latest);
      return [absorbed, totals !== undefined];
    });
    expect(told).toEqual([
      [['first'], true],
      [['first'], false],
      [['first', 'second'], true],
      [['first', 'second'], false],
    ]);
  });

  it('is counted and told of when it cannot be written', async () => {
    const { collector, log } = collectorOf(undefined);
    await collector.open();
    collector.log.entries = () => {
      throw new RangeError('Invalid string length');
    };
    await collector.changed(true);
    await settled();
    expect(log).toEqual([expect.stringContaining('Invalid string length')]);
  });
});
