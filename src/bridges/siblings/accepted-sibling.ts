import type { Socket } from 'node:net';
import type { ThreadPort } from '../../model.ts';
import type { ChannelMessage } from '../../platform/process-channel.ts';
import { SocketChannel } from '../../platform/socket-channel.ts';
import { PROBE, ProcessTunnel, VERSION } from '../process-tunnel.ts';
import { type Claim, isPid, type SiblingMessage, TUNNEL } from './sibling-message.ts';

export interface SiblingHost {
  /** Returns as what the process joins, with its port to the collector, or why it does not. */
  join(
    pid: number,
    claim: Claim | undefined,
  ): { readonly known: Claim; readonly port: ThreadPort } | string;
  joined(sibling: AcceptedSibling): void;
  /** Counts what went wrong, and tells of it. */
  fail(what: string): void;
  ended(sibling: AcceptedSibling): void;
}

/** Another process that has connected to this one, which owns the collector. */
export class AcceptedSibling {
  readonly #host: SiblingHost;
  readonly #channel: SocketChannel;
  readonly #acknowledged = new Map<number, () => void>();
  #tunnel: ProcessTunnel | undefined;
  #thread = 0;
  #greeted = false;
  #kept = 0;

  constructor(socket: Socket, host: SiblingHost) {
    this.#host = host;
    this.#channel = new SocketChannel(socket, {
      heard: (message) => this.#hear(message),
      refused: () => host.fail('has sent a message that cannot be read'),
      ended: () => {
        this.#tunnel?.close();
        for (const settle of this.#acknowledged.values()) settle();
        host.ended(this);
      },
    });
  }

  /** The number of its thread. */
  get thread(): number {
    return this.#thread;
  }

  /**
   * Leaves something to the process. Resolves when it has that, or is gone.
   * @returns `undefined` if it does not take what is sent to it
   */
  keep(data: Uint8Array, how: Pick<SiblingMessage, 'whole' | 'isHeir'>): Promise<void> | undefined {
    const keep = ++this.#kept;
    if (!this.#send({ keep, ...how, data }, data.byteLength)) return undefined;
    return new Promise((resolve) => this.#acknowledged.set(keep, resolve));
  }

  forget(thread: number): void {
    this.#send({ left: thread });
  }

  /** Closes the connection, once all has been taken that was sent. */
  end(): void {
    this.#channel.end();
  }

  #hear(message: ChannelMessage): void {
    const { hello, pid, claim, kept } = message as SiblingMessage;
    if (hello !== undefined && !this.#greeted) this.#greet(hello, pid, claim);
    else if (kept !== undefined) this.#settle(kept);
    else this.#tunnel?.receive(message);
  }

  #greet(hello: number, pid: unknown, claim: Claim | undefined): void {
    this.#greeted = true;
    if (hello !== VERSION) {
      this.#host.fail(
        'has another version of utilityfog-telemetry; use one version in all processes',
      );
      this.#send({ welcome: VERSION });
      return;
    }
    const joined = isPid(pid) ? this.#host.join(pid, claim) : 'it has not said which process it is';
    if (typeof joined === 'string') {
      this.#send({ welcome: VERSION, refused: joined });
      return;
    }
    this.#thread = joined.known.thread;
    this.#send({ welcome: VERSION, known: joined.known });
    const greeting = { tunnel: TUNNEL, probe: PROBE };
    this.#tunnel = new ProcessTunnel(this.#channel, 2, greeting, joined.port, {
      refused: () => this.#host.fail('has sent a message that cannot be read'),
      stuck: () => {
        this.#host.fail('does not take what is sent to it, and is no longer collected');
        this.#send({ refused: 'it has not taken what was sent to it' });
      },
      ended: () => {},
    });
    this.#host.joined(this);
  }

  #settle(kept: number): void {
    this.#acknowledged.get(kept)?.();
    this.#acknowledged.delete(kept);
  }

  #send(message: SiblingMessage, bytes?: number): boolean {
    return this.#channel.send({ ...message }, bytes);
  }
}
