import { type Lines, RememberedLines } from './remembered-lines.ts';

export interface RenderedPieces {
  /** Not to be changed: the next rendering shares them. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** To be called once nobody reads the pieces any more: the next rendering may write over them. */
  done(): void;
}

/** Texts of the same things, one after the other, of which little but numbers changes. */
export class Renderings {
  #known: ReadonlyMap<string, RememberedLines> = new Map();
  /** Renderings that are under way, or read. */
  #inUse = 0;

  /** In parts. */
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
      // Also when whoever runs it gives up.
      if (!isWhole) done();
    }
    this.#known = rendering.remembered;
    return { pieces: rendering.pieces, done };
  }
}

/** A text as it is written. */
export class Rendering {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  /** By name. */
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

  /** In parts; with what is remembered of the lines of that name. */
  *lines(name: string, lines: Lines): Generator<void, void> {
    const remembered = this.#known.get(name) ?? new RememberedLines();
    this.remembered.set(name, remembered);
    for (const bytes of remembered.render(lines, this.#isAlone)) {
      this.pieces.push(bytes);
      yield;
    }
  }
}
