/** Lets processes join one collector that have no common parent which could own it. */
import type { TelemetryCollectorOptions } from '../../collector-options.ts';
import { TelemetryError } from '../../model.ts';
import { check, checked, FUNCTION, OBJECT, type Rules, TEXT } from '../../options.ts';
import { MeetingPlace } from '../../platform/meeting-place.ts';
import { TelemetryCollector } from '../../telemetry-collector.ts';
import { Member } from './member.ts';
import type { Own } from './owned-collector.ts';
import { Room } from './room.ts';

export interface JoinProcessesOptions {
  /** The processes of this user that give the same name join one collector. */
  readonly name: string;
  /**
   * Is called with the collector of all processes in the one that owns it: to listen, to start the collection and
   * exporters. If it throws, or its promise rejects, it is called again after a second. When the owner ends, it is
   * called in the process that goes on.
   */
  readonly own: Own;
  /**
   * The directory in which the processes meet, which only this user may enter. It is made if it is missing, but
   * not those above it.
   * @defaultValue one below that for temporary files
   */
  readonly directory?: string | undefined;
}

const RULES: Rules<JoinProcessesOptions> = {
  name: [
    (value) => typeof value === 'string' && /^[\w-]{1,40}$/.test(value),
    'a text of 1 to 40 letters, digits, "_" and "-"',
    true,
  ],
  own: [FUNCTION[0], FUNCTION[1], true],
  directory: TEXT,
};

/**
 * Joins the collector that all processes of this name have in common. One of them owns it: the first, and when that
 * one ends, another.
 * @param options those of the collector. All processes should give the same
 * @returns the collector of this process. Its `shutdown()` leaves, and hands over what this process owns
 * @throws TelemetryError `invalid_option`; `no_sockets` where processes cannot meet
 * @example
 * ```ts
 * import { joinProcesses } from 'utilityfog-telemetry/cluster';
 *
 * const collector = joinProcesses(
 *   {},
 *   { name: 'shop', directory: 'meeting', own: (collector) => collector.startCollection() },
 * );
 * collector.registerCounter('jobs_total', 'Jobs done').increment();
 * await collector.shutdown();
 * ```
 */
export function joinProcesses(
  options: TelemetryCollectorOptions | null | undefined,
  room: JoinProcessesOptions,
): TelemetryCollector {
  check('joinProcesses() options', options ?? {}, OBJECT);
  const { name, own, directory } = checked('joinProcesses()', room, RULES);
  // The options are checked now, and not when this process comes to own the collector.
  new TelemetryCollector(options);
  const place = meetingPlace(name, directory);
  const { port1, port2 } = new MessageChannel();
  return new JoinedProcess(options, port1, (collector) => {
    const member = new Member(collector, port2);
    return new Room({ place, options, own }, member, collector);
  });
}

/** The collector of a process that may own the one of all. */
class JoinedProcess extends TelemetryCollector {
  readonly #room: Room;
  #leaving: Promise<void> | undefined;

  constructor(
    options: TelemetryCollectorOptions | null | undefined,
    port: MessagePort,
    enter: (collector: TelemetryCollector) => Room,
  ) {
    // These are of the collector of all.
    const others = { persist: undefined, use: undefined, worker: undefined };
    super({ ...options, ...others, link: 'message' }, port);
    this.#room = enter(this);
  }

  override shutdown(): Promise<void> {
    if (!this.#leaving) this.#room.prepareToLeave();
    this.#leaving ??= super.shutdown().then(() => this.#room.leave());
    return this.#leaving;
  }
}

function meetingPlace(name: string, directory: string | undefined): MeetingPlace {
  let place: MeetingPlace;
  try {
    place = new MeetingPlace(name, directory);
  } catch (error) {
    throw new TelemetryError(
      'no_sockets',
      `processes cannot meet here (${error}); use node:cluster or fork(), or let each process export for itself`,
    );
  }
  if (place.isShortEnough) return place;
  throw new TelemetryError(
    'invalid_option',
    'joinProcesses() directory is too long for the path of a socket; choose another directory',
  );
}
