import {
  type ChannelEnd,
  type ChannelMessage,
  ProcessChannel,
} from '../platform/process-channel.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { type Greeting, PROBE, ProcessTunnel, VERSION } from './process-tunnel.ts';

/** How many collectors of one process may join. */
const MAX_TUNNELS = 16;
const MAX_NAME = 64;

const known = new WeakMap<ChannelEnd, JoiningProcess>();

/** A process that this one has started, and that may join a collector here. */
export class JoiningProcess {
  readonly #channel: ProcessChannel;
  readonly #tunnels = new Map<string, ProcessTunnel>();
  /** Returns the collector that it joins when it asks for one. */
  #collector: () => TelemetryCollector | undefined = () => undefined;

  private constructor(end: ChannelEnd) {
    this.#channel = ProcessChannel.over(end);
    this.#channel.listeners.add({
      heard: (message) => this.#hear(message),
      ended: () => {
        for (const tunnel of [...this.#tunnels.values()]) tunnel.close();
      },
    });
  }

  static of(end: ChannelEnd): JoiningProcess {
    const joining = known.get(end) ?? new JoiningProcess(end);
    known.set(end, joining);
    return joining;
  }

  /** Lets it join this collector from now on. If it has joined another one, it stays with that. */
  accept(collector: () => TelemetryCollector | undefined): void {
    this.#collector = collector;
    // It may have asked when nobody listened yet.
    this.#greet({ call: true });
  }

  #hear(message: ChannelMessage): void {
    const { tunnel, hello } = message as Greeting;
    if (typeof tunnel !== 'string' || tunnel.length > MAX_NAME) return;
    const open = this.#tunnels.get(tunnel);
    if (open) open.receive(message);
    else if (typeof hello === 'number') this.#answer(message as Greeting);
  }

  #answer(greeting: Greeting): void {
    const tunnel = greeting.tunnel!;
    const collector = this.#collector();
    if (!collector) return;
    const fail = (what: string) => collector.fail('process', `a process ${what}`);
    this.#greet({ tunnel, welcome: VERSION, probe: PROBE });
    if (greeting.hello !== VERSION) {
      fail('has another version of utilityfog-telemetry; use one version in all processes');
      return;
    }
    if (this.#tunnels.size >= MAX_TUNNELS) {
      fail(`wants to join more than ${MAX_TUNNELS} times; make one collector in it`);
      this.#channel.send({ tunnel, port: 0, closed: true });
      return;
    }
    const opened = new ProcessTunnel(this.#channel, 2, greeting, collector.createPort(), {
      refused: () => fail('has sent a message that cannot be read'),
      stuck: () => fail('does not take what is sent to it, and is no longer collected'),
      ended: () => this.#tunnels.delete(tunnel),
    });
    this.#tunnels.set(tunnel, opened);
  }

  #greet(greeting: Greeting): void {
    this.#channel.send({ ...greeting });
  }
}
