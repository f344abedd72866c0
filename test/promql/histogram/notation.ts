import { parseHistogram } from '../../../src/promql/histogram/histogram-text.ts';
import type { HistogramNote, Note } from '../../../src/promql/histogram/notes.ts';

/** Reads a histogram in the notation of tests. */
export const h = (text: string) => parseHistogram(text).histogram;

/** For what should have nothing to say. */
export const silent: Note = (note) => {
  throw new Error(`unexpected note: ${note}`);
};

/** Collects notes, each once. */
export function collecting(): { note: Note; notes: () => HistogramNote[] } {
  const seen = new Set<HistogramNote>();
  return { note: (note) => void seen.add(note), notes: () => [...seen].sort() };
}
