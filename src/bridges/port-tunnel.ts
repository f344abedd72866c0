import { isListOf, type ThreadPort } from '../model.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';

/** What travels between two processes for one port. */
export interface PortFrame {
  /** The number of the port, which is the same on both sides. */
  readonly port: number;
  /** A message that was posted to the port. */
  readonly data?: Uint8Array | undefined;
  /** The port was closed. */
  readonly closed?: true | undefined;
  /** The last message could not be read. */
  readonly unread?: true | undefined;
}

/** A message, and the ports that were taken out of it, each with the keys that lead to its place. */
interface Packed {
  readonly message: unknown;
  readonly ports: readonly (readonly [path: readonly string[], port: number])[];
}

/** How deep in a message a port may be: a call has its arguments at the third level. */
const DEEPEST = 3;
/** How many ports may be open at a time. A process with a hundred threads has two for each. */
const MAX_PORTS = 1024;

export interface TunnelHost {
  send(frame: PortFrame): void;
  /** The other side has sent what no honest side sends. */
  refused(): void;
  /** The last port was closed. */
  emptied(): void;
}

/** Carries ports to another process: their messages, and the ports in these. */
export class PortTunnel {
  readonly #host: TunnelHost;
  readonly #ports = new Map<number, ThreadPort>();
  /** The number of the next port that this side sends. The sides use odd and even numbers. */
  #next: number;
  /** The number of the next port that the other side may send. */
  #theirs: number;

  constructor(side: 1 | 2, host: TunnelHost) {
    this.#host = host;
    this.#next = side;
    this.#theirs = 3 - side;
  }

  /** Carries what is posted to this port. The port with the number 0 is known to both sides. */
  attach(number: number, port: ThreadPort): void {
    this.#ports.set(number, port);
    port.addEventListener('message', ({ data }: MessageEvent) => this.#forward(number, port, data));
    port.addEventListener('close', () => {
      if (!this.#ports.has(number)) return;
      this.#host.send({ port: number, closed: true });
      this.#detach(number);
    });
    port.start();
    // A port with a listener would hold the process.
    (port as { unref?: () => void }).unref?.();
  }

  /** Takes what the other side has sent. What is for a port that was closed meanwhile is passed over. */
  receive({ port: number, data, closed, unread }: PortFrame): void {
    const port = this.#ports.get(number);
    if (!port) return;
    if (closed) this.#detach(number);
    else if (unread) port.postMessage({ unread: true });
    else if (data) this.#deliver(number, port, data);
  }

  /** Closes all ports. The other side is not told of it. */
  close(): void {
    for (const number of [...this.#ports.keys()]) this.#detach(number);
  }

  #detach(number: number): void {
    this.#ports.get(number)?.close();
    if (this.#ports.delete(number) && this.#ports.size === 0) this.#host.emptied();
  }

  #forward(number: number, port: ThreadPort, message: unknown): void {
    // RACE: messages that were posted before the port was closed still come.
    if (!this.#ports.has(number)) return;
    const taken: Taken[] = [];
    try {
      const rest = withoutPorts(message, [], taken);
      const numbers = taken.map(() => this.#nextNumber());
      const ports = taken.map(([path], i) => [path, numbers[i]!] as const);
      const packed: Packed = { message: rest, ports };
      const data = nodeBuiltin('node:v8')!.serialize(packed);
      taken.forEach(([, inner], i) => {
        this.attach(numbers[i]!, inner);
      });
      this.#host.send({ port: number, data });
    } catch {
      // It has memory that cannot leave the process: its thread has not asked for the message link.
      for (const [, inner] of taken) inner.close();
      port.postMessage({ unread: true });
    }
  }

  #deliver(number: number, port: ThreadPort, data: Uint8Array): void {
    const made: ThreadPort[] = [];
    try {
      // This is copied because it may be a part of a larger piece of memory, which would be cloned as a whole.
      const packed = nodeBuiltin('node:v8')!.deserialize(new Uint8Array(data)) as Packed;
      const { message, ports } = packed;
      check(isListOf(Array.isArray, ports, MAX_PORTS - this.#ports.size));
      const inner = ports.map(([path, theirs]) => {
        check(theirs === this.#theirs);
        this.#theirs += 2;
        const { port1, port2 } = new MessageChannel();
        made.push(port1, port2);
        put(message, path, port2);
        return [theirs, port1, port2] as const;
      });
      const given = inner.map(([, , port2]) => port2);
      port.postMessage(message, given as never);
      for (const [theirs, port1] of inner) this.attach(theirs, port1);
    } catch {
      for (const one of made) one.close();
      this.#host.refused();
      this.#host.send({ port: number, unread: true });
    }
  }

  #nextNumber(): number {
    const number = this.#next;
    this.#next += 2;
    return number;
  }
}

type Taken = readonly [path: readonly string[], port: ThreadPort];

function check(isSound: boolean): void {
  if (!isSound) throw new Error('no tunnel of this version sends this');
}

/** Returns the message with nothing in the places of its ports. What has no ports is not copied. */
function withoutPorts(value: unknown, path: readonly string[], taken: Taken[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Ports are the only clones that have methods.
  if (typeof (value as ThreadPort).postMessage === 'function') {
    taken.push([path, value as ThreadPort]);
    return null;
  }
  const isList = Array.isArray(value);
  const isPlain = isList || Object.prototype.toString.call(value) === '[object Object]';
  if (!isPlain || path.length === DEEPEST) return value;
  const before = taken.length;
  const entries = Object.entries(value).map(
    ([key, item]) => [key, withoutPorts(item, [...path, key], taken)] as const,
  );
  if (taken.length === before) return value;
  return isList ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/** Puts a port into its place, which must be there and hold nothing. */
function put(message: unknown, path: unknown, port: ThreadPort): void {
  check(isListOf((key) => typeof key === 'string', path, DEEPEST));
  const keys = path as string[];
  check(keys.length > 0);
  let place = message as Record<string, unknown>;
  keys.forEach((key, i) => {
    check(typeof place === 'object' && place !== null && Object.hasOwn(place, key));
    if (i < keys.length - 1) place = place[key] as typeof place;
    else {
      check(place[key] === null);
      place[key] = port;
    }
  });
}
