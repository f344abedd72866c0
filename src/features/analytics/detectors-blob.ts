/**
 * What detectors know, as one value in storage: a line of JSON that names the series, and then the bytes of each
 * detector in the same order. Reading checks all of it, since anybody may have written into storage.
 */
import type { Pieces } from '../../bytes/pieces.ts';
import { isListOf } from '../../model.ts';
import { jsonText } from '../../platform/realm.ts';
import {
  isNote,
  type KeptDetector,
  type KnownSeries,
  noteOf,
  type SeriesNote,
  stateOf,
} from './known-state.ts';

const NEW_LINE = 10;

/** What the line holds. */
interface Head {
  readonly version: 1;
  /** Each series, and how many bytes its detector has. */
  readonly series: readonly (readonly [...SeriesNote, bytes: number])[];
}

export function writeDetectors(all: readonly KeptDetector[]): Pieces {
  const pieces: Uint8Array[] = [];
  const series = all.map(([key, read]) => {
    const state = read();
    pieces.push(state.detector);
    return [...noteOf(key, state), state.detector.length] as const;
  });
  const head: Head = { version: 1, series };
  return [new TextEncoder().encode(`${jsonText(head)}\n`), ...pieces];
}

/** @throws Error if the value is not sound */
export function readDetectors(value: Uint8Array): KnownSeries[] {
  let at = value.indexOf(NEW_LINE) + 1;
  const head = JSON.parse(new TextDecoder().decode(value.subarray(0, at))) as Head | null;
  if (head?.version !== 1 || !isListOf(isSeries, head.series)) {
    throw new Error('it is not what detectors have learned');
  }
  const found = head.series.map((one): KnownSeries => {
    const [key, , , , bytes] = one;
    // A copy: a part of the value would keep all of it in memory.
    const detector = value.slice(at, (at += bytes));
    return [key, stateOf(one, detector)];
  });
  if (at !== value.length) throw new Error('it has another length than it says');
  return found;
}

const isSeries = (value: unknown): boolean =>
  isNote(value) && Number.isSafeInteger(value[4]) && (value[4] as number) >= 0;
