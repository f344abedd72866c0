/** Parts that hang, and what is kept for those that do not run. */
import { describe, expect, it } from 'vitest';
import { Parts } from '../../src/collector/parts.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { Part, PartModule } from '../../src/protocol/feature.ts';
import type { PartStates } from '../../src/protocol/handover.ts';
import { ManualClock, settled } from './manual-clock.ts';

type Start = () => Part | Promise<Part>;

function partsOf(states: PartStates = [], isHere = true) {
  const clock = new ManualClock();
  const failures: string[] = [];
  const starts = new Map<string, Start>();
  const parts = new Parts(
    {
      clock,
      isHere,
      kinds: READING_KINDS,
      read: () => Promise.reject(new Error('not here')),
      hook: () => {},
      event: () => {},
      ask: async () => undefined,
      fail: (reason, message) => void failures.push(`${reason}: ${message}`),
      loadPart: async ({ name }): Promise<PartModule> => ({ name, start: starts.get(name)! }),
      kept: async () => {},
      blobs: async () => undefined,
      outbox: () => {
        throw new Error('not here');
      },
      deliver: async () => ({ arrives: Promise.resolve(true) }),
    },
    states,
  );
  const open = (all: Readonly<Record<string, Start>>) => {
    for (const [name, start] of Object.entries(all)) starts.set(name, start);
    return parts.open(Object.keys(all).map((name) => ({ name, config: undefined })));
  };
  return { clock, failures, parts, open };
}

const never = () => new Promise<never>(() => {});

describe('a part that hangs', () => {
  it('is not waited for when it starts', async () => {
    const { clock, failures, parts, open } = partsOf();
    const opening = open({ slow: never, good: () => ({ calls: { ask: () => 'here' } }) });
    await settled();
    await clock.pass(10);
    await opening;
    expect(failures).toEqual([
      'feature: the feature "slow" failed: Error: it has not started within 10 seconds',
    ]);
    expect(await parts.call('good', 'ask', [])).toBe('here');
  });

  it.each(['flush', 'close'] as const)('is not waited for in %s()', async (method) => {
    const { clock, failures, parts, open } = partsOf();
    let calls = 0;
    const good = async () => void calls++;
    await open({ slow: () => ({ [method]: never }), good: () => ({ [method]: good }) });
    const done = parts[method]();
    await settled();
    await clock.pass(10);
    const late = `it has not ${method === 'flush' ? 'flushed' : 'closed'} within 10 seconds`;
    const told = await done;
    if (method === 'flush') expect(told).toEqual([`the feature slow: Error: ${late}`]);
    expect([calls, failures]).toEqual([1, [`feature: the feature "slow" failed: Error: ${late}`]]);
  });
});

it('a part does not see what was worked out from what it sees', async () => {
  const { parts, open } = partsOf();
  const seen: string[] = [];
  await open({
    part: () => ({ sampled: ({ families }) => void seen.push(...families.map((f) => f.name)) }),
  });
  const families = [{ name: 'a' }, { name: 'b', isDerived: true }] as never;
  parts.sampled({ families, timestamp: 0, eventsCount: 0, running: true });
  expect(seen).toEqual(['a']);
});

describe('what is kept', () => {
  const keeping =
    (write: () => string, restored: string[] = []): Start =>
    () => ({
      keeps: { write, restore: (state) => void restored.push(state) },
    });

  it('is there again for a part that did not start, and comes to it', async () => {
    const first = partsOf([['absent', 'old']]);
    await first.open({ other: keeping(() => 'new') });
    first.parts.restore([
      ['absent', 'older'],
      ['other', 'claimed'],
    ]);
    const { states } = first.parts;
    expect(states).toEqual([
      ['absent', 'old'],
      ['absent', 'older'],
      ['other', 'new'],
    ]);
    const restored: string[] = [];
    const next = partsOf(states);
    await next.open({ absent: keeping(() => 'now', restored) });
    expect(restored).toEqual(['old', 'older']);
    expect(next.parts.states).toEqual([
      ['other', 'new'],
      ['absent', 'now'],
    ]);
  });

  it('is the last that could be written', async () => {
    const writes: (() => unknown)[] = [
      () => 'one',
      () => {
        throw new Error('broken');
      },
      () => 7,
      () => 'x'.repeat(1_048_577),
    ];
    const { parts, open, failures } = partsOf();
    await open({ part: keeping(() => writes.shift()!() as string) });
    for (let i = 0; i < 4; i++) expect(parts.states).toEqual([['part', 'one']]);
    expect(failures).toHaveLength(3);
  });

  it('for parts that do not run is bounded', async () => {
    const { parts } = partsOf();
    for (let i = 0; i < 10; i++) parts.restore([[`gone${i}`, 'x'.repeat(1_000_000)]]);
    expect(parts.states.map(([name]) => name)).toEqual(['gone6', 'gone7', 'gone8', 'gone9']);
  });
});

describe('in the thread of the application', () => {
  it('nothing is shared with a part', async () => {
    const { parts, open } = partsOf();
    const own = { list: [1] };
    await open({
      part: () => ({ calls: { take: (given: number[]) => given.push(2), own: () => own } }),
    });
    const given = [1];
    await parts.call('part', 'take', [given]);
    const answer = (await parts.call('part', 'own', [])) as typeof own;
    answer.list.push(2);
    expect([given, own]).toEqual([[1], { list: [1] }]);
  });
});
