import type { Socket } from 'node:net';
import type { ChannelMessage } from './process-channel.ts';

/**
 * How many bytes may wait for the other process to take them. A single message may be larger, such as the
 * exposition of a million series.
 */
const MAX_WAITING = 67_108_864;
/** Each message begins with two lengths: that of its JSON, and that of the bytes of its `data`. */
const HEAD = 8;
const MAX_JSON = 65_536;
const MAX_DATA = 536_870_912;

export interface SocketListener {
  heard(message: ChannelMessage): void;
  /** The other process has sent what no honest one sends. The connection is closed. */
  refused(): void;
  /** The connection is closed, on whichever side. It is called once. */
  ended(): void;
}

/** Carries messages over a connection between two processes. It does not hold this process. */
export class SocketChannel {
  readonly #socket: Socket;
  readonly #listener: SocketListener;
  #received: Buffer[] = [];
  #length = 0;
  /** How many bytes must be there before it is worth to look again. */
  #wanted = HEAD;

  constructor(socket: Socket, listener: SocketListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.unref();
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    // An error is followed by this event, too.
    socket.on('error', () => {});
    socket.on('close', () => listener.ended());
  }

  /**
   * Sends a message, or loses it if the connection is closed. Never throws.
   * @param bytes roughly how large it is; 0 for a message that must not be left out
   * @returns `false` if nothing was sent because too much waits already, or it is too large
   */
  send({ data, ...message }: ChannelMessage, bytes = 0): boolean {
    if (!this.#socket.writable) return true;
    if (bytes > MAX_DATA || (bytes > 0 && this.#socket.writableLength > MAX_WAITING)) return false;
    const json = Buffer.from(JSON.stringify(message));
    const binary = ArrayBuffer.isView(data) ? (data as Uint8Array) : undefined;
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(json.length);
    head.writeUInt32LE(binary?.byteLength ?? 0, 4);
    this.#socket.write(Buffer.concat([head, json]));
    if (binary) this.#socket.write(binary);
    return true;
  }

  /** Closes the connection once the other process has taken what was sent. */
  end(): void {
    this.#socket.end();
  }

  #hear(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#wanted) return;
    let rest = this.#received.length > 1 ? Buffer.concat(this.#received) : bytes;
    try {
      for (;;) {
        this.#wanted = lengthOf(rest);
        if (rest.length < this.#wanted) break;
        const message = parse(rest.subarray(0, this.#wanted));
        rest = rest.subarray(this.#wanted);
        this.#listener.heard(message);
      }
    } catch {
      this.#socket.destroy();
      this.#listener.refused();
      rest = Buffer.alloc(0);
    }
    this.#received = [rest];
    this.#length = rest.length;
  }
}

/** Returns how long the next message is, or how much is needed to tell. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < HEAD) return HEAD;
  const [json, data] = [bytes.readUInt32LE(), bytes.readUInt32LE(4)];
  if (json > MAX_JSON || data > MAX_DATA) throw new Error('no message of ours is so long');
  return HEAD + json + data;
}

function parse(bytes: Buffer): ChannelMessage {
  const end = HEAD + bytes.readUInt32LE();
  const message = JSON.parse(bytes.toString('utf8', HEAD, end));
  if (typeof message !== 'object' || message === null) throw new Error('no message');
  return end < bytes.length ? { ...message, data: bytes.subarray(end) } : message;
}
