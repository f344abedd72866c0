/** The queue of what is to be delivered, by a clock that the test moves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/delivery/destination.ts';
import { DeliveryQueue, type DropReason, type QueuedBody } from '../../src/delivery/queue.ts';
import { ManualClock, settled } from '../collector/manual-clock.ts';

const PATIENCE = 1e9;
const OK: Receipt = { ok: true };
const DOWN: Receipt = { ok: false, reason: 'down' };

/** A body with so many series, each of one byte that is its number. */
function body(...numbers: number[]): QueuedBody {
  return {
    bytes: Uint8Array.from(numbers),
    series: numbers.length,
    async split() {
      if (numbers.length < 2) return undefined;
      const half = numbers.length >> 1;
      return [body(...numbers.slice(0, half)), body(...numbers.slice(half))];
    },
  };
}

function open(answer: (numbers: readonly number[]) => Receipt | Promise<Receipt>, limits = {}) {
  const clock = new ManualClock();
  const sent: number[][] = [];
  const arrived: number[] = [];
  const dropped: (readonly [number[], DropReason, string])[] = [];
  let underWay = 0;
  const queue = new DeliveryQueue(
    { maxBytes: 100, maxAge: 1000, ...limits },
    {
      clock,
      random: () => 1,
      async send({ bytes }) {
        expect(++underWay).toBe(1);
        const numbers = [...bytes];
        sent.push(numbers);
        const receipt = await answer(numbers);
        underWay--;
        return receipt;
      },
      dropped: ({ bytes }, reason, why) => void dropped.push([[...bytes], reason, why]),
      delivered: ({ bytes }) => void arrived.push(...bytes),
    },
  );
  return { clock, queue, sent, arrived, dropped };
}

