import { MessageWriter } from '../../bytes/message-writer.ts';
import type { SeriesLabels } from '../../model.ts';
import type { FamilyRows } from './family-rows.ts';
import type { RowContext } from './row-content.ts';
import type { Symbols } from './symbols.ts';

/** The messages of a body, and where in it they are. */
export interface WrittenMessages {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the first message begins. */
  readonly start: number;
  readonly ends: Uint32Array;
  /** How many bytes of each message say which series it is. */
  readonly labels: Uint32Array;
  /** How many bytes follow those, with which the message ends. */
  readonly contents: Uint32Array;
}

/** A body has room for messages that get longer: one byte for every so many that it needs. */
const SLACK = 16;

/** Messages are written here first, and copied once it is known how long they are. */
export class NewMessages {
  readonly to = new MessageWriter(65_536);
  #ends: number[] = [];
  #labels: number[] = [];
  #contents: number[] = [];
  #opened = 0;
  #content = 0;
  readonly #pairs: string[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get length(): number {
    return this.to.length;
  }

  clear(): void {
    this.to.clear();
    this.cut(0, 0);
  }

  /** Begins the message of a row. Its content is to follow. */
  open(rows: FamilyRows, series: SeriesLabels, row: number, { wire, symbols }: RowContext): void {
    this.#opened = this.to.open(wire.series);
    this.#pairs.length = 0;
    rows.pairs(series, row, this.#pairs);
    wire.labels(this.#pairs, symbols, this.to);
    wire.metadata(rows, symbols, this.to);
    this.#content = this.to.length;
    this.#labels.push(this.#content - this.#opened);
  }

  /** Begins a message that says the same series as another. Its content is to follow. */
  reopen(field: number, from: Uint8Array, start: number, end: number): void {
    this.#opened = this.to.open(field);
    this.to.copy(from, start, end);
    this.#content = this.to.length;
    this.#labels.push(end - start);
  }

  close(): void {
    this.#contents.push(this.to.length - this.#content);
    this.to.close(this.#opened);
    this.#ends.push(this.to.length);
  }

  /** Forgets all messages but the first ones, which take so many bytes. */
  cut(count: number, length: number): void {
    this.#ends.length = count;
    this.#labels.length = count;
    this.#contents.length = count;
    this.to.length = length;
  }

  /**
   * Returns what was written, after the texts that it names.
   * @param memory where it is put if it fits
   */
  take(symbols: Symbols | undefined, memory?: ArrayBuffer): WrittenMessages {
    const start = symbols?.length ?? 0;
    const length = start + this.to.length;
    const fits = memory !== undefined && memory.byteLength >= length;
    const room = fits ? memory : new ArrayBuffer(length + Math.ceil(length / SLACK));
    const bytes = new Uint8Array(room, 0, length);
    if (symbols) bytes.set(symbols.bytes);
    bytes.set(this.to.bytes, start);
    return {
      bytes,
      start,
      ends: Uint32Array.from(this.#ends, (end) => end + start),
      labels: Uint32Array.from(this.#labels),
      contents: Uint32Array.from(this.#contents),
    };
  }
}
