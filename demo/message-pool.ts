/**
 * The messages on their way, as columns of numbers, and each node's first-in-first-out queue of
 * them as a linked list through `next`. Nothing is allocated while the simulation runs.
 */

const CAPACITY = 1 << 17;
const NONE = -1;

export class MessagePool {
  readonly kind = new Uint8Array(CAPACITY);
  readonly hops = new Uint8Array(CAPACITY);
  readonly destination = new Int32Array(CAPACITY);
  /** The node that the message came from last; where it is drawn from. */
  readonly cameFrom = new Int32Array(CAPACITY);
  /** The step in which it was sent, and the one in which it may move on. */
  readonly sentAt = new Int32Array(CAPACITY);
  readonly readyAt = new Int32Array(CAPACITY);
  /** For the answer to a pulse: the step in which the pulse was sent; otherwise `sentAt`. */
  readonly askedAt = new Int32Array(CAPACITY);

  readonly next = new Int32Array(CAPACITY);
  readonly head: Int32Array;
  readonly #tail: Int32Array;
  readonly queueLength: Uint16Array;
  #free = 0;

  constructor(nodes: number) {
    this.head = new Int32Array(nodes).fill(NONE);
    this.#tail = new Int32Array(nodes).fill(NONE);
    this.queueLength = new Uint16Array(nodes);
    for (let i = 0; i < CAPACITY; i += 1) this.next[i] = i + 1;
    this.next[CAPACITY - 1] = NONE;
  }

  /** A free message, or -1 if all are on their way. */
  take(): number {
    const message = this.#free;
    if (message !== NONE) this.#free = this.next[message];
    return message;
  }

  release(message: number): void {
    this.next[message] = this.#free;
    this.#free = message;
  }

  push(node: number, message: number): void {
    this.next[message] = NONE;
    if (this.#tail[node] === NONE) this.head[node] = message;
    else this.next[this.#tail[node]] = message;
    this.#tail[node] = message;
    this.queueLength[node] += 1;
  }

  /** Takes the first message out of a queue that is not empty. */
  shift(node: number): number {
    const message = this.head[node];
    this.head[node] = this.next[message];
    if (this.head[node] === NONE) this.#tail[node] = NONE;
    this.queueLength[node] -= 1;
    return message;
  }
}
