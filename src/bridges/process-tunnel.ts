import type { ThreadPort } from '../model.ts';
import type { ChannelMessage, ProcessChannel } from '../platform/process-channel.ts';
import { type PortFrame, PortTunnel } from './port-tunnel.ts';

/** What the two processes say to each other before they exchange frames. */
export interface Greeting {
  /** Which tunnel is meant. The child has chosen the name. */
  readonly tunnel?: string | undefined;
  /** The child asks for a collector. This is the version of the tunnel that it speaks. */
  readonly hello?: number | undefined;
  /** The parent has one, and speaks this version. */
  readonly welcome?: number | undefined;
  /** The parent has one from now on, and asks those who still wait to say hello. */
  readonly call?: true | undefined;
  /** It arrives as bytes, unless the channel makes JSON of all messages. */
  readonly probe?: unknown;
}

/** The version of what travels. Ends of different versions do not understand each other. */
export const VERSION = 1;
export const PROBE = /* @__PURE__ */ new Uint8Array(1);

/** What carries tunnels: an IPC channel, or a socket. */
export type TunnelChannel = Pick<ProcessChannel, 'send'>;

export interface ProcessTunnelHost {
  /** The other process has sent what no honest one sends. */
  refused(): void;
  /** The other process takes nothing any more. */
  stuck(): void;
  ended(): void;
}

/** Carries a port, and the ports that come over it, to another process. */
export class ProcessTunnel {
  readonly #channel: TunnelChannel;
  readonly #name: string;
  /** Whether the channel takes bytes. With JSON they become text. */
  readonly #takesBytes: boolean;
  readonly #host: ProcessTunnelHost;
  readonly #ports: PortTunnel;

  constructor(
    channel: TunnelChannel,
    side: 1 | 2,
    { tunnel, probe }: Greeting,
    port: ThreadPort,
    host: ProcessTunnelHost,
  ) {
    this.#channel = channel;
    this.#name = tunnel!;
    this.#takesBytes = ArrayBuffer.isView(probe);
    this.#host = host;
    this.#ports = new PortTunnel(side, {
      send: (frame) => this.#send(frame),
      refused: () => host.refused(),
      emptied: () => host.ended(),
    });
    this.#ports.attach(0, port);
  }

  /** Takes a message that names this tunnel. */
  receive({ port, data, closed, unread }: ChannelMessage): void {
    if (!Number.isSafeInteger(port)) return;
    const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
    this.#ports.receive({
      port: port as number,
      data: ArrayBuffer.isView(bytes) ? (bytes as Uint8Array) : undefined,
      closed: closed === true || undefined,
      unread: unread === true || undefined,
    });
  }

  close(): void {
    this.#ports.close();
  }

  #send({ port, data, closed, unread }: PortFrame): void {
    const tunnel = this.#name;
    const packed = data && (this.#takesBytes ? data : Buffer.from(data).toString('base64'));
    if (this.#channel.send({ tunnel, port, data: packed, closed, unread }, packed?.length)) return;
    this.#host.stuck();
    this.close();
    this.#channel.send({ tunnel, port: 0, closed: true });
  }
}
