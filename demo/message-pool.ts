/**
 * Holds the messages, as columns of numbers. Each message waits in the queue of a node or travels along an
 * edge. Queues and travellers are linked lists through `next`, so nothing is allocated while the simulation
 * runs.
 */

const CAPACITY = 1 << 17;
const NONE = -1;
/** Every trip must take fewer steps than this. */
export const LONGEST_TRIP = 32;

export class MessagePool {
  readonly kind = new Uint8Array(CAPACITY);
  readonly hops = new Uint8Array(CAPACITY);
  readonly destination = new Int32Array(CAPACITY);
  /** The edge that the message travels along, and the steps in which it set out and will arrive. */
  readonly from = new Int32Array(CAPACITY);
  readonly to = new Int32Array(CAPACITY);
  readonly departs = new Int32Array(CAPACITY);
  readonly arrives = new Int32Array(CAPACITY);
  /** The step in which the message was sent. */
  readonly sentAt = new Int32Array(CAPACITY);
  /** For the answer to a pulse, the step in which the pulse was sent; otherwise `sentAt`. */
  readonly askedAt = new Int32Array(CAPACITY);
  /** The number of its trace; 0 if it is not traced. */
  readonly trace = new Int32Array(CAPACITY);

  readonly next = new Int32Array(CAPACITY);
  readonly queueLength: Uint16Array;
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** The travellers, by the step of their arrival modulo `LONGEST_TRIP`. */
  readonly travellers = new Int32Array(LONGEST_TRIP).fill(NONE);
  #free = 0;

  constructor(nodes: number) {
    this.#head = new Int32Array(nodes).fill(NONE);
    this.#tail = new Int32Array(nodes).fill(NONE);
    this.queueLength = new Uint16Array(nodes);
    for (let i = 0; i < CAPACITY; i += 1) this.next[i] = i + 1;
    this.next[CAPACITY - 1] = NONE;
  }

  /** Returns a free message, or -1 if all are on their way. */
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
    if (this.#tail[node] === NONE) this.#head[node] = message;
    else this.next[this.#tail[node]] = message;
    this.#tail[node] = message;
    this.queueLength[node] += 1;
  }

  /** Takes the first message out of a queue that is not empty. */
  shift(node: number): number {
    const message = this.#head[node];
    this.#head[node] = this.next[message];
    if (this.#head[node] === NONE) this.#tail[node] = NONE;
    this.queueLength[node] -= 1;
    return message;
  }

  depart(message: number, from: number, to: number, step: number, trip: number): void {
    this.from[message] = from;
    this.to[message] = to;
    this.departs[message] = step;
    this.arrives[message] = step + trip;
    const slot = (step + trip) % LONGEST_TRIP;
    this.next[message] = this.travellers[slot];
    this.travellers[slot] = message;
  }

  /**
   * Takes the list of the messages that arrive in this step. Returns its first, or -1; `next` leads to the
   * others.
   */
  arrivals(step: number): number {
    const slot = step % LONGEST_TRIP;
    const first = this.travellers[slot];
    this.travellers[slot] = NONE;
    return first;
  }
}
