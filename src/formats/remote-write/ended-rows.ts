import type { SeriesLabels } from '../../model.ts';
import type { RemoteWriteBody } from './body.ts';
import type { FamilyRows } from './family-rows.ts';
import type { NewMessages } from './new-messages.ts';
import type { Limits } from './options.ts';
import { type RowContext, writeStale } from './row-content.ts';
import { Symbols } from './symbols.ts';

/** How many rows are written or looked at before the thread may do something else. */
const STEP = 128;
/** And how many items, if they are only compared. */
const ITEM_STEP = 4096;

/** The rows of some items of a family. */
export interface ItemRows {
  readonly rows: FamilyRows;
  readonly items: readonly SeriesLabels[];
}

export interface Row {
  readonly rows: FamilyRows;
  readonly series: SeriesLabels;
  readonly row: number;
}

/**
 * Returns the rows that were there and are there no longer. One that was registered again with the same labels, even
 * by another family, is still there.
 * @param before the families of the last snapshot, by name
 */
export function* endedRows(
  before: ReadonlyMap<string, ItemRows>,
  now: ReadonlyMap<string, ItemRows>,
): Generator<void, readonly Row[]> {
  const left = yield* rowsOf(yield* missingIn(now, before));
  if (left.length === 0) return left;
  const keys = new Set<string>();
  yield* inSteps(yield* rowsOf(yield* missingIn(before, now)), (row) => keys.add(keyOf(row)));
  if (keys.size === 0) return left;
  const ended: Row[] = [];
  yield* inSteps(left, (row) => {
    if (!keys.has(keyOf(row))) ended.push(row);
  });
  return ended;
}

function* inSteps<T>(all: readonly T[], visit: (one: T) => void, step = STEP): Generator<void> {
  for (let i = 0; i < all.length; i++) {
    if (i % step === 0) yield;
    visit(all[i]!);
  }
}

/** Returns the families with those of their items that the others do not have. */
function* missingIn(
  others: ReadonlyMap<string, ItemRows>,
  families: ReadonlyMap<string, ItemRows>,
): Generator<void, ItemRows[]> {
  const missing: ItemRows[] = [];
  for (const [name, family] of families) {
    const other = others.get(name);
    if (other?.rows !== family.rows) missing.push(family);
    else if (other.items !== family.items) {
      const items = yield* missingItems(other.items, family.items);
      missing.push({ rows: family.rows, items });
    }
  }
  return missing;
}

function* missingItems(
  others: readonly SeriesLabels[],
  items: readonly SeriesLabels[],
): Generator<void, readonly SeriesLabels[]> {
  let same = 0;
  while (same < items.length && items[same] === others[same]) same++;
  const rest = new Set<SeriesLabels>();
  yield* inSteps(others.slice(same), (item) => rest.add(item), ITEM_STEP);
  const missing: SeriesLabels[] = [];
  const look = (item: SeriesLabels) => {
    if (!rest.has(item)) missing.push(item);
  };
  yield* inSteps(items.slice(same), look, ITEM_STEP);
  return missing;
}

function* rowsOf(all: readonly ItemRows[]): Generator<void, Row[]> {
  const found: Row[] = [];
  for (const { rows, items } of all) {
    const add = (series: SeriesLabels) => {
      for (let row = 0; row < rows.perItem; row++) found.push({ rows, series, row });
    };
    yield* inSteps(items, add);
  }
  return found;
}

/** Returns a text that is the same for rows which are the same series to a server. */
function keyOf({ rows, series, row }: Row): string {
  const pairs: string[] = [];
  rows.pairs(series, row, pairs);
  return pairs.map((text) => `${text.length}:${text}`).join('');
}

/** Writes the bodies which say that rows have ended. */
export function* endedBodies(
  ended: readonly Row[],
  shared: Omit<RowContext, 'symbols'>,
  limits: Limits,
  draft: NewMessages,
): Generator<void, RemoteWriteBody[]> {
  const { wire } = shared;
  const bodies: RemoteWriteBody[] = [];
  let symbols = new Symbols();
  const take = () => {
    const { bytes, start, ends } = draft.take(wire.hasSymbols ? symbols : undefined);
    bodies.push({ version: wire.version, bytes, start, ends });
    draft.clear();
    symbols = new Symbols();
  };
  const write = ({ rows, series, row }: Row) => {
    const context = { ...shared, symbols };
    draft.open(rows, series, row, context);
    writeStale(rows.hasNative && row === 0, context, draft.to);
    draft.close();
  };
  draft.clear();
  for (const row of ended) {
    if (draft.count % STEP === 0) yield;
    const before = { count: draft.count, length: draft.length };
    const texts = { count: symbols.count, length: symbols.length };
    write(row);
    const length = draft.length + (wire.hasSymbols ? symbols.length : 0);
    if (draft.count <= limits.series && (before.count === 0 || length <= limits.bytes)) continue;
    draft.cut(before.count, before.length);
    symbols.cut(texts.count, texts.length);
    take();
    write(row);
  }
  if (draft.count > 0) take();
  return bodies;
}