describe('the queue', () => {
  it('sends in order, one at a time, and says what has arrived', async () => {
    const { queue, sent, arrived } = open(() => OK);
    const both = [queue.add([body(1, 2), body(3)], PATIENCE), queue.add([body(4)], PATIENCE)];
    expect(await Promise.all(both)).toEqual([{ arrived: true }, { arrived: true }]);
    expect(sent).toEqual([[1, 2], [3], [4]]);
    expect(arrived).toEqual([1, 2, 3, 4]);
    expect([queue.bytes, queue.length, queue.age]).toEqual([0, 0, 0]);
    expect(await queue.add([], PATIENCE)).toEqual({ arrived: true });
  });

  it('waits longer after each failure, in one chain of attempts', async () => {
    const { clock, queue, sent } = open(() => DOWN);
    const at: number[] = [];
    const start = clock.elapsed();
    void queue.add([body(1)], PATIENCE);
    void queue.add([body(2)], PATIENCE);
    for (let i = 0; i < 2400; i++) {
      const before = sent.length;
      await clock.pass(0.05);
      if (sent.length > before) at.push(Math.round((clock.elapsed() - start) * 10) / 10);
    }
    expect(sent.every(([number]) => number === 1)).toBe(true);
    expect(at).toEqual([0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5]);
  });

  it('waits for as long as the server asks', async () => {
    const answers: Receipt[] = [{ ok: false, reason: 'busy', retryAfter: 100 }];
    const { clock, queue, arrived } = open(() => answers.shift() ?? OK);
    const added = queue.add([body(1)], PATIENCE);
    await clock.pass(99);
    expect(arrived).toEqual([]);
    await clock.pass(2);
    expect(await added).toEqual({ arrived: true });
  });

  it('says honestly what has not arrived yet, and sends it later', async () => {
    let answer: Receipt = DOWN;
    const { clock, queue, arrived } = open(() => answer);
    const added = queue.add([body(1)], 10);
    await clock.pass(11);
    expect(await added).toEqual({ arrived: false, reason: 'down' });
    expect([queue.length, queue.age]).toEqual([1, 11]);
    answer = OK;
    const flushed = queue.flush(10);
    await clock.pass(1);
    expect(await flushed).toEqual({ arrived: true });
    expect(arrived).toEqual([1]);
  });

  it('drops the oldest where there is no room, but not what is under way', async () => {
    let answer!: (receipt: Receipt) => void;
    const { queue, dropped, arrived } = open(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      { maxBytes: 3 },
    );
    const added = [1, 2, 3, 4, 5].map((number) => queue.add([body(number)], PATIENCE));
    await settled();
    expect(dropped).toEqual([2, 3].map((number) => [[number], 'full', 'the queue was full']));
    for (let i = 0; i < 3; i++) {
      answer(OK);
      await settled();
    }
    expect(arrived).toEqual([1, 4, 5]);
    const outcomes = await Promise.all(added);
    expect(outcomes.map(({ arrived }) => arrived)).toEqual([true, false, false, true, true]);
    expect(outcomes[1]).toEqual({ arrived: false, reason: 'the queue was full' });
  });

  it('drops what has waited for too long', async () => {
    const { clock, queue, dropped } = open(() => DOWN, { maxAge: 60 });
    void queue.add([body(1)], PATIENCE);
    await clock.pass(50);
    void queue.add([body(2)], PATIENCE);
    await clock.pass(50);
    expect(dropped).toEqual([[[1], 'expired', 'it has waited for too long']]);
    expect(queue.length).toBe(1);
  });

  it('halves what a server refuses whole until the bad series is found', async () => {
    const isBad = (numbers: readonly number[]) => numbers.includes(13);
    const refuse: Receipt = { ok: false, reason: 'bad', drop: true, divide: true };
    const { queue, arrived, dropped } = open((numbers) => (isBad(numbers) ? refuse : OK));
    const numbers = Array.from({ length: 32 }, (_, i) => i);
    const added = await queue.add([body(...numbers), body(99)], PATIENCE);
    expect(added).toEqual({ arrived: false, reason: 'bad' });
    expect(arrived).toEqual([...numbers.filter((number) => number !== 13), 99]);
    expect(dropped).toEqual([[[13], 'refused', 'bad']]);
  });

  it('does not ask for each series where all are refused', async () => {
    const refuse: Receipt = { ok: false, reason: 'bad', drop: true, divide: true };
    const { queue, sent, dropped } = open(() => refuse, { maxBytes: 1e6 });
    const numbers = Array.from({ length: 10_000 }, (_, i) => i % 256);
    await queue.add([body(...numbers)], PATIENCE);
    expect(sent.length).toBeLessThan(200);
    expect(dropped.flatMap(([one]) => one)).toHaveLength(10_000);
    const whole: Receipt = { ok: false, reason: 'no entry', drop: true };
    const closed = open(() => whole);
    await closed.queue.add([body(1, 2, 3)], PATIENCE);
    expect(closed.sent).toEqual([[1, 2, 3]]);
  });

  it('sends early what waits, as far as it may, and heeds each answer in its turn', async () => {
    const clock = new ManualClock();
    const answers = new Map<number, (receipt: Receipt) => void>();
    const sent: number[] = [];
    const arrived: number[] = [];
    const queue = new DeliveryQueue(
      { maxBytes: 100, maxAge: 1000 },
      {
        clock,
        random: () => 1,
        send: ({ bytes: [number = 0] }) => {
          sent.push(number);
          return new Promise((resolve) => answers.set(number, resolve));
        },
        dropped: () => {},
        delivered: ({ bytes }) => void arrived.push(...bytes),
      },
    );
    const added = queue.add([body(1), body(2), body(3), body(4)], PATIENCE);
    await settled();
    expect(sent).toEqual([1]);
    queue.sendEarly(3);
    queue.sendEarly(3);
    await settled();
    expect(sent).toEqual([1, 2, 3]);
    expect(queue.waiting.map(({ isSent }) => isSent)).toEqual([true, true, true, false]);
    answers.get(3)!(OK);
    answers.get(2)!(DOWN);
    await settled();
    expect(arrived).toEqual([]);
    answers.get(1)!(OK);
    await settled();
    // The second one has failed, and is tried again after a while. The answer to the third is known.
    await clock.pass(1);
    expect(sent).toEqual([1, 2, 3, 2]);
    expect(queue.waiting.map(({ isSent }) => isSent)).toEqual([false, true, false]);
    answers.get(2)!(OK);
    await settled();
    answers.get(4)!(OK);
    expect(await added).toEqual({ arrived: true });
    expect(sent).toEqual([1, 2, 3, 2, 4]);
    expect(arrived).toEqual([1, 2, 3, 4]);
  });

  it('sends nothing more once it is closed', async () => {
    const { clock, queue, sent } = open(() => DOWN);
    void queue.add([body(1)], PATIENCE);
    await settled();
    queue.close();
    await clock.pass(100);
    expect(sent).toEqual([[1]]);
  });

  it('loses nothing and repeats nothing, whatever a server answers', async () => {
    const answer = fc.constantFrom<Receipt | 'throws'>(
      OK,
      DOWN,
      { ok: false, reason: 'busy', retryAfter: 3 },
      { ok: false, reason: 'no', drop: true },
      { ok: false, reason: 'bad', drop: true, divide: true },
      'throws',
    );
    const step = fc.record({ series: fc.nat({ max: 5 }), pass: fc.nat({ max: 20 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.array(answer),
        async (steps, answers) => {
          const { clock, queue, arrived, dropped } = open(
            () => {
              const next = answers.shift() ?? OK;
              if (next === 'throws') throw new Error('broken');
              return next;
            },
            { maxBytes: 12, maxAge: 300 },
          );
          let number = 0;
          for (const { series, pass } of steps) {
            const numbers = Array.from({ length: series }, () => number++);
            void queue.add(series > 0 ? [body(...numbers)] : [], PATIENCE);
            await clock.pass(pass);
            expect(queue.bytes).toBeLessThanOrEqual(12 + 5);
          }
          await clock.pass(1000);
          const lost = dropped.flatMap(([numbers]) => numbers);
          const all = Array.from({ length: number }, (_, i) => i);
          expect([...arrived, ...lost].sort((a, b) => a - b)).toEqual(all);
          expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
          expect([queue.length, queue.bytes]).toEqual([0, 0]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
