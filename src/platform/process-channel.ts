/** The channel between a process and one that it has started with `fork()`. The application uses it, too. */

/** One end of it: `process` in the child, and a `ChildProcess` or the like in its parent. */
export interface ChannelEnd {
  readonly connected: boolean;
  readonly channel?: ChannelReference | null | undefined;
  send?(message: object, handle: undefined, options: object, taken: () => void): boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  listeners(event: string): readonly unknown[];
  emit(event: string, ...args: unknown[]): boolean;
}

/** Says whether a child waits for its channel. */
interface ChannelReference {
  ref?(): void;
  unref?(): void;
  /** Takes back what a listener has added. Bun does not have it. */
  unrefCounted?(): void;
}

export type ChannelMessage = Readonly<Record<string, unknown>>;

export interface ChannelListener {
  /** Is called with each message that is ours. */
  heard(message: ChannelMessage): void;
  /** The other process has ended, or one of the two has disconnected. */
  ended(): void;
}

/** Marks our messages among those of the application, and our listeners among its own. */
const KEY = 'utilityfog-telemetry';
const OURS = Symbol.for(KEY);
/**
 * How many bytes may wait for the other process to take them. A single message may be larger, such as the
 * exposition of a million series.
 */
const MAX_WAITING = 67_108_864;

const known = new WeakMap<ChannelEnd, ProcessChannel>();

/** Our part of a channel. Everybody in this thread who uses it shares one listener for each event. */
export class ProcessChannel {
  readonly listeners = new Set<ChannelListener>();
  readonly #end: ChannelEnd;
  /** How many bytes wait for the other process to take them. */
  #waiting = 0;
  /** What came for the application before it listened. */
  #forApplication: unknown[][] = [];

  private constructor(end: ChannelEnd) {
    this.#end = end;
    end.on(
      'message',
      ours((...args: unknown[]) => this.#hear(args)),
    );
    end.on(
      'disconnect',
      ours(() => this.#tellOfEnd()),
    );
    end.on('newListener', () => void this.#handOver());
  }

  static over(end: ChannelEnd): ProcessChannel {
    const channel = known.get(end) ?? new ProcessChannel(end);
    known.set(end, channel);
    return channel;
  }

  /** Whether the other process can be reached. */
  get isOpen(): boolean {
    return this.#end.connected;
  }

  /**
   * Sends a message, or loses it if the channel is closed. Never throws.
   * @param bytes roughly how large it is; 0 for a message that must not be left out
   * @returns `false` if nothing was sent because too much waits already
   */
  send(message: ChannelMessage, bytes = 0): boolean {
    if (!this.isOpen) return true;
    if (bytes > 0 && this.#waiting > MAX_WAITING) return false;
    this.#waiting += bytes;
    const taken = () => {
      this.#waiting -= bytes;
    };
    try {
      // A callback keeps an error of the channel from becoming an event that nobody listens to.
      this.#end.send?.({ [KEY]: message }, undefined, {}, taken);
    } catch {
      taken();
    }
    return true;
  }

  #hear(args: unknown[]): void {
    const message = (args[0] as Readonly<Record<string, unknown>> | null | undefined)?.[KEY];
    if (typeof message === 'object' && message !== null) {
      for (const { heard } of [...this.listeners]) heard(message as ChannelMessage);
    } else if (isUnheard(this.#end)) {
      // Without us, the runtime would keep it for the application's first listener.
      this.#forApplication.push(args);
    }
  }

  async #handOver(): Promise<void> {
    if (this.#forApplication.length === 0) return;
    // The listener is added after the event that tells of it.
    await undefined;
    for (const args of this.#forApplication.splice(0)) this.#end.emit('message', ...args);
  }

  #tellOfEnd(): void {
    for (const { ended } of [...this.listeners]) ended();
  }
}

function ours<F extends (...args: never[]) => void>(listener: F): F {
  return Object.assign(listener, { [OURS]: true });
}

/** Whether the application does not listen for messages. Several copies of the package may do so. */
function isUnheard(end: ChannelEnd): boolean {
  return areOurs(end, 'message');
}

function areOurs(end: ChannelEnd, event: string): boolean {
  return end.listeners(event).every((listener) => (listener as { [OURS]?: true })[OURS]);
}

/**
 * Returns the channel to the process that has started this one, or `undefined` if there is none. It does not
 * hold this process, but the application's own listeners still do.
 */
export function channelToParent(): ProcessChannel | undefined {
  try {
    const end = globalThis.process as unknown as ChannelEnd;
    if (typeof end.send !== 'function' || !end.connected) return undefined;
    const isNew = !known.has(end);
    const channel = ProcessChannel.over(end);
    if (isNew) letGo(end, channel);
    return channel;
  } catch {
    return undefined; // In a thread, `process` throws when it is asked for this.
  }
}

/** Takes back that our two listeners hold the process. */
function letGo(end: ChannelEnd, { listeners }: ProcessChannel): void {
  if (end.channel?.unrefCounted) {
    end.channel.unrefCounted();
    end.channel.unrefCounted();
    return;
  }
  // Bun does not count listeners once it was told to let go. It tells when one is added, but not when one is
  // removed, so that is looked for whenever a message comes: several do in a second.
  const settle = async () => {
    await undefined;
    if (areOurs(end, 'message') && areOurs(end, 'disconnect')) end.channel?.unref?.();
    else end.channel?.ref?.();
  };
  end.on('newListener', () => void settle());
  listeners.add({ heard: () => void settle(), ended() {} });
  void settle();
}
