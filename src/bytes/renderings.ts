import { type Lines, RememberedLines } from './remembered-lines.ts';

export interface RenderedPieces {
  /** The bytes. Nobody may change them: the next rendering shares them. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** To be called once nobody reads the pieces any more. The next rendering may then write over them. */
  done(): void;
}

/** Renders one text after the other. From one to the next little but numbers changes. */
export class Renderings {
  #known: ReadonlyMap<string, RememberedLines> = new Map();
  /** How many renderings are under way or being read. */
  #inUse = 0;

  /** Renders a text in parts. */
  *render(write: (to: Rendering) => Generator<void, void>): Generator<void, RenderedPieces> {
    this.#inUse++;
    const done = () => {
      this.#inUse--;
    };
    const rendering = new Rendering(this.#known, () => this.#inUse === 1);
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

/** A text while it is being written. */
export class Rendering {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  /** The lines that the next rendering can use, by name. */
  readonly remembered = new Map<string, RememberedLines>();
  readonly #known: ReadonlyMap<string, RememberedLines>;
  readonly #isAlone: () => boolean;
  readonly #encoder = new TextEncoder();

  constructor(known: ReadonlyMap<string, RememberedLines>, isAlone: () => boolean) {
    this.#known = known;
    this.#isAlone = isAlone;
  }

  text(text: string): void {
    this.pieces.push(this.#encoder.encode(text));
  }

  /** Writes lines in parts. It uses what is remembered of the lines of that name. */
  *lines(name: string, lines: Lines): Generator<void, void> {
    const remembered = this.#known.get(name) ?? new RememberedLines();
    this.remembered.set(name, remembered);
    for (const bytes of remembered.render(lines, this.#isAlone)) {
      this.pieces.push(bytes);
      yield;
    }
  }
}
