import { CatalogueWriter } from './catalogue.ts';
import { JournalCopier } from './journal-copier.ts';
import type { PageBuffer } from './layout.ts';
import type { CatalogueVisitor } from './thread-reader.ts';

/** What is new in a mirror. */
export interface MemoryPart {
  /** Whether it takes the place of all parts before. */
  readonly whole: boolean;
  readonly pages: readonly (readonly [page: number, cells: Float64Array])[];
  readonly segments: readonly PageBuffer[];
}

/** A mirror begins anew when it has so many segments more than twice those that it began with. */
const SPARE_SEGMENTS = 4;

/**
 * Mirrors a thread's memory for somebody who may have to read it instead of its reader: the pages, and a
 * journal that says what the reader has read in the thread's own journal. Shared memory is handed over once,
 * private memory as copies.
 */
export class MemoryMirror {
  readonly #shared: boolean;
  readonly #pages = new Map<number, Float64Array>();
  #catalogue!: CatalogueWriter;
  #copier = new JournalCopier();
  /** Shared segments that have not been handed over yet. */
  #segments: PageBuffer[] = [];
  #count = 0;
  #mostSegments = 0;
  #whole = true;
  /** How many parts are being handed over. */
  #sending = 0;

  constructor(shared: boolean) {
    this.#shared = shared;
    this.restart(() => {});
  }

  /** Must be told what the reader is told. */
  get catalogue(): CatalogueVisitor {
    return this.#catalogue;
  }

  page(page: number, cells: Float64Array): void {
    this.#pages.set(page, cells);
  }

  /** Whether the journal has become long, since what has come and gone is still in it. */
  get isLong(): boolean {
    return this.#count > this.#mostSegments;
  }

  /** Begins anew, with what there is by now. */
  restart(describe: (catalogue: CatalogueVisitor) => void): void {
    const allocate = (bytes: number) =>
      this.#shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    this.#whole = true;
    this.#count = 0;
    this.#segments = [];
    this.#copier = new JournalCopier();
    this.#catalogue = new CatalogueWriter(allocate, (segment) => {
      this.#count++;
      if (this.#shared) this.#segments.push(segment);
      else this.#copier.addSegment(segment);
    });
    describe(this.#catalogue);
    this.#mostSegments = 2 * this.#count + SPARE_SEGMENTS;
  }

  /** Whether something has not been handed over. Shared memory shows by itself what is new in it. */
  get isStale(): boolean {
    return this.#whole || this.#pages.size > 0 || this.#segments.length > 0;
  }

  /** Whether whoever reads instead knows all that the reader knows. */
  get isKept(): boolean {
    return !this.isStale && this.#sending === 0;
  }

  /** Returns what is to be handed over now. `handedOver` must follow. */
  take(): MemoryPart | undefined {
    if (!this.isStale) return undefined;
    const segments = this.#shared ? this.#segments : [...this.#copier.copy()];
    const part = { whole: this.#whole, pages: [...this.#pages], segments };
    this.#whole = false;
    this.#pages.clear();
    this.#segments = [];
    this.#sending++;
    return part;
  }

  handedOver(): void {
    this.#sending--;
  }
}
