import { SEGMENT_FILLED, SEGMENT_RECORDS } from './journal-layout.ts';
import type { PageBuffer } from './layout.ts';

/** Copies what is new in a journal, for a reader that cannot share its memory. */
export class JournalCopier {
  #segments: PageBuffer[] = [];
  /** Where in the first of the segments the next copy begins. */
  #copied = SEGMENT_RECORDS;

  addSegment(buffer: PageBuffer): void {
    this.#segments.push(buffer);
  }

  /** How many segments have not been copied to their end. */
  get waiting(): number {
    return this.#segments.length;
  }

  /** Copies the records that are new since the last copy. Each copy is a complete segment. */
  *copy(): Generator<ArrayBuffer, void, undefined> {
    while (this.#segments.length > 0) {
      const buffer = this.#segments[0]!;
      const from = this.#copied;
      const words = new Int32Array(buffer);
      const end = words[SEGMENT_FILLED]!;
      const isCurrent = this.#segments.length === 1;
      if (!isCurrent) this.#segments.shift();
      this.#copied = isCurrent ? Math.max(from, end) : SEGMENT_RECORDS;
      if (end > from) yield copyRecords(words.subarray(from, end));
      if (isCurrent) return;
    }
  }
}

/** Copies records into a segment of their own. */
function copyRecords(records: Int32Array): ArrayBuffer {
  const words = new Int32Array(SEGMENT_RECORDS + records.length);
  words[SEGMENT_FILLED] = words.length;
  words.set(records, SEGMENT_RECORDS);
  return words.buffer;
}
