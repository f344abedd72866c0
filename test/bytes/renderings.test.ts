/** Tests that renderings, which share bytes with one another, never change while somebody reads them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import type { Lines } from '../../src/bytes/remembered-lines.ts';
import { type RenderedPieces, Renderings } from '../../src/bytes/renderings.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';

/** There are several chunks of lines, and the last one is not full. */
const ITEMS = Array.from({ length: 2500 }, (_, i) => ({ name: `item ${i}` }));
const LISTS = [ITEMS, ITEMS.slice(0, 1100), [...ITEMS.slice(0, 1024), ...ITEMS.slice(1500)]];

/** One in so many of them changes, from nothing to a length of its own. */
function numbersOf(count: number, { every, value }: { every: number; value: number }) {
  return Float64Array.from({ length: count }, (_, i) => (i % every === 0 ? value : i));
}

type Change = Parameters<typeof numbersOf>[1] & { note?: string; leftOut?: number };

function begin(renderings: Renderings, items: readonly { name: string }[], change: Change) {
  const numbers = numbersOf(items.length, change);
  const { note = '', leftOut = -1 } = change;
  const notes = { about: note };
  const work = renderings.render(function* (to) {
    to.text('head\n');
    const rows: Lines = {
      items,
      perItem: 1,
      prefix: (line) => `${items[line].name} `,
      numbers: (from, end) => numbers.subarray(from, end),
      number: String,
      note: note === '' ? undefined : () => notes,
      noteText: note === '' ? undefined : () => note,
      isLeftOut: leftOut < 0 ? undefined : (_, value) => value === leftOut,
    };
    // Which lines are left out is part of what lines are.
    yield* to.lines('lines', rows, leftOut);
  });
  const shown = items.map(({ name }, i) => ({ name, number: numbers[i] }));
  const lines = shown
    .filter(({ number }) => leftOut < 0 || number !== leftOut)
    .map(({ name, number }) => `${name} ${number}${note}\n`);
  return { work, text: `head\n${lines.join('')}` };
}

/** The next step: begin a rendering, continue one, or say of one that nobody reads it. */
const step = fc.oneof(
  fc.record({
    list: fc.constantFrom(...LISTS),
    every: fc.constantFrom(1, 7, 1000),
    value: fc.oneof(fc.nat(), fc.double({ noNaN: true })),
    note: fc.constantFrom('', '', ' # a', ' # other'),
    leftOut: fc.constantFrom(-1, -1, 1, 7),
  }),
  fc.record({ goOn: fc.nat(5), parts: fc.nat(4) }),
  fc.record({ done: fc.nat(5) }),
);

describe('renderings', () => {
  it('are what they were when they ended, as long as they are read', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const renderings = new Renderings();
        const underWay: ReturnType<typeof begin>[] = [];
        const read: { rendered: RenderedPieces; text: string }[] = [];
        const isRight = ({ rendered, text }: (typeof read)[number]) =>
          expect(Buffer.from(joinPieces(rendered.pieces)).toString() === text).toBe(true);
        const goOn = (index: number, parts: number) => {
          const { work, text } = underWay[index];
          for (let i = 0; i < parts; i++) {
            const { done, value } = work.next();
            if (!done) continue;
            underWay.splice(index, 1);
            read.push({ rendered: value, text });
            return;
          }
        };
        for (const next of steps) {
          if ('list' in next) underWay.push(begin(renderings, next.list, next));
          else if ('goOn' in next && underWay.length > 0) {
            goOn(next.goOn % underWay.length, next.parts);
          } else if ('done' in next && read.length > 0) {
            const [one] = read.splice(next.done % read.length, 1);
            isRight(one);
            one.rendered.done();
          }
          read.forEach(isRight);
        }
        while (underWay.length > 0) goOn(0, 10);
        read.forEach(isRight);
      }),
      { numRuns: 300 },
    );
  });

  it('that fail are read by nobody', () => {
    const renderings = new Renderings();
    const render = (work: Iterator<void, RenderedPieces>) => {
      const { pieces, done } = runToEnd(work);
      done();
      return pieces[1].buffer;
    };
    const first = render(begin(renderings, ITEMS, { every: 1, value: 10 }).work);
    const failing = renderings.render(function* () {
      yield;
      throw new Error('no more');
    });
    expect(() => runToEnd(failing)).toThrow('no more');
    expect(render(begin(renderings, ITEMS, { every: 1, value: 20 }).work)).toBe(first);
  });

  it('write over the bytes of one that nobody reads any more', () => {
    const renderings = new Renderings();
    const buffers = [10, 20, 30, 12_345].map((value) => {
      const { pieces, done } = runToEnd(begin(renderings, ITEMS, { every: 1, value }).work);
      done();
      return pieces[1].buffer;
    });
    expect(buffers[1]).toBe(buffers[0]);
    expect(buffers[2]).toBe(buffers[0]);
    expect(buffers[3]).not.toBe(buffers[0]);
  });
});
