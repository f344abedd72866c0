import type { MakeChunk } from './chunk.ts';
import { lineChunk } from './noted-line-chunk.ts';
import { type Lines, RememberedRows, type Rows } from './remembered-lines.ts';

export interface RenderedPieces {
  /** The bytes. Nobody may change them: the next rendering shares them. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** To be called once nobody reads the pieces any more. The next rendering may then write over them. */
  done(): void;
}

/** Renders one text or message after the other. From one to the next little but numbers changes. */
export class RowRenderings<R extends Rows> {
  readonly #make: MakeChunk<R>;
  #known: ReadonlyMap<string, RememberedRows<R>> = new Map();
  /** How many renderings are under way or being read. */
  #inUse = 0;

  constructor(make: MakeChunk<R>) {
    this.#make = make;
  }

  /** Renders in parts. */
  *render(write: (to: Rendering<R>) => Generator<void, void>): Generator<void, RenderedPieces> {
    this.#inUse++;
    const done = () => {
      this.#inUse--;
    };
    const rendering = new Rendering(this.#make, this.#known, () => this.#inUse === 1);
    let isWhole = false;
    try {
      yield* write(rendering);
      isWhole = true;
    } finally {
      // The caller may also give up before the end.
      if (!isWhole) done();
    }
    this.#known = rendering.remembered;
    return { pieces: rendering.pieces, done };
  }
}

/** Renders texts. */
export class Renderings extends RowRenderings<Lines> {
  constructor() {
    super(lineChunk);
  }
}

/** A text or a message while it is being written. */
export class Rendering<R extends Rows> {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  /** The rows that the next rendering can use, by name. */
  readonly remembered = new Map<string, RememberedRows<R>>();
  readonly #make: MakeChunk<R>;
  readonly #known: ReadonlyMap<string, RememberedRows<R>>;
  readonly #isAlone: () => boolean;
  readonly #encoder = new TextEncoder();

  constructor(
    make: MakeChunk<R>,
    known: ReadonlyMap<string, RememberedRows<R>>,
    isAlone: () => boolean,
  ) {
    this.#make = make;
    this.#known = known;
    this.#isAlone = isAlone;
  }

  text(text: string): void {
    this.pieces.push(this.#encoder.encode(text));
  }

  /**
   * Writes lines, or messages, in parts. It uses what is remembered of those of that name.
   * @param kind the same only if those of the same items differ in nothing but what is remembered with them
   */
  *lines(name: string, rows: R, kind: number | string = ''): Generator<void, void> {
    const known = this.#known.get(name);
    const remembered = known?.isFor(rows, kind)
      ? known
      : new RememberedRows(this.#make, rows, kind);
    this.remembered.set(name, remembered);
    for (const bytes of remembered.render(rows, this.#isAlone)) {
      this.pieces.push(bytes);
      yield;
    }
  }
}
