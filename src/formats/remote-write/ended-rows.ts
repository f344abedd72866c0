import type { SeriesLabels } from '../../model.ts';
import type { RemoteWriteBody } from './body.ts';
import type { FamilyRows } from './family-rows.ts';
import type { NewMessages } from './new-messages.ts';
import type { Limits } from './options.ts';
import { type RowContext, writeStale } from './row-content.ts';
import { Symbols } from './symbols.ts';

/** How many rows are looked at before the thread may do something else. */
const STEP = 256;

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
): Generator<void, Row[]> {
  const left: ItemRows[] = [];
  const came: ItemRows[] = [];
  for (const [name, known] of before) {
    const present = now.get(name);
    if (present?.rows !== known.rows) left.push(known);
    else if (present.items !== known.items) {
      yield;
      left.push({ rows: known.rows, items: missingIn(present.items, known.items) });
    }
  }
  if (left.every(({ items }) => items.length === 0)) return [];
  for (const [name, present] of now) {
    const known = before.get(name);
    if (present.rows !== known?.rows) came.push(present);
    else if (present.items !== known.items) {
      yield;
      came.push({ rows: present.rows, items: missingIn(known.items, present.items) });
    }
  }
  const keys = new Set<string>();
  for (const row of yield* rowsOf(came)) keys.add(keyOf(row));
  return (yield* rowsOf(left)).filter((row) => !keys.has(keyOf(row)));
}

/** Returns those of `items` that are not among the others. */
function missingIn(
  others: readonly SeriesLabels[],
  items: readonly SeriesLabels[],
): readonly SeriesLabels[] {
  let same = 0;
  while (same < items.length && items[same] === others[same]) same++;
  const rest = new Set(others.slice(same));
  return items.slice(same).filter((item) => !rest.has(item));
}

function* rowsOf(all: readonly ItemRows[]): Generator<void, Row[]> {
  const found: Row[] = [];
  for (const { rows, items } of all) {
    for (const series of items) {
      for (let row = 0; row < rows.perItem; row++) {
        if (found.length % STEP === 0) yield;
        found.push({ rows, series, row });
      }
    }
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
  draft.clear();
  for (const { rows, series, row } of ended) {
    if (draft.count % STEP === 0) yield;
    const context = { ...shared, symbols };
    const before = { count: draft.count, length: draft.length };
    const texts = { count: symbols.count, length: symbols.length };
    const write = () => {
      draft.open(rows, series, row, { ...shared, symbols });
      writeStale(rows.hasNative && row === 0, context, draft.to);
      draft.close();
    };
    write();
    const length = draft.length + (wire.hasSymbols ? symbols.length : 0);
    if (draft.count <= limits.series && (before.count === 0 || length <= limits.bytes)) continue;
    draft.cut(before.count, before.length);
    symbols.cut(texts.count, texts.length);
    take();
    write();
  }
  if (draft.count > 0) take();
  return bodies;
}
