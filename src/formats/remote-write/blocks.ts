import { Block, type Numbers, type Segment, writeRow } from './block.ts';
import type { RemoteWriteBody } from './body.ts';
import type { FamilyContent } from './family-content.ts';
import type { NewMessages } from './new-messages.ts';
import type { Limits } from './options.ts';
import type { RowContext } from './row-content.ts';
import { smallerBodies } from './split-body.ts';
import { Symbols } from './symbols.ts';

/** How many messages are written before the thread may do something else. */
const STEP = 128;

/** Where a block begins, or ends. */
interface Place {
  readonly family: number;
  readonly item: number;
}

/**
 * The bodies of a snapshot. They are remembered, since the next snapshot has hardly any other series. A family of
 * many series has bodies of its own, so that those of other families stay as they are when it gets more of them.
 */
export class Blocks {
  readonly #context: Omit<RowContext, 'time' | 'symbols'>;
  readonly #limits: Limits;
  #known: ReadonlyMap<string, Block> = new Map();

  constructor(context: Omit<RowContext, 'time' | 'symbols'>, limits: Limits) {
    this.#context = context;
    this.#limits = limits;
  }

  /**
   * Writes the bodies of a snapshot.
   * @param contents of the families that have series
   * @param isAlone whether nobody reads earlier bodies any more
   */
  *bodies(
    contents: readonly FamilyContent[],
    time: number,
    isAlone: () => boolean,
    draft: NewMessages,
  ): Generator<void, RemoteWriteBody[]> {
    const bodies: RemoteWriteBody[] = [];
    const blocks = new Map<string, Block>();
    let place: Place = { family: 0, item: 0 };
    while (place.family < contents.length) {
      const { family, item } = place;
      const name = `${item} ${contents[family]!.rows.name}`;
      const known = this.#known.get(name);
      const block =
        known && this.#isFor(known, contents, place)
          ? known
          : yield* this.#write(contents, place, time, draft);
      const own = contents.slice(family, family + block.segments.length);
      if (block === known || hasNews(block, own)) {
        yield* block.update(own, time, block !== known || isAlone(), draft);
      }
      blocks.set(name, block);
      for (const body of smallerBodies(block.body, (one) => this.#isSmall(one))) bodies.push(body);
      place = placeAfter(block, contents, family);
      yield;
    }
    this.#known = blocks;
    return bodies;
  }

  #isSmall({ ends, bytes }: RemoteWriteBody): boolean {
    return ends.length <= this.#limits.series && bytes.length <= this.#limits.bytes;
  }

  #isLarge({ items, rows }: FamilyContent): boolean {
    return items.length * rows.perItem >= this.#limits.series / 2;
  }

  /** Whether a family that follows another begins a body. */
  #isApart(contents: readonly FamilyContent[], family: number): boolean {
    return this.#isLarge(contents[family - 1]!) || this.#isLarge(contents[family]!);
  }

  /** Whether a block that begins there would have the same items as that one. */
  #isFor(block: Block, contents: readonly FamilyContent[], { family, item }: Place): boolean {
    const { segments } = block;
    const last = segments.length - 1;
    const end = family + segments.length;
    if (end > contents.length) return false;
    // It may have grown, unless it is of one item, which may be larger from the beginning.
    const [first] = segments;
    const isOne = last === 0 && first!.to - first!.from === 1;
    if (!isOne && !this.#isSmall(block.body)) return false;
    const fits = (segment: Segment, i: number) => {
      const { rows, items } = contents[family + i]!;
      const isToEnd = segment.to === items.length;
      return (
        rows === segment.rows &&
        segment.from === (i === 0 ? item : 0) &&
        (i === 0 || !this.#isApart(contents, family + i)) &&
        (isToEnd || (i === last && block.isFull && segment.to < items.length)) &&
        hasSameItems(segment, items)
      );
    };
    if (!segments.every(fits)) return false;
    return block.isFull || end === contents.length || this.#isApart(contents, end);
  }

  /** Writes a new block, as large as a body may be. Its messages have no exemplars yet. */
  *#write(
    contents: readonly FamilyContent[],
    place: Place,
    time: number,
    draft: NewMessages,
  ): Generator<void, Block> {
    const context: RowContext = { ...this.#context, time, symbols: new Symbols() };
    const segments: Segment[] = [];
    const starts: number[] = [];
    let isFull = false;
    draft.clear();
    for (let family = place.family; family < contents.length && !isFull; family++) {
      if (segments.length > 0 && this.#isApart(contents, family)) break;
      const content = contents[family]!;
      const { rows, items } = content;
      const from = segments.length === 0 ? place.item : 0;
      const most = Math.min(items.length, from + this.#limits.series);
      const numbers = { all: content.numbers(from, most), from };
      let to = from;
      for (; to < items.length; to++) {
        isFull = !(yield* this.#writeItem(content, numbers, to, context, draft));
        if (isFull) break;
        starts.push(context.wire.hasStart ? content.start(to) : 0);
      }
      if (to > from) segments.push({ rows, items, from, to });
    }
    const written = draft.take(context.wire.hasSymbols ? context.symbols : undefined);
    return new Block(segments, isFull, written, starts, context);
  }

  /** Writes the rows of an item, unless they do not fit. The first one of a block always does. */
  *#writeItem(
    content: FamilyContent,
    numbers: Numbers,
    item: number,
    context: RowContext,
    draft: NewMessages,
  ): Generator<void, boolean> {
    const { rows, items } = content;
    const { symbols } = context;
    const before = { count: draft.count, length: draft.length };
    const texts = { count: symbols.count, length: symbols.length };
    if (before.count > 0 && before.count + rows.perItem > this.#limits.series) return false;
    for (let row = 0; row < rows.perItem; row++) {
      if (draft.count % STEP === 0) yield;
      draft.open(rows, items[item]!, row, context);
      writeRow(content, numbers, item, row, context, draft);
      draft.close();
    }
    const length = draft.length + (context.wire.hasSymbols ? symbols.length : 0);
    if (before.count === 0 || length <= this.#limits.bytes) return true;
    draft.cut(before.count, before.length);
    symbols.cut(texts.count, texts.length);
    return false;
  }
}

function hasNews({ segments }: Block, contents: readonly FamilyContent[]): boolean {
  return segments.some(({ from, to }, i) => contents[i]!.hasNews(from, to));
}

function hasSameItems({ items: before, from, to }: Segment, items: Segment['items']): boolean {
  if (items === before) return true;
  for (let i = from; i < to; i++) if (items[i] !== before[i]) return false;
  return true;
}

function placeAfter(
  { segments }: Block,
  contents: readonly FamilyContent[],
  family: number,
): Place {
  const last = family + segments.length - 1;
  const { to } = segments.at(-1)!;
  return to < contents[last]!.items.length
    ? { family: last, item: to }
    : { family: last + 1, item: 0 };
}
