import type { Socket } from 'node:net';
import { HandoverKeeper } from '../../links/handover-keeper.ts';
import type { WorkerConnection } from '../../links/worker-connection.ts';
import type { ThreadPort } from '../../model.ts';
import type { ChannelMessage } from '../../platform/process-channel.ts';
import { processId } from '../../platform/running-process.ts';
import { SocketChannel } from '../../platform/socket-channel.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { PROBE, ProcessTunnel, VERSION } from '../process-tunnel.ts';
import { keepAll, totalsOf } from './legacy.ts';
import type { Inheritance, OwnedCollector } from './owned-collector.ts';
import { type Claim, type SiblingMessage, TUNNEL } from './sibling-message.ts';

/** What a process has of the collector that it joins, whichever process owns that. */
export class Member {
  readonly #collector: TelemetryCollector;
  /** Leads to this process's own collector. The next owner will speak over it. */
  #port: ThreadPort;
  #claim: Claim | undefined;
  #keeper = new HandoverKeeper();
  #isHeir = false;
  #isClosed = false;
  /** Whether the owner has refused this process, which it will do again. */
  #isRefused = false;

  constructor(collector: TelemetryCollector, port: ThreadPort) {
    this.#collector = collector;
    this.#port = port;
  }

  get isHeir(): boolean {
    return this.#isHeir;
  }

  /** What this process needs to go on with the collector. */
  get inheritance(): Inheritance {
    return { line: this.#claim?.line, keeper: this.#keeper };
  }

  /** Lets calls that wait for an owner go on without. A later owner is followed nevertheless. */
  stopWaiting(): void {
    const port = this.#nextPort();
    port.close();
  }

  /** Lets this process end without an owner. */
  close(): void {
    this.#isClosed = true;
    this.stopWaiting();
    this.#port.close();
  }

  /** Joins the collector that this very process owns. */
  joinHere(owned: OwnedCollector): void {
    const port = this.#nextPort();
    const known = owned.joinHere(port, this.#claim);
    if (typeof known !== 'string') {
      this.#claim = known;
      return;
    }
    port.close();
    this.#refused(known);
  }

  /** Joins the collector of another process. Resolves when the connection has ended. */
  join(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      let tunnel: ProcessTunnel | undefined;
      const fail = (what: string) => this.#collector.fail('process', what);
      const channel: SocketChannel = new SocketChannel(socket, {
        heard: (message) => {
          const { welcome, refused, known, keep, left } = message as SiblingMessage;
          if (refused !== undefined) this.#refused(refused);
          else if (known && !tunnel) tunnel = this.#tunnel(channel, known);
          else if (welcome !== undefined && welcome !== VERSION) this.#otherVersion();
          else if (keep !== undefined) this.#keep(message, channel);
          else if (left !== undefined) this.#keeper.left(left);
          else tunnel?.receive(message);
        },
        refused: () => fail('the owner of the collector has sent a message that cannot be read'),
        ended: () => {
          tunnel?.close();
          resolve();
        },
      });
      const hello: SiblingMessage = { hello: VERSION, pid: processId(), claim: this.#claim };
      channel.send({ ...hello });
    });
  }

  #tunnel(channel: SocketChannel, known: Claim): ProcessTunnel {
    // What the owner of another line has left is of no use in this one.
    if (known.line !== this.#claim?.line) this.#keeper = new HandoverKeeper();
    this.#claim = known;
    this.#isHeir = false;
    this.#isRefused = false;
    const greeting = { tunnel: TUNNEL, probe: PROBE };
    const fail = (what: string) => this.#collector.fail('process', what);
    return new ProcessTunnel(channel, 1, greeting, this.#nextPort(), {
      refused: () => fail('the owner of the collector has sent a message that cannot be read'),
      stuck: () => fail('the owner of the collector does not take what is sent to it'),
      ended: () => {},
    });
  }

  #keep(message: ChannelMessage, channel: SocketChannel): void {
    const { keep, whole, isHeir = false, data } = message as SiblingMessage;
    if (whole) this.#keeper = new HandoverKeeper();
    else if (this.#isHeir && !isHeir) this.#keeper = totalsOf(this.#keeper);
    this.#isHeir = isHeir;
    if (data) keepAll(this.#keeper, data);
    channel.send({ kept: keep });
  }

  /** Returns the port for an owner, and has another one made for the owner after that. */
  #nextPort(): ThreadPort {
    const port = this.#port;
    this.#port = this.#spare();
    return port;
  }

  #spare(): ThreadPort {
    const { port1, port2 } = new MessageChannel();
    void this.#collector.call(async (connection) => {
      (connection as WorkerConnection).standBy(port1);
    }, undefined);
    port2.addEventListener('close', () => {
      // It is closed, too, when this process has followed to a worker that has replaced another.
      if (this.#port === port2 && !this.#isClosed && !this.#collector.isShutDown)
        this.#port = this.#spare();
    });
    return port2;
  }

  #refused(why: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    // Nobody need wait for an owner: this one and all that go on from it refuse.
    this.close();
    // If this process is leaving, the owner before has all of it, and has ended before it could say so.
    if (this.#collector.isShutDown) return;
    this.#collector.fail('process', `this process is not collected any more: ${why}`);
  }

  #otherVersion(): void {
    this.#collector.fail(
      'process',
      'the owner of the collector has another version of utilityfog-telemetry; use one version in all processes',
    );
  }
}
