/**
 * Reads files of the main thread under /proc without making garbage. A watch that made garbage would see
 * its own garbage collections.
 */
import { openSync, readSync } from 'node:fs';

const DIGIT_0 = 48;
const isDigit = (byte) => byte >= DIGIT_0 && byte < DIGIT_0 + 10;

/** @param {string} name */
export class ProcFile {
  #file;
  #bytes = Buffer.alloc(4096);
  #length = 0;
  #at = 0;

  /** @throws where the system has no such file */
  constructor(name) {
    this.#file = openSync(`/proc/self/task/${process.pid}/${name}`, 'r');
    this.read();
  }

  /** Reads the file as it is now. */
  read() {
    this.#length = readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
    this.#at = 0;
  }

  /** Goes on behind the next occurrence of `text`. @param {Buffer} text */
  skip(text) {
    this.#at = this.#bytes.indexOf(text, this.#at) + text.length;
  }

  /** Returns the next whole number. */
  next() {
    while (this.#at < this.#length && !isDigit(this.#bytes[this.#at])) this.#at++;
    let value = 0;
    while (this.#at < this.#length && isDigit(this.#bytes[this.#at])) {
      value = value * 10 + this.#bytes[this.#at++] - DIGIT_0;
    }
    return value;
  }
}
