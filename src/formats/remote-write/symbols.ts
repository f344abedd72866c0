import { MessageWriter } from '../../bytes/message-writer.ts';

/** The field of `io.prometheus.write.v2.Request`. */
export const SYMBOLS = 4;

/** The texts of a body, each once. Its messages name them by their numbers. */
export class Symbols {
  readonly #refs = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #written = new MessageWriter(1024);

  constructor() {
    // The specification demands that the first one is empty.
    this.ref('');
  }

  /** How many texts there are. */
  get count(): number {
    return this.#texts.length;
  }

  /** The field of each text. It is valid until one is added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#written.bytes;
  }

  get length(): number {
    return this.#written.length;
  }

  /** Returns the number of a text, which is added if it is new. */
  ref(text: string): number {
    const known = this.#refs.get(text);
    if (known !== undefined) return known;
    const ref = this.#texts.length;
    this.#refs.set(text, ref);
    this.#texts.push(text);
    this.#written.string(SYMBOLS, text);
    return ref;
  }

  /** Forgets all texts but the first ones, which take so many bytes. */
  cut(count: number, length: number): void {
    while (this.#texts.length > count) this.#refs.delete(this.#texts.pop()!);
    this.#written.length = length;
  }
}
